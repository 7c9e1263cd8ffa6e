"""Accounts: registering, signing in and out, cookies and where they may come from."""

from __future__ import annotations

import httpx
import pytest

from tests.helpers.people import PASSWORD, Person, api, bearer, browser, fresh_email, register


def test_who_registers_is_signed_in(url: str) -> None:
    email = fresh_email()
    body = {"name": "  Ada   Lovelace ", "email": email, "password": PASSWORD}
    answer = api(url).post("/api/auth/register", json=body)
    assert answer.status_code == 201
    user = answer.json()["user"]
    assert user["name"] == "Ada Lovelace"
    assert user["email"] == email
    assert user["kind"] == "user"
    assert "password" not in user
    me = api(url, answer.json()["token"]).get("/api/auth/me")
    assert me.json() == {"user": user}


def test_an_address_is_taken_whatever_its_case(url: str) -> None:
    email = fresh_email()
    register(url, email=email)
    body = {"name": "Eve", "email": email.upper(), "password": PASSWORD}
    answer = api(url).post("/api/auth/register", json=body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "email_taken"
    assert answer.json()["field"] == "email"


def test_signing_in_takes_the_address_in_any_case(url: str) -> None:
    email = fresh_email()
    ada = register(url, email=email)
    body = {"email": f" {email.upper()} ", "password": PASSWORD}
    answer = api(url).post("/api/auth/login", json=body)
    assert answer.status_code == 200
    assert answer.json()["user"] == ada.user


def test_a_wrong_password_and_an_unknown_address_are_told_alike(url: str) -> None:
    email = fresh_email()
    register(url, email=email)
    answers = [
        api(url).post("/api/auth/login", json={"email": address, "password": "wrong password"})
        for address in (email, fresh_email())
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    told = [{**answer.json(), "requestId": ""} for answer in answers]
    assert told[0] == told[1]
    assert told[0]["code"] == "bad_credentials"


def test_the_cookie_signs_in_and_is_out_of_reach_of_scripts(url: str) -> None:
    client = browser(url)
    body = {"name": "Ada", "email": fresh_email(), "password": PASSWORD}
    answer = client.post("/api/auth/register", json=body)
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert "secure" not in attributes  # came by http
    assert client.get("/api/auth/me").json()["user"]["name"] == "Ada"
    assert client.post("/api/auth/logout").status_code == 200
    assert client.get("/api/auth/me").status_code == 401


def test_the_cookie_is_secure_when_the_request_came_by_https(url: str) -> None:
    answer = api(url).post(
        "/api/auth/register",
        json={"name": "Ada", "email": fresh_email(), "password": PASSWORD},
        headers={"X-Forwarded-Proto": "https"},
    )
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.fixture
def signed_in(url: str) -> httpx.Client:
    client = browser(url)
    body = {"name": "Ada", "email": fresh_email(), "password": PASSWORD}
    assert client.post("/api/auth/register", json=body).status_code == 201
    return client


CREATE = {"problem": "two-sum"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_cookie_from_a_foreign_origin_changes_nothing(
    signed_in: httpx.Client, origin: str
) -> None:
    answer = signed_in.post("/api/sessions/create", json=CREATE, headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign_origin"
    assert signed_in.get("/api/sessions/active", headers={"Origin": origin}).status_code == 200


def test_a_cookie_without_an_origin_changes_nothing(signed_in: httpx.Client) -> None:
    del signed_in.headers["Origin"]
    answer = signed_in.post("/api/sessions/create", json=CREATE)
    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign_origin"


def test_a_cookie_from_our_own_origin_works(signed_in: httpx.Client) -> None:
    assert signed_in.post("/api/sessions/create", json=CREATE).status_code == 201


def test_a_bearer_token_works_from_any_origin(host: Person) -> None:
    answer = host.http.post(
        "/api/sessions/create", json=CREATE, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 201


@pytest.mark.parametrize("path", ["login", "register", "logout"])
def test_a_foreign_site_cannot_sign_anybody_in_or_out(url: str, path: str) -> None:
    answer = api(url).post(f"/api/auth/{path}", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign_origin"


@pytest.mark.parametrize("header", ["Bearer", "Bearer x.y.z", "Basic YTpi"])
def test_a_bad_authorization_header_is_not_signed_in(signed_in: httpx.Client, header: str) -> None:
    answer = signed_in.get("/api/auth/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


def test_a_token_of_one_kind_is_none_of_another(url: str, host: Person) -> None:
    session = host.create_session()
    ticket = host.ticket(session["_id"])
    invite = host.invite(session["_id"])
    for token in (ticket, invite):
        assert api(url).get("/api/auth/me", headers=bearer(token)).status_code == 401
        assert (
            api(url).get("/api/auth/me", headers={"Cookie": f"session={token}"}).status_code == 401
        )
    for token in (ticket, host.token):
        answer = api(url).get(f"/api/invites/{token}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "no_such_invite"
