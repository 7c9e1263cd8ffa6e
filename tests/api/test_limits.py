"""Who asks too often is told to wait; a room full of people behind one address is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from limits import parse
from starlette.requests import HTTPConnection

from server.api.limits import ACCOUNT, RATES, RateLimits, network_of
from server.api.openapi import endpoints
from server.app import create_app
from server.errors import TooManyRequests
from server.settings import Settings
from tests.conftest import ServerFactory
from tests.helpers.people import PASSWORD, Person, api, fresh_email, register
from tests.helpers.redis import RedisProcess
from tests.helpers.server import ServerProcess, wait_until

TRIES = parse(ACCOUNT).amount


class Row:
    """A route, as far as counting looks at it."""

    def __init__(self, path: str) -> None:
        self.path = path


def connection(route: str = "GET /problems", host: str = "203.0.113.1") -> HTTPConnection:
    method, path = route.split(" ")
    kind = "websocket" if method == "WS" else "http"
    return HTTPConnection(
        {"type": kind, "method": method, "route": Row(path), "client": (host, 1), "headers": []}
    )


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("limited"), RATE_LIMITS="on")
    yield server.start()
    server.close()


def from_address(server: ServerProcess, address: str) -> httpx.Client:
    """Somebody who comes from `address` through a proxy on this machine."""
    client = api(server.url)
    client.headers["X-Forwarded-For"] = address
    return client


def refused(answer: httpx.Response) -> bool:
    if answer.status_code != 429:
        return False
    assert answer.json()["code"] == "too_many_requests"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["retry-after"] in answer.json()["message"]
    return True


def refuses(ask: Callable[[], httpx.Response], allowed: int) -> bool:
    """Whether it is refused now that it was asked as often as `allowed`, or soon: what was counted
    before a minute, or an hour, began counts a little less with each second of it."""
    return any(refused(ask()) for _ in range(1 + allowed // 10))


async def stops(count: Callable[[], Awaitable[None]], allowed: int) -> bool:
    """The same of what counts."""
    for _ in range(1 + allowed // 10):
        try:
            await count()
        except TooManyRequests:
            return True
    return False


def test_guessing_the_password_of_one_account_ends_from_wherever_it_comes(
    limited: ServerProcess,
) -> None:
    def guess(number: int, email: str) -> httpx.Response:
        with from_address(limited, f"198.51.100.{number}") as client:
            return client.post("/api/auth/login", json={"email": email, "password": "guess"})

    email = fresh_email()
    for number in range(TRIES):
        assert guess(number, email).status_code == 401
    assert refuses(lambda: guess(TRIES, email), TRIES)
    assert refuses(lambda: guess(TRIES, email.upper()), TRIES)
    assert guess(TRIES, fresh_email()).status_code == 401


def test_one_address_makes_only_so_many_accounts(limited: ServerProcess) -> None:
    allowed = parse(RATES["POST /auth/register"].address).amount
    with from_address(limited, "198.51.100.77") as client:
        for _ in range(allowed):
            assert client.post("/api/auth/register", json={}).status_code == 400
        assert refuses(lambda: client.post("/api/auth/register", json={}), allowed)
        assert client.get("/api/problems").status_code == 200
    with from_address(limited, "198.51.100.78") as client:
        assert client.post("/api/auth/register", json={}).status_code == 400


def test_nobody_chooses_an_address_where_every_proxy_is_trusted(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The router writes the address of its client behind what that client says."""
    folder = tmp_path_factory.mktemp("platform")
    server = ServerProcess(folder, RATE_LIMITS="on", TRUSTED_PROXIES="*", RUNNER="off")
    allowed = parse(RATES["POST /auth/register"].address).amount

    def attempt(*said: tuple[str, str]) -> httpx.Response:
        with api(server.url) as client:
            return client.post("/api/auth/register", json={}, headers=list(said))

    try:
        server.start()
        for number in range(allowed):
            told = ("X-Forwarded-For", f"203.0.113.{number}, 198.51.100.77")
            assert attempt(told).status_code == 400
        spaced = ("X-Forwarded-For", "203.0.113.200 , 198.51.100.77")
        assert refuses(lambda: attempt(spaced), allowed)
        twice = ("X-Forwarded-For", "203.0.113.201"), ("x-forwarded-for", "198.51.100.77")
        assert refuses(lambda: attempt(*twice), allowed)
        assert attempt(("X-Forwarded-For", "203.0.113.1, 198.51.100.78")).status_code == 400
    finally:
        server.close()


def test_one_person_gets_only_so_many_tickets_and_others_theirs(limited: ServerProcess) -> None:
    busy, other = (register(limited.url, name) for name in ("Busy", "Other"))

    def ticket(person: Person, session: str) -> httpx.Response:
        return person.http.post(f"/api/sessions/{session}/ticket")

    session = busy.create_session()["_id"]
    allowed = parse(RATES["POST /sessions/{id}/ticket"].user).amount
    for _ in range(allowed):
        assert ticket(busy, session).status_code == 200
    assert refuses(lambda: ticket(busy, session), allowed)
    assert ticket(other, other.create_session()["_id"]).status_code == 200
    assert busy.http.get("/api/auth/me").status_code == 200


async def test_five_hundred_people_behind_one_address_come_back_at_once() -> None:
    limits = RateLimits("", on=True)
    for person in range(500):
        for route in (
            *("GET /auth/me", "GET /sessions/{id}", "GET /problems/{name}"),
            *("POST /sessions/{id}/ticket", "WS /ws/rooms/{id}"),
        ):
            await limits.address(connection(route))
            await limits.user(connection(route), f"person-{person}")


async def test_a_websocket_is_counted_too() -> None:
    limits = RateLimits("", on=True)
    opening = connection("WS /ws/rooms/{id}")
    allowed = parse(RATES["WS /ws/rooms/{id}"].user).amount
    for _ in range(allowed):
        await limits.user(opening, "somebody")
    assert await stops(partial(limits.user, opening, "somebody"), allowed)


async def test_nothing_is_counted_when_it_is_off() -> None:
    limits = RateLimits("", on=False)
    for _ in range(TRIES + 1):
        await limits.account("a@example.com")


async def test_workers_count_together_in_redis_and_go_on_without_it(tmp_path: Path) -> None:
    redis = RedisProcess(tmp_path, "--unixsocket", f"{tmp_path}/redis").start()
    try:
        one = RateLimits(redis.url, on=True)
        two = RateLimits(f"unix://{tmp_path}/redis?db=0", on=True)
        for worker in (one, two) * (TRIES // 2):
            await worker.account("a@example.com")
        for worker in (one, two):
            assert await stops(partial(worker.account, "a@example.com"), TRIES)
        redis.kill()
        for worker in (one, two) * TRIES:
            await worker.account("a@example.com")
    finally:
        redis.kill()


def test_a_server_whose_redis_is_away_answers_and_says_so_once(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    redis = RedisProcess(tmp_path)  # not started
    server = make_server(REDIS_URL=redis.url, RATE_LIMITS="on").start()
    try:
        for _ in range(TRIES + 5):
            body = {"email": "a@example.com", "password": PASSWORD}
            assert api(server.url).post("/api/auth/login", json=body).status_code == 401
        assert server.output.count("requests are not counted") == 1
        redis.start()
        wait_until(
            lambda: (
                api(server.url).get("/api/problems").status_code == 200
                and "requests are counted again" in server.output
            ),
            "Redis to be found again",
        )
    finally:
        redis.kill()


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_ipv6_customer_is_one_address(host: str, counted: str) -> None:
    assert network_of(host) == counted


def test_every_row_is_a_route() -> None:
    routes = create_app(Settings()).routes
    known = {f"{each.method} {path.removeprefix('/api')}" for path, each in endpoints(routes)}
    known |= {"WS /ws/rooms/{id}", "WS /ws/live"}
    assert set(RATES) <= known
