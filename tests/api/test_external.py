"""Signing in with an issuer's tokens, over a real server and a stand-in issuer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.auth.issuer import REST_SECONDS
from tests.conftest import ServerFactory
from tests.helpers.clerk import JWKS, StandIn
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import PASSWORD, accept_invite, api, bearer, browser, sign_in
from tests.helpers.server import PLAIN_ASGI, ServerProcess, wait_until


@pytest.fixture(scope="module")
def server(
    clerk: StandIn, tmp_path_factory: pytest.TempPathFactory, database_process: DatabaseProcess
) -> Iterator[ServerProcess]:
    """A server where people sign in with Clerk."""
    process = ServerProcess(
        tmp_path_factory.mktemp("server"),
        DB_URL=database_process.url,
        DB_NAME="external",
        CLIENT_URL="https://elsewhere.example.com",
        **clerk.settings(),
    )
    try:
        yield process.start()
    finally:
        process.close()


@pytest.fixture
def url(server: ServerProcess) -> str:
    return server.url


def me(url: str, token: str) -> httpx.Response:
    return api(url, token).get("/api/auth/me")


def test_a_token_of_clerk_is_a_bearer_token(url: str, clerk: StandIn) -> None:
    clerk.add_user("user_bearer", first_name="Grace", last_name="Hopper")
    user = me(url, clerk.token("user_bearer", azp=url)).json()["user"]
    assert user["name"] == "Grace Hopper"
    assert user["email"] == "user_bearer@example.com"
    assert user["profileImage"] == "https://img.example.com/user_bearer"
    assert user["kind"] == "user"
    assert not {"externalId", "externalUpdatedAt", "password", "signedOutAt"} & set(user)
    again = me(url, clerk.token("user_bearer", azp="https://elsewhere.example.com"))
    assert again.json()["user"] == user
    assert clerk.requests["/v1/users/user_bearer"] == 1


def test_a_token_of_clerk_is_exchanged_for_one_of_ours(url: str, clerk: StandIn) -> None:
    clerk.add_user("user_exchange")
    page = browser(url)
    answer = page.post("/api/auth/exchange", json={"token": clerk.token("user_exchange", azp=url)})
    assert answer.status_code == 200
    assert page.get("/api/auth/me").json() == {"user": answer.json()["user"]}  # by cookie
    ada = sign_in(url, clerk.token("user_exchange"))
    assert ada.user == answer.json()["user"]
    session = ada.create_session()  # everything else is as with an account
    guest = accept_invite(url, ada.invite(session["_id"]))
    assert guest.ticket(session["_id"])


def test_many_at_once_make_one_person(url: str, clerk: StandIn) -> None:
    clerk.add_user("user_many")
    token = clerk.token("user_many")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: me(url, token), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["user"]["_id"] for answer in answers}) == 1


@pytest.mark.parametrize("where", ["bearer", "exchange", "cookie"])
def test_a_bad_token_is_not_signed_in(url: str, clerk: StandIn, where: str) -> None:
    clerk.add_user("user_bad")
    bad = clerk.token("user_bad", azp="https://evil.example.com")
    if where == "cookie":  # only our own tokens are taken there
        bad = clerk.token("user_bad")
        answer = api(url).get("/api/auth/me", headers={"Cookie": f"session={bad}"})
    elif where == "bearer":
        answer = me(url, bad)
    else:
        answer = api(url).post("/api/auth/exchange", json={"token": bad})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


def test_a_request_does_not_decide_which_sites_are_ours(
    clerk: StandIn, tmp_path: Path, database_process: DatabaseProcess
) -> None:
    """PUBLIC_URL and CLIENT_URL do, once they are set."""
    named = {"PUBLIC_URL": "https://ours.example.com", "CLIENT_URL": "https://app.example.com"}
    stored = {"DB_URL": database_process.url, "DB_NAME": "parties", "RUNNER": "off"}
    settings = {**named, **stored, **clerk.settings()}
    server = ServerProcess(tmp_path / "server", PLAIN_ASGI, **settings)
    clerk.add_user("user_party")

    def statuses(page: str) -> set[int]:
        """With the token of that page, sent as if this server were at its address."""
        token = clerk.token("user_party", azp=page)
        told = {"Host": page.partition("://")[2], "X-Forwarded-Proto": "https"}
        client = api(server.url)
        return {
            client.get("/api/auth/me", headers=bearer(token) | told).status_code,
            client.post("/api/auth/exchange", json={"token": token}, headers=told).status_code,
        }

    try:
        server.start()
        assert statuses(named["PUBLIC_URL"]) == statuses(named["CLIENT_URL"]) == {200}
        assert statuses("https://evil.example.com") == {401}
    finally:
        server.close()


def test_somebody_clerk_does_not_know_is_nobody(url: str, clerk: StandIn) -> None:
    assert me(url, clerk.token("user_unknown")).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"), [({}, "token"), ({"token": 1}, "token"), ({"token": "x" * 20_000}, "token")]
)
def test_an_exchange_of_nothing_names_the_field(url: str, body: Any, field: str) -> None:
    answer = api(url).post("/api/auth/exchange", json=body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_a_foreign_site_cannot_exchange(url: str, clerk: StandIn) -> None:
    answer = api(url).post(
        "/api/auth/exchange",
        json={"token": clerk.token()},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.json()["code"] == "foreign_origin"


def test_accounts_are_off(url: str, clerk: StandIn) -> None:
    clerk.add_user("user_off")
    ada = sign_in(url, clerk.token("user_off"))
    credentials = {"email": "a@example.com", "password": PASSWORD}
    for path, body in (
        ("register", {"name": "Eve", **credentials}),
        ("login", credentials),
        ("password", {"current": PASSWORD, "new": PASSWORD}),
    ):
        answer = ada.http.post(f"/api/auth/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "accounts_off"), path
        assert answer.json()["message"]
    answer = ada.http.patch("/api/auth/me", json={"name": "Other"})
    assert (answer.status_code, answer.json()["code"]) == (403, "accounts_off")


def test_the_page_is_told_and_may_load_it(url: str, clerk: StandIn) -> None:
    assert api(url).get("/api/auth/config").json() == {
        "mode": "clerk",
        "clerk": {
            "publishableKey": clerk.publishable_key,
            "scriptUrl": f"{clerk.url}/npm/@clerk/clerk-js@6/dist/clerk.browser.js",
            "uiScriptUrl": f"{clerk.url}/npm/@clerk/ui@1/dist/ui.browser.js",
        },
    }
    policy = api(url).get("/health").headers["content-security-policy"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split("; ")}
    assert directives["script-src"][:2] == ["'self'", clerk.url]
    assert clerk.url in directives["connect-src"]
    assert "https://challenges.cloudflare.com" in directives["frame-src"]


def test_the_table_tells_how_people_sign_in(server: ServerProcess, clerk: StandIn) -> None:
    assert f"Clerk, {clerk.host}; no webhooks" in server.output


def test_clerk_being_away_is_told_as_such_and_passes(
    tmp_path_factory: pytest.TempPathFactory, make_server: ServerFactory, clerk: StandIn
) -> None:
    stand_in = StandIn(tmp_path_factory.mktemp("away")).start()
    stand_in.add_user("user_known")
    stand_in.add_user("user_new")
    server = make_server(**stand_in.settings()).start()
    stand_in.stop()
    for answer in (
        me(server.url, stand_in.token("user_known")),
        api(server.url).post("/api/auth/exchange", json={"token": stand_in.token("user_known")}),
    ):
        assert answer.status_code == 503
        assert answer.json()["code"] == "issuer_unavailable"
    assert api(server.url).get("/ready").status_code == 200
    stand_in.start()
    known = stand_in.token("user_known")
    wait_until(lambda: me(server.url, known).status_code == 200, "Clerk to be asked again", 60)
    ours = sign_in(server.url, known)
    stand_in.answers_with = 500
    assert me(server.url, known).status_code == 200  # neither keys nor the person are asked for
    assert ours.http.get("/api/auth/me").status_code == 200
    unknown = me(server.url, stand_in.token("user_new"))
    assert (unknown.status_code, unknown.json()["code"]) == (503, "issuer_unavailable")
    stand_in.answers_with = 200
    assert me(server.url, stand_in.token("user_new")).status_code == 200
    assert me(server.url, stand_in.token("user_new", key=stand_in.rotate())).status_code == 200
    stand_in.stop()


def test_a_wrong_secret_key_is_our_fault_and_not_the_callers(
    make_server: ServerFactory, clerk: StandIn
) -> None:
    clerk.add_user("user_secret")
    server = make_server(**{**clerk.settings(), "CLERK_SECRET_KEY": "sk_test_wrong"}).start()
    assert me(server.url, clerk.token("user_secret")).status_code == 503
    assert "Clerk refuses CLERK_SECRET_KEY" in server.output
    assert "sk_test_wrong" not in server.output


def test_without_a_secret_key_the_token_is_all_that_is_known(
    make_server: ServerFactory, clerk: StandIn
) -> None:
    settings = clerk.settings()
    del settings["CLERK_SECRET_KEY"]
    server = make_server(**settings).start()
    assert me(server.url, clerk.token("user_plain")).json()["user"]["name"] == "Somebody new"
    named = me(server.url, clerk.token("user_named", name="Ada")).json()["user"]
    assert named["name"] == "Ada"


def test_any_openid_issuer_signs_people_in(make_server: ServerFactory) -> None:
    issuer = StandIn().start()
    server = make_server(OIDC_ISSUER=issuer.url, OIDC_AUDIENCE="interviews").start()
    assert f"tokens of {issuer.url} for interviews" in server.output
    config = api(server.url).get("/api/auth/config").json()
    assert config == {"mode": "oidc", "clerk": None}
    assert "clerk" not in api(server.url).get("/health").headers["content-security-policy"]

    ada = sign_in(server.url, issuer.token("7", aud="interviews", name="Ada", email="A@b.example"))
    assert (ada.user["name"], ada.user["email"]) == ("Ada", "a@b.example")
    later = issuer.token("7", aud="interviews", name="Ada L.", iat=int(time.time()) + 1)
    renamed = sign_in(server.url, later).user
    assert renamed == {**ada.user, "name": "Ada L."}
    earlier = issuer.token("7", aud="interviews", name="Ada", iat=int(time.time()) - 50)
    assert sign_in(server.url, earlier).user == renamed
    wrong = api(server.url).post(
        "/api/auth/exchange", json={"token": issuer.token("7", aud="other")}
    )
    assert wrong.status_code == 401
    assert issuer.requests[JWKS] == 1
    issuer.stop()


def test_an_issuer_that_never_answers_holds_nobody_for_long(make_server: ServerFactory) -> None:
    issuer = StandIn().start()
    issuer.gate.clear()
    server = make_server(OIDC_ISSUER=issuer.url).start()
    answer = me(server.url, issuer.token())
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")
    again = me(server.url, issuer.token())  # at once: it was asked a moment ago
    assert again.status_code == 503
    assert again.elapsed.total_seconds() < REST_SECONDS
    issuer.stop()


def test_an_account_from_before_and_a_person_of_the_issuer_may_share_an_address(
    make_server: ServerFactory, clerk: StandIn
) -> None:
    """And are two people: whoever registered the address never showed that it is theirs."""
    server = make_server().start()
    body = {"name": "Ada", "email": "user_same@example.com", "password": PASSWORD}
    before = api(server.url).post("/api/auth/register", json=body).json()
    server.stop()

    clerk.add_user("user_same")
    server = make_server(**clerk.settings()).start()
    person = sign_in(server.url, clerk.token("user_same"))
    assert person.user["email"] == before["user"]["email"]
    assert person.id != before["user"]["_id"]
    assert api(server.url).get("/api/auth/me", headers=bearer(before["token"])).status_code == 200


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"CLERK_PUBLISHABLE_KEY": "pk_test_nonsense"}, "CLERK_PUBLISHABLE_KEY is not one"),
        ({"CLERK_SECRET_KEY": "sk_test_x"}, "CLERK_PUBLISHABLE_KEY is missing"),
        ({"CLERK_WEBHOOK_SECRET": "whsec_x"}, "CLERK_PUBLISHABLE_KEY is missing"),
        ({"OIDC_ISSUER": "issuer.example"}, "OIDC_ISSUER must be an address"),
        (
            {"OIDC_ISSUER": "https://a.example/x", "CLERK_PUBLISHABLE_KEY": "pk_test_YS5iJA=="},
            "Set CLERK_PUBLISHABLE_KEY or OIDC_ISSUER, not both.",
        ),
        (
            {"CLERK_PUBLISHABLE_KEY": "pk_test_YS5iJA==", "CLERK_WEBHOOK_SECRET": "x"},
            "CLERK_WEBHOOK_SECRET is not one",
        ),
    ],
)
def test_a_wrong_setting_stops_the_start_in_words(
    make_server: ServerFactory, settings: dict[str, str], says: str
) -> None:
    server = make_server(**settings)
    server.spawn()
    assert server.wait() == 2
    assert says in server.output
    assert "Traceback" not in server.output
