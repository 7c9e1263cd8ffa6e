"""An issuer's tokens: which are good, and what happens while it rotates keys or is away."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest

from server.auth.issuer import (
    FRESH_SECONDS,
    REST_SECONDS,
    Issuer,
    Keys,
    discovered,
    published_at,
    usable,
)
from server.auth.profile import profile_of
from server.errors import IssuerUnavailable, NotSignedIn
from tests.helpers.clerk import DISCOVERY, JWKS, SigningKey, StandIn

OURS = {"https://interviews.example.com"}


class Clock:
    """Goes on when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    issuer = StandIn()
    yield issuer.start()
    issuer.stop()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(stand_in: StandIn, client: httpx.AsyncClient, clock: Clock) -> Issuer:
    keys = Keys(published_at(client, stand_in.url + JWKS), clock)
    return Issuer(stand_in.url, "the stand-in", keys, parties=True)


async def until(holds: Callable[[], object]) -> None:
    """Lets others go on until it holds."""
    while not holds():  # noqa: ASYNC110 - a thread makes it so
        await asyncio.sleep(0.01)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def with_header(header: dict[str, Any], token: str, signature: str = "") -> str:
    return f"{encoded(json.dumps(header).encode())}.{token.split('.')[1]}.{signature}"


async def test_a_good_token_tells_who_it_is(issuer: Issuer, stand_in: StandIn) -> None:
    claims = await issuer.verify(stand_in.token("user_7"), OURS)
    assert claims["sub"] == "user_7"


async def test_keys_are_fetched_once_for_many_at_once(issuer: Issuer, stand_in: StandIn) -> None:
    tokens = [stand_in.token(f"user_{number}") for number in range(50)]
    await asyncio.gather(*(issuer.verify(token, OURS) for token in tokens))
    await issuer.verify(tokens[0], OURS)
    assert stand_in.requests[JWKS] == 1


now = int(time.time())  # long before the test is run, perhaps
DAY = 24 * 60 * 60


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": now - 31},
        {"exp": None},
        {"exp": "never"},
        {"nbf": now + DAY},
        {"nbf": "later"},
        {"iat": now + DAY},
        {"iss": "https://other.example.com"},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
        {"azp": "https://evil.example.com"},
        {"azp": ["https://interviews.example.com"]},
        {"sts": "pending"},
    ],
)
async def test_a_token_that_says_something_wrong_is_refused(
    issuer: Issuer, stand_in: StandIn, claims: dict[str, Any]
) -> None:
    with pytest.raises(NotSignedIn):
        await issuer.verify(stand_in.token(**claims), OURS)


@pytest.mark.parametrize(
    "claims",
    [
        {"azp": "https://interviews.example.com"},
        {"azp": None},
        {"nbf": None, "iat": None},
        {"aud": "whoever"},
        {"sts": "active"},
        {
            "exp": int(time.time()) + 3600,
            "iat": int(time.time()) + 20,
            "nbf": int(time.time()) + 20,
        },
    ],
)
async def test_a_token_that_says_less_or_is_a_little_early_is_good(
    issuer: Issuer, stand_in: StandIn, claims: dict[str, Any]
) -> None:
    assert await issuer.verify(stand_in.token(**claims), OURS)


async def test_a_clock_may_be_off_by_half_a_minute_and_no_more(
    issuer: Issuer, stand_in: StandIn
) -> None:
    assert await issuer.verify(stand_in.token(exp=int(time.time()) - 15), OURS)
    with pytest.raises(NotSignedIn):
        await issuer.verify(stand_in.token(exp=int(time.time()) - 45), OURS)


async def test_the_issuer_is_compared_letter_by_letter(issuer: Issuer, stand_in: StandIn) -> None:
    with pytest.raises(NotSignedIn):
        await issuer.verify(stand_in.token(iss=stand_in.url + "/"), OURS)


@pytest.mark.parametrize(
    ("audience", "good"),
    [("interviews", True), (["x", "interviews"], True), ("x", False), ([], False), (None, False)],
)
async def test_the_audience_is_checked_where_one_is_set(
    stand_in: StandIn, client: httpx.AsyncClient, audience: Any, good: bool
) -> None:
    keys = Keys(published_at(client, stand_in.url + JWKS))
    issuer = Issuer(stand_in.url, "", keys, audience="interviews")
    token = stand_in.token(aud=audience)
    if good:
        assert await issuer.verify(token, OURS)
    else:
        with pytest.raises(NotSignedIn):
            await issuer.verify(token, OURS)


async def test_an_openid_issuer_may_name_any_party(
    stand_in: StandIn, client: httpx.AsyncClient
) -> None:
    issuer = Issuer(stand_in.url, "", Keys(discovered(client, stand_in.url)))
    assert await issuer.verify(stand_in.token(azp="a-client-id"), OURS)


async def test_a_token_that_was_tampered_with_is_refused(issuer: Issuer, stand_in: StandIn) -> None:
    token = stand_in.token()
    header, body, signature = token.split(".")
    other = encoded(json.dumps({**claims_of(token), "sub": "user_2"}).encode())
    for forged in (
        f"{header}.{other}.{signature}",
        f"{header}.{body}.{signature[:-8]}AAAAAAAA",
        f"{header}.{body}.",
        f"{header}.{body}",
        f"{header}.{body}.{signature}.{signature}",
        "",
        "x.y.z",
        token[:-1] + "!",
    ):
        with pytest.raises(NotSignedIn):
            await issuer.verify(forged, OURS)


async def test_the_algorithm_is_ours_to_choose(issuer: Issuer, stand_in: StandIn) -> None:
    """Not the token's: the public key is no secret, and no signature is none."""
    key, token = stand_in.keys[0], stand_in.token()
    header = {"alg": "HS256", "typ": "JWT", "kid": key.kid}
    signed = with_header(header, token).rstrip(".")
    mac = hmac.new(key.public_pem, signed.encode(), hashlib.sha256).digest()
    await issuer.verify(token, OURS)  # the keys are there
    for forged in (
        f"{signed}.{encoded(mac)}",
        with_header({"alg": "none", "kid": key.kid}, token),
        with_header({"alg": "none", "kid": key.kid}, token, token.split(".")[2]),
        jwt.encode(claims_of(token), key.private, "RS512", headers={"kid": key.kid}),
        jwt.encode(claims_of(token), key.private, "PS256", headers={"kid": key.kid}),
    ):
        with pytest.raises(NotSignedIn):
            await issuer.verify(forged, OURS)


async def test_a_token_signed_by_somebody_else_is_refused(
    issuer: Issuer, stand_in: StandIn
) -> None:
    impostor = SigningKey(stand_in.keys[0].kid)
    with pytest.raises(NotSignedIn):
        await issuer.verify(stand_in.token(key=impostor), OURS)
    embedded = {"kid": "theirs", "jwk": SigningKey("theirs").published()}
    with pytest.raises(NotSignedIn):
        await issuer.verify(
            jwt.encode(claims_of(stand_in.token()), impostor.private, "RS256", embedded), OURS
        )


@pytest.mark.parametrize("kid", [None, "", 7, ["key-1"]])
async def test_a_token_that_names_no_key_is_refused(
    issuer: Issuer, stand_in: StandIn, kid: Any
) -> None:
    header = {"alg": "RS256", "typ": "JWT"} | ({} if kid is None else {"kid": kid})
    with pytest.raises(NotSignedIn):
        await issuer.verify(with_header(header, stand_in.token(), "AAAA"), OURS)


async def test_a_new_key_is_found_at_once(issuer: Issuer, stand_in: StandIn) -> None:
    old = stand_in.token()
    await issuer.verify(old, OURS)
    stand_in.rotate()
    assert await issuer.verify(stand_in.token(), OURS)
    assert await issuer.verify(old, OURS)
    assert stand_in.requests[JWKS] == 2


async def test_unknown_keys_are_looked_for_only_so_often(
    issuer: Issuer, stand_in: StandIn, clock: Clock
) -> None:
    unknown = [stand_in.token(key=SigningKey(f"made-up-{number}")) for number in range(5)]
    await issuer.verify(stand_in.token(), OURS)
    for token in unknown:
        with pytest.raises(NotSignedIn):
            await issuer.verify(token, OURS)
    assert stand_in.requests[JWKS] == 2
    clock.now += REST_SECONDS
    with pytest.raises(NotSignedIn):
        await issuer.verify(unknown[0], OURS)
    assert stand_in.requests[JWKS] == 3


async def test_a_key_that_was_withdrawn_is_refused_after_a_while(
    issuer: Issuer, stand_in: StandIn, clock: Clock
) -> None:
    old = stand_in.token()
    await issuer.verify(old, OURS)
    stand_in.rotate(keep=False)
    assert await issuer.verify(old, OURS)
    clock.now += FRESH_SECONDS
    with pytest.raises(NotSignedIn):
        await issuer.verify(old, OURS)


@pytest.mark.parametrize("status", [500, 503, 404, 302])
async def test_an_issuer_that_fails_is_no_bad_token(
    issuer: Issuer, stand_in: StandIn, clock: Clock, status: int
) -> None:
    stand_in.answers_with = status
    for _ in range(3):
        with pytest.raises(IssuerUnavailable):
            await issuer.verify(stand_in.token(), OURS)
    assert stand_in.requests[JWKS] == 1
    stand_in.answers_with = 200
    clock.now += REST_SECONDS
    assert await issuer.verify(stand_in.token(), OURS)


async def test_an_issuer_that_is_away_is_no_bad_token(
    issuer: Issuer, stand_in: StandIn, clock: Clock
) -> None:
    token = stand_in.token()
    stand_in.stop()
    with pytest.raises(IssuerUnavailable):
        await issuer.verify(token, OURS)
    with pytest.raises(NotSignedIn):  # nobody needs to be asked about this one
        await issuer.verify("x.y.z", OURS)
    stand_in.start()
    clock.now += REST_SECONDS
    assert await issuer.verify(token, OURS)


async def test_known_keys_stay_good_while_the_issuer_is_away(
    issuer: Issuer, stand_in: StandIn, clock: Clock
) -> None:
    token = stand_in.token()
    await issuer.verify(token, OURS)
    new = stand_in.rotate()
    stand_in.stop()
    clock.now += 10 * FRESH_SECONDS
    assert await issuer.verify(token, OURS)
    with pytest.raises(IssuerUnavailable):  # it may well be good
        await issuer.verify(stand_in.token(key=new), OURS)


async def test_one_who_gives_up_waiting_does_not_take_the_keys_from_the_others(
    issuer: Issuer, stand_in: StandIn
) -> None:
    stand_in.gate.clear()
    impatient, patient = (
        asyncio.create_task(issuer.verify(stand_in.token(), OURS)) for _ in range(2)
    )
    await until(lambda: stand_in.requests[JWKS])
    impatient.cancel()
    stand_in.gate.set()
    assert await patient
    assert stand_in.requests[JWKS] == 1


async def test_an_issuer_that_calls_itself_otherwise_is_not_believed(
    stand_in: StandIn, client: httpx.AsyncClient
) -> None:
    with pytest.raises(IssuerUnavailable):
        await Issuer("x", "", Keys(discovered(client, stand_in.url + "/"))).verify(
            stand_in.token(), OURS
        )
    assert stand_in.requests[DISCOVERY] == 1
    assert not stand_in.requests[JWKS]


@pytest.mark.parametrize(
    "found", [None, [], {}, {"keys": None}, {"keys": []}, {"keys": [1, {}, {"kid": "x"}]}]
)
def test_what_is_no_key_set_has_no_keys(found: Any) -> None:
    with pytest.raises(IssuerUnavailable):
        usable(found)


def test_only_keys_for_rs256_signatures_are_used() -> None:
    good = SigningKey("good").published()
    others = [
        {**good, "kid": "encrypts", "use": "enc"},
        {**good, "kid": "stronger", "alg": "RS512"},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "RS256"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {**good, "kid": 7},
    ]
    plain = {"kty": "RSA", "kid": "plain", "n": good["n"], "e": good["e"]}
    assert set(usable({"keys": [*others, good, plain]})) == {"good", "plain"}


def test_a_profile_is_made_fit_to_be_shown() -> None:
    told = profile_of(
        {
            "name": " Ada\n\u202eLovelace ",
            "email": "ada@example.com",
            "picture": "https://a.example/x.png",
            "iat": 5,
        }
    )
    assert (told.name, told.email, told.picture) == (
        "Ada Lovelace",
        "ada@example.com",
        "https://a.example/x.png",
    )
    assert told.updated_at == 5000
    assert profile_of({"name": 7, "picture": "http://a.example", "email": ""}).name is None
    assert profile_of({"preferred_username": "ada"}).name == "ada"
    assert len(profile_of({"name": "x" * 100}).name or "") == 60
