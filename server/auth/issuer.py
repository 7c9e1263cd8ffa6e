"""Tokens of somebody else: an OpenID issuer, verified by the keys it publishes.

RS256 and nothing else, whatever a token says of itself. An issuer that is away is never taken
for a bad token.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

import httpx
import jwt
import structlog

from server.errors import IssuerUnavailable, NotSignedIn
from server.shared import SharedCalls

ALGORITHM: Final = "RS256"
SKEW_SECONDS: Final = 30  # how far the issuer's clock may be from ours
FRESH_SECONDS: Final = 3600.0  # after which keys are read again, so that withdrawn ones go
REST_SECONDS: Final = 5.0  # between two fetches that brought nothing
FETCH_SECONDS: Final = 5.0

log = structlog.stdlib.get_logger(__name__)
Clock = Callable[[], float]
Fetch = Callable[[], Awaitable[Any]]
INVALID: Final = "Your sign-in is not valid any more; sign in again."


async def get_json(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str] | None = None
) -> Any:
    """The JSON at an address. Raises IssuerUnavailable for everything but a success in time;
    its cause tells what it was."""
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            answer = await client.get(url, headers=headers)
            return answer.raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        log.warning("the sign-in service does not answer", url=url, error=repr(error))
        raise IssuerUnavailable from error


def published_at(client: httpx.AsyncClient, jwks_url: str) -> Fetch:
    """The key set at a known address."""

    async def fetch() -> Any:
        return await get_json(client, jwks_url)

    return fetch


def discovered(client: httpx.AsyncClient, issuer: str) -> Fetch:
    """The key set of an issuer that says itself where it is (OpenID Connect Discovery 1.0)."""

    async def fetch() -> Any:
        about = await get_json(client, issuer.rstrip("/") + "/.well-known/openid-configuration")
        if not isinstance(about, dict) or about.get("issuer") != issuer:
            log.error("the issuer calls itself otherwise", expected=issuer)
            raise IssuerUnavailable
        return await get_json(client, str(about.get("jwks_uri")))

    return fetch


class Keys:
    """An issuer's public keys, by id. `fetch` gets the key set (RFC 7517) or raises
    IssuerUnavailable."""

    def __init__(self, fetch: Fetch, clock: Clock = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._stale_at = self._rest_until = clock()
        self._away = False
        self._reading: SharedCalls[None] = SharedCalls()

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key of that id; None: the issuer has no such key.

        Unknown ids make it look again, as keys rotate, but not more often than REST_SECONDS
        when that brings nothing. While the issuer is away what was known stays good; raises
        IssuerUnavailable when that is not enough.
        """
        key = self._keys.get(kid)
        now = self._clock()
        if key is not None and now < self._stale_at:
            return key
        if now < self._rest_until:
            if key is None and self._away:
                raise IssuerUnavailable
            return key
        try:
            await self._reading.get("keys", self._read)
        except IssuerUnavailable:
            if key is None:
                raise
            return key
        if kid not in self._keys:
            self._rest()
        return self._keys.get(kid)

    async def _read(self) -> None:
        try:
            keys = usable(await self._fetch())
        except IssuerUnavailable:
            self._away = True
            self._rest()
            raise
        self._keys = keys
        self._away = False
        self._stale_at = self._clock() + FRESH_SECONDS

    def _rest(self) -> None:
        self._rest_until = self._clock() + REST_SECONDS


def usable(found: Any) -> dict[str, jwt.PyJWK]:
    """The keys of a set that can verify RS256, by id. Raises IssuerUnavailable for what is no
    key set, or has none."""
    listed = found.get("keys") if isinstance(found, dict) else None
    keys: dict[str, jwt.PyJWK] = {}
    for each in listed if isinstance(listed, list) else []:
        if not isinstance(each, dict) or not isinstance(each.get("kid"), str):
            continue
        if each.get("use", "sig") != "sig" or each.get("alg", ALGORITHM) != ALGORITHM:
            continue
        try:
            if each.get("kty") == "RSA":
                keys[each["kid"]] = jwt.PyJWK(each, ALGORITHM)
        except jwt.PyJWTError as error:
            log.warning("a key of the issuer cannot be used", error=str(error))
    if not keys:
        log.error("the issuer publishes no RS256 key")
        raise IssuerUnavailable
    return keys


class Issuer:
    """Verifies one issuer's tokens.

    `name`: what they say as `iss`; `summary`: the issuer in words; `audience`: who they must be
    for, empty: anybody; `parties`: whether `azp` names the page they were made for, as Clerk
    does, which must then be one of ours.
    """

    def __init__(
        self, name: str, summary: str, keys: Keys, *, audience: str = "", parties: bool = False
    ) -> None:
        self.name = name
        self.summary = summary
        self._keys = keys
        self._audience = audience
        self._parties = parties

    async def check(self) -> None:
        """Raises IssuerUnavailable unless its keys can be had."""
        await self._keys.find("")

    async def verify(self, token: str, origins: Collection[str]) -> dict[str, Any]:
        """The claims of a good token. `origins`: those of our pages, not as a request tells them.

        Raises NotSignedIn, or IssuerUnavailable when the keys cannot be had.
        """
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(kid) if looks_issued(token) and kid else None
            if key is None:
                raise NotSignedIn(INVALID)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self.name,
                audience=self._audience or None,
                leeway=SKEW_SECONDS,
                options={
                    "require": ["exp", "iss", "sub", *(["aud"] if self._audience else [])],
                    "verify_aud": bool(self._audience),
                },
            )
        except jwt.PyJWTError as error:
            raise NotSignedIn(INVALID) from error
        self._check_clerk(claims, origins)
        return claims

    def _check_clerk(self, claims: Mapping[str, Any], origins: Collection[str]) -> None:
        """Clerk's own claims: a session that still lacks something is no sign-in, and one made
        for another site's page is none here."""
        if claims.get("sts") == "pending":
            raise NotSignedIn("Finish signing in first.")
        party = claims.get("azp")
        if self._parties and party is not None and party not in tuple(origins):
            raise NotSignedIn("This sign-in is for another site.")


def looks_issued(token: str) -> bool:
    """Whether a token wants to be verified by an issuer's key and not by our secret. It decides
    where to look only: either way the algorithm is ours to choose."""
    try:
        return jwt.get_unverified_header(token).get("alg") == ALGORITHM
    except jwt.PyJWTError:
        return False
