"""How often somebody may ask: one table, counted per address, per person and per account.

A room full of people behind one company's address must be able to come back at once after a
restart, so addresses are limited generously and people tightly. Counting is never worth an
outage: without its store (Redis) everything is let through.
"""

from __future__ import annotations

import asyncio
import math
import time
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

import structlog
from limits import RateLimitItem, parse
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string
from starlette.requests import HTTPConnection

from server.errors import TooManyRequests

log = structlog.stdlib.get_logger(__name__)


class Rate(NamedTuple):
    """How often one route may be asked for, as `number/[number]unit`."""

    address: str
    user: str = "600/minute"


ANYTHING: Final = Rate(address="20000/minute")
"""All routes that are not listed, counted together."""

RATES: Final[dict[str, Rate]] = {
    # guessing passwords, and making accounts: `account` below limits each e-mail address too
    "POST /auth/login": Rate(address="60/minute"),
    "POST /auth/register": Rate(address="60/hour"),
    "POST /auth/password": Rate(address="60/minute", user="10/15 minute"),
    "POST /auth/exchange": Rate(address="1200/minute"),
    # each may make a guest; hundreds of an audience come at once from one address
    "POST /invites/{token}/accept": Rate(address="1000/10 minute", user="60/minute"),
    "POST /sessions/create": Rate(address="600/hour", user="60/hour"),
    "POST /problems/{name}/practice/reset": Rate(address="600/hour", user="60/hour"),
    "POST /sessions/{id}/invites": Rate(address="1200/hour", user="120/hour"),
    # a program takes seconds, so nobody runs more than this
    "POST /sessions/{id}/runs": Rate(address="1200/minute", user="30/minute"),
    "POST /sessions/{id}/ticket": Rate(address="20000/minute", user="120/minute"),
    "POST /webhooks/clerk": Rate(address="600/minute"),
    "WS /ws/rooms/{id}": Rate(address="20000/minute", user="240/minute"),
    "WS /ws/live": Rate(address="20000/minute", user="240/minute"),
}

FREE: Final = frozenset({"GET /health", "GET /ready", "GET /metrics"})
"""Not counted: who watches over the server must see it also when Redis is away."""

ACCOUNT: Final = "20/15 minute"
"""Tries to sign in to, or to register, one e-mail address, from wherever they come."""

REDIS_SECONDS: Final = 0.25
"""What a request waits for the store at most."""

REST_SECONDS: Final = 5.0
"""How long a store that failed is left alone: requests must not wait for it one by one."""

parsed = cache(parse)


class RateLimits:
    """Counts in this process, or in Redis for all workers. Every method raises TooManyRequests.

    `redis_url` empty: in this process. `on` False: counts nothing.
    """

    def __init__(self, redis_url: str, *, on: bool) -> None:
        options: dict[str, str | float] = {}
        if redis_url:
            options = {"implementation": "redispy", "key_prefix": "interview-limits"}
            options |= {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
        url = f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url
        storage = storage_from_string(f"async+{url or 'memory://'}", **options)
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._on = on
        self._resting_until = 0.0
        self._ill = False

    async def address(self, connection: HTTPConnection) -> None:
        """One more request from where this one comes from."""
        client = connection.client
        rate, route = _rate_of(connection)
        if route in FREE:
            return
        await self._count(rate.address, "address", route, network_of(client.host if client else ""))

    async def user(self, connection: HTTPConnection, user_id: str) -> None:
        """One more request of this person's."""
        rate, route = _rate_of(connection)
        await self._count(rate.user, "user", route, user_id)

    async def account(self, email: str) -> None:
        """One more try at the account of an e-mail address."""
        await self._count(ACCOUNT, "account", email.strip().casefold())

    async def _count(self, rate: str, *whom: str) -> None:
        if not self._on or time.monotonic() < self._resting_until:
            return
        item = parsed(rate)
        try:
            async with asyncio.timeout(2 * REDIS_SECONDS):
                if await self._limiter.hit(item, *whom):
                    self._well()
                    return
                wait = await self._wait(item, *whom)
        except Exception as error:  # noqa: BLE001 - whatever its client raises
            self._fail(error)
            return
        raise TooManyRequests(wait)

    async def _wait(self, item: RateLimitItem, *whom: str) -> int:
        """Seconds until one more would be let through."""
        stats = await self._limiter.get_window_stats(item, *whom)
        return max(1, math.ceil(stats.reset_time - time.time()))

    def _fail(self, error: Exception) -> None:
        self._resting_until = time.monotonic() + REST_SECONDS
        if not self._ill:
            self._ill = True
            log.error("requests are not counted: Redis does not answer", error=repr(error))

    def _well(self) -> None:
        if self._ill:
            self._ill = False
            log.info("requests are counted again")


def _rate_of(connection: HTTPConnection) -> tuple[Rate, str]:
    """The row of a request, and under which name it is counted."""
    scope = connection.scope
    method = scope["method"] if scope["type"] == "http" else "WS"
    name = f"{method} {getattr(scope.get('route'), 'path', '')}"
    return (RATES.get(name, ANYTHING), name if name in RATES or name in FREE else "*")


def network_of(host: str) -> str:
    """What counts as one address: an IPv6 customer has a whole /64."""
    try:
        address = ip_address(host)
    except ValueError:
        return host  # a Unix socket, or nothing
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((int(address), 64), strict=False))
    return host
