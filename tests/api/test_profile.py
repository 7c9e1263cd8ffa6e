"""What people change of their own account: name, picture, password."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crdt.errors import CloseCode
from server.api.accounts import Login, known_by_password
from server.auth.passwords import Passwords
from server.auth.tokens import Tokens
from server.errors import BadCredentials
from server.store.database import Database
from server.store.users import Users
from tests.helpers.people import PASSWORD, Person, accept_invite, api, bearer, browser, register
from tests.helpers.pictures import data_url, png
from tests.helpers.rawclient import raw_client
from tests.helpers.server import ServerProcess

NEW = "another correct horse"
HTTPS = "https://pictures.example.com/ada.png?size=128"


def change(person: Person, **body: object) -> dict[str, object]:
    user: dict[str, object] = person.call("PATCH", "/api/auth/me", body)["user"]
    return user


def test_a_name_is_changed_and_cleaned(host: Person) -> None:
    session = host.create_session()
    assert change(host, name="  Hedy   Kiesler ")["name"] == "Hedy Kiesler"
    assert host.call("GET", "/api/auth/me")["user"]["name"] == "Hedy Kiesler"
    shown = host.call("GET", f"/api/sessions/{session['_id']}")["session"]
    assert shown["host"]["name"] == "Hedy Kiesler"


def test_what_is_not_given_stays(host: Person) -> None:
    change(host, profileImage=HTTPS)
    user = change(host, name="Hedy")
    assert (user["name"], user["profileImage"]) == ("Hedy", HTTPS)
    assert change(host) == user


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": 1}, "name"),
        ({"email": "other@example.com"}, "email"),
        ({"kind": "guest"}, "kind"),
        ({"profileImage": 1}, "profileImage"),
        ({"profileImage": "x"}, "profileImage"),
        ({"profileImage": "http://pictures.example.com/a.png"}, "profileImage"),
        ({"profileImage": "https://"}, "profileImage"),
        ({"profileImage": "https://a b/"}, "profileImage"),
        ({"profileImage": "https://[/"}, "profileImage"),
        ({"profileImage": "https://a.example/" + "x" * 3000}, "profileImage"),
        ({"profileImage": "javascript:alert(1)"}, "profileImage"),
        ({"profileImage": "/api/pictures/somebody-elses"}, "profileImage"),
        ({"profileImage": "data:image/svg+xml;base64,PHN2Zy8+"}, "profileImage"),
        ({"profileImage": "data:text/html;base64,PGI+"}, "profileImage"),
        ({"profileImage": data_url(b"<script>", "image/png")}, "profileImage"),
        ({"profileImage": data_url(png(), "image/gif")}, "profileImage"),
        ({"profileImage": "data:image/png;base64,"}, "profileImage"),
        ({"profileImage": "data:image/png;base64,iVBOR"}, "profileImage"),
        ({"profileImage": "data:image/png," + "iVBORw0KGgo="}, "profileImage"),
        ({"profileImage": data_url(png() + b"\0" * 40_000)}, "profileImage"),
    ],
)
def test_a_wrong_change_names_the_field_and_changes_nothing(
    host: Person, body: dict[str, object], field: str
) -> None:
    answer = host.http.patch("/api/auth/me", json=body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert host.call("GET", "/api/auth/me")["user"] == host.user


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0 and so on", "image/jpeg"),
        (b"RIFF\x0a\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a and so on", "image/gif"),
    ],
)
def test_a_picture_gets_an_address_that_shows_it(host: Person, data: bytes, kind: str) -> None:
    address = str(change(host, profileImage=data_url(data, kind))["profileImage"])
    answer = api(str(host.http.base_url)).get(address)  # as a page's <img> asks: no token
    assert answer.status_code == 200
    assert answer.content == data
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    session = host.create_session()
    shown = host.call("GET", f"/api/sessions/{session['_id']}")["session"]
    assert shown["host"]["profileImage"] == address


def test_a_picture_goes_when_it_is_replaced_or_removed(host: Person) -> None:
    first = str(change(host, profileImage=data_url(png()))["profileImage"])
    second = str(change(host, profileImage=data_url(png(2)))["profileImage"])
    assert first != second
    assert host.http.get(first).json()["code"] == "no_such_picture"
    assert change(host, profileImage=second)["profileImage"] == second  # as a form sends it back
    assert host.http.get(second).status_code == 200
    assert change(host, profileImage="")["profileImage"] == ""
    assert host.http.get(second).status_code == 404


def test_of_many_pictures_at_once_the_one_that_stays_is_there(host: Person) -> None:
    with ThreadPoolExecutor(6) as pool:
        sent = [data_url(png(size)) for size in range(1, 13)]
        addresses = list(pool.map(lambda picture: change(host, profileImage=picture), sent))
    stays = host.call("GET", "/api/auth/me")["user"]["profileImage"]
    assert host.http.get(stays).status_code == 200
    others = {str(each["profileImage"]) for each in addresses} - {stays}
    assert {host.http.get(each).status_code for each in others} == {404}


def test_a_guest_may_change_the_name_but_has_no_password(url: str, host: Person) -> None:
    guest = accept_invite(url, host.invite(host.create_session()["_id"]))
    assert change(guest, name="Grace Hopper")["name"] == "Grace Hopper"
    answer = guest.http.post("/api/auth/password", json={"current": PASSWORD, "new": NEW})
    assert answer.status_code == 403
    assert answer.json()["code"] == "guests_cannot"


@pytest.mark.parametrize(("method", "path"), [("PATCH", "me"), ("POST", "password")])
def test_nobody_changes_anything_without_a_sign_in(url: str, method: str, path: str) -> None:
    assert api(url).request(method, f"/api/auth/{path}", json={}).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("PATCH", "me"), ("POST", "password")])
def test_a_foreign_site_changes_nothing(url: str, host: Person, method: str, path: str) -> None:
    page = browser(url)
    page.cookies.set("session", host.token)
    answer = page.request(
        method, f"/api/auth/{path}", json={}, headers={"Origin": "https://evil.example"}
    )
    assert answer.json()["code"] == "foreign_origin"


def test_a_changed_password_signs_everybody_else_out_at_once(url: str) -> None:
    ada = register(url)
    email = ada.user["email"]
    elsewhere = api(url).post("/api/auth/login", json={"email": email, "password": PASSWORD})
    page = browser(url)
    page.cookies.set("session", ada.token)

    answer = ada.http.post("/api/auth/password", json={"current": PASSWORD, "new": NEW})
    assert answer.status_code == 200
    assert answer.json()["user"] == ada.user
    fresh = answer.json()["token"]
    assert f"session={fresh}" in answer.headers["set-cookie"]

    for old in (ada.token, elsewhere.json()["token"]):
        refused = api(url, old).get("/api/auth/me")
        assert refused.status_code == 401
        assert refused.json()["code"] == "not_signed_in"
    assert page.get("/api/auth/me").status_code == 401
    assert api(url, fresh).get("/api/auth/me").status_code == 200

    def login(password: str) -> int:
        body = {"email": email, "password": password}
        return api(url).post("/api/auth/login", json=body).status_code

    assert (login(PASSWORD), login(NEW)) == (401, 200)


async def test_a_changed_password_ends_what_was_opened_before_in_rooms(
    server_process: ServerProcess, url: str, host: Person
) -> None:
    ada = register(url)
    session = host.create_session()["_id"]
    ada.call("POST", f"/api/sessions/join/{session}")
    unused = ada.ticket(session)
    async with (
        raw_client(server_process, session, ada.ticket(session)) as client,
        raw_client(server_process, session, host.ticket(session)) as bystander,
    ):
        for each in (client, bystander):
            await each.sync()
        changed = ada.call("POST", "/api/auth/password", {"current": PASSWORD, "new": NEW})
        assert await client.close_code() == CloseCode.NOT_SIGNED_IN
        async with raw_client(server_process, session, unused) as late:
            assert await late.close_code() == CloseCode.NOT_SIGNED_IN
        with api(url, changed["token"]) as anew:
            ticket = anew.post(f"/api/sessions/{session}/ticket").json()["ticket"]
        async with raw_client(server_process, session, ticket) as back:
            await back.sync()
            await back.type("here again ")
            while "here again" not in bystander.text:
                await bystander.next()


class Changing(Passwords):
    """In whose midst the password is changed, as one may while it is compared."""

    def __init__(self, users: Users) -> None:
        super().__init__()
        self._users = users

    async def matches(self, hashed: str | None, password: str) -> bool:
        right = await super().matches(hashed, password)
        user = await self._users.by_email("ada@example.com")
        assert user is not None
        assert await self._users.change_password(user, await self.hash(NEW))
        return right


async def test_a_sign_in_with_the_old_password_does_not_outlast_its_change(
    database: Database,
) -> None:
    users, changing = Users(database), Changing(Users(database))
    try:
        await users.register("Ada", "ada@example.com", await changing.hash(PASSWORD))
        with pytest.raises(BadCredentials):
            await known_by_password(users, changing, Login("ada@example.com", PASSWORD))
    finally:
        changing.close()


async def test_a_sign_in_counts_from_when_the_password_was_right(database: Database) -> None:
    """So a change that comes after the last look, and before the token is signed, ends it."""
    users, passwords = Users(database), Passwords()
    tokens = Tokens("k" * 32, timedelta(hours=1), timedelta(minutes=1))
    try:
        await users.register("Ada", "ada@example.com", await passwords.hash(PASSWORD))
        login = Login("ada@example.com", PASSWORD)
        user, known_at = await known_by_password(users, passwords, login)
    finally:
        passwords.close()
    changed = await users.change_password(user, "another hash")
    assert changed is not None
    assert changed.signed_out_at is not None
    assert tokens.read_access(tokens.access(user.id, known_at)).issued_at < changed.signed_out_at


def test_a_password_can_be_changed_again_and_again_within_a_second(url: str) -> None:
    ada = register(url)
    token, current = ada.token, PASSWORD
    for number in range(4):
        body = {"current": current, "new": f"password number {number}"}
        answer = api(url).post("/api/auth/password", json=body, headers=bearer(token))
        assert answer.status_code == 200, answer.text
        token, current = answer.json()["token"], body["new"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"current": "wrong password", "new": NEW}, 403, "wrong_password", "current"),
        ({"current": PASSWORD, "new": "short"}, 400, "invalid_body", "new"),
        ({"current": PASSWORD, "new": "x" * 201}, 400, "invalid_body", "new"),
        ({"current": PASSWORD}, 400, "invalid_body", "new"),
        ({"new": NEW}, 400, "invalid_body", "current"),
        ({"current": PASSWORD, "new": None}, 400, "invalid_body", "new"),
    ],
)
def test_a_wrong_change_of_password_changes_nothing(
    host: Person, body: dict[str, object], status: int, code: str, field: str
) -> None:
    answer = host.http.post("/api/auth/password", json=body)
    assert answer.status_code == status
    assert (answer.json()["code"], answer.json()["field"]) == (code, field)
    assert host.call("GET", "/api/auth/me")["user"] == host.user


def test_of_two_changes_at_once_one_wins(url: str) -> None:
    ada = register(url)

    def attempt(new: str) -> int:
        body = {"current": PASSWORD, "new": new}
        return api(url, ada.token).post("/api/auth/password", json=body).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(attempt, ["one new password", "two new password"]))
    # the second is refused as signed out, or for a password that is not the current one any more
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 401, 403}


def test_accounts_say_that_they_are_on(url: str) -> None:
    assert api(url).get("/api/auth/config").json() == {"mode": "accounts", "clerk": None}
    answer = api(url).post("/api/auth/exchange", json={"token": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "exchange_off")
    assert api(url).post("/api/webhooks/clerk", json={}).status_code == 404
