"""Invitations: who they let in, as what."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import httpx
import pytest

from tests.conftest import ServerFactory
from tests.helpers.people import Person, accept_invite, api, browser, register


@pytest.fixture
def session(host: Person) -> str:
    return str(host.create_session()["_id"])


def test_an_invitation_says_who_invites_to_what(url: str, host: Person, session: str) -> None:
    made = host.http.post(f"/api/sessions/{session}/invites", json={"role": "spectator"})
    assert made.status_code == 201
    invite = made.json()
    assert invite["url"] == f"{url}/join/{invite['token']}"
    shown = api(url).get(f"/api/invites/{invite['token']}").json()
    assert shown == {
        "session": {
            "_id": session,
            "problem": "Two Sum",
            "status": "active",
            "host": {"_id": host.id, "name": "Hedy Lamarr"},
        },
        "role": "spectator",
        "expiresAt": invite["expiresAt"],
    }


def test_a_guest_is_in_without_an_account(url: str, host: Person, session: str) -> None:
    guest = accept_invite(url, host.invite(session), "Grace")
    assert guest.user["kind"] == "guest"
    assert "email" not in guest.user
    seen = guest.call("GET", f"/api/sessions/{session}")["session"]
    assert seen["role"] == "participant"
    assert seen["participant"] == {"_id": guest.id, "name": "Grace", "profileImage": ""}
    assert guest.call("POST", f"/api/sessions/{session}/ticket")["role"] == "participant"


def test_a_guest_sees_only_the_own_sessions_and_makes_none(
    url: str, host: Person, session: str
) -> None:
    guest = accept_invite(url, host.invite(session, "spectator"))
    elsewhere = host.create_session()["_id"]
    active = guest.call("GET", "/api/sessions/active")["sessions"]
    assert [row["_id"] for row in active] == [session]
    assert active[0]["role"] == "spectator"
    refused = [
        guest.http.post("/api/sessions/create", json={"problem": "two-sum"}),
        guest.http.post(f"/api/sessions/join/{elsewhere}"),
        guest.http.post(f"/api/sessions/join/{session}"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (403, "guests_cannot")
    ] * 3


def test_somebody_signed_in_stays_who_they_are(
    url: str, host: Person, other: Person, session: str
) -> None:
    invite = host.invite(session)
    accepted = other.call("POST", f"/api/invites/{invite}/accept", {"name": "Mask"})
    assert accepted["user"]["_id"] == other.id
    assert accepted["user"]["name"] == "Other Person"
    assert accepted["role"] == "participant"
    again = other.call("POST", f"/api/invites/{invite}/accept")
    assert again["role"] == "participant"


def test_a_participant_stays_one_by_a_spectators_link(
    url: str, host: Person, other: Person, session: str
) -> None:
    other.call("POST", f"/api/invites/{host.invite(session)}/accept")
    watch = host.invite(session, "spectator")
    assert other.call("POST", f"/api/invites/{watch}/accept")["role"] == "participant"


def test_a_spectator_becomes_participant_by_that_link(url: str, host: Person, session: str) -> None:
    guest = accept_invite(url, host.invite(session, "spectator"))
    accepted = guest.call("POST", f"/api/invites/{host.invite(session)}/accept")
    assert accepted["role"] == "participant"
    assert accepted["user"]["_id"] == guest.id


def test_a_guest_may_give_another_name(url: str, host: Person, session: str) -> None:
    invite = host.invite(session)
    guest = accept_invite(url, invite, "Grace")
    renamed = guest.call("POST", f"/api/invites/{invite}/accept", {"name": "Grace Hopper"})
    assert renamed["user"] == {**guest.user, "name": "Grace Hopper"}
    assert renamed["session"]["participant"]["name"] == "Grace Hopper"
    assert host.call("GET", f"/api/sessions/{session}")["session"]["participant"]["name"] == (
        "Grace Hopper"
    )


def test_the_cookie_keeps_a_guest_the_same_person(url: str, host: Person, session: str) -> None:
    invite = host.invite(session)
    page = browser(url)
    first = page.post(f"/api/invites/{invite}/accept", json={"name": "Grace"}).json()
    second = page.post(f"/api/invites/{invite}/accept", json={"name": "Grace"}).json()
    assert first["user"]["_id"] == second["user"]["_id"]
    page.headers["Origin"] = "https://evil.example"
    answer = page.post(f"/api/invites/{invite}/accept", json={"name": "Eve"})
    assert answer.status_code == 403


KEY = "made-by-the-page-0001"


def came(url: str, invite: str, **body: str) -> httpx.Response:
    """What somebody without a cookie is answered."""
    return api(url).post(f"/api/invites/{invite}/accept", json={"name": "Grace", **body})


def test_who_asks_again_because_the_answer_was_lost_is_the_same_guest(
    url: str, host: Person, session: str
) -> None:
    invite = host.invite(session)
    answers = [came(url, invite, key=KEY), came(url, invite, key=KEY, name="Grace Hopper")]
    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = (answer.json() for answer in answers)
    assert second["user"] == {**first["user"], "name": "Grace Hopper"}
    assert second["session"]["participant"]["name"] == "Grace Hopper"
    assert came(url, invite, key=f"{KEY}-of-another").json()["code"] == "session_full"
    assert came(url, invite).json()["code"] == "session_full"


def test_a_key_is_nobody_by_another_invitation(url: str, host: Person, session: str) -> None:
    one, two = (host.invite(session, "spectator") for _ in range(2))
    ids = {came(url, each, key=KEY).json()["user"]["_id"] for each in (one, two, one, two)}
    assert len(ids) == 2


def test_a_guest_who_was_removed_does_not_come_back_by_the_key(
    url: str, host: Person, session: str
) -> None:
    link = host.call("POST", f"/api/sessions/{session}/invites", {"role": "spectator"})
    guest = came(url, link["token"], key=KEY).json()["user"]["_id"]
    host.call("DELETE", f"/api/sessions/{session}/people/{guest}")
    again = came(url, link["token"], key=KEY)
    assert (again.status_code, again.json()["code"]) == (404, "no_such_invite")


async def test_the_same_guest_many_times_at_once_is_one(
    url: str, host: Person, session: str
) -> None:
    invite = host.invite(session)
    body = {"name": "Grace", "key": KEY}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        answers = await asyncio.gather(
            *(client.post(f"/api/invites/{invite}/accept", json=body) for _ in range(8))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["user"]["_id"] for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space in between", "\ud800" * 20, 7])
def test_a_key_that_could_be_guessed_or_is_none_is_refused(
    url: str, host: Person, session: str, key: object
) -> None:
    body = json.dumps({"name": "Grace", "key": key})
    answer = api(url).post(f"/api/invites/{host.invite(session)}/accept", content=body)
    assert answer.status_code == 400
    assert answer.json().get("field") == ("key" if key != "\ud800" * 20 else None)


def test_a_stale_cookie_does_not_keep_a_guest_out(url: str, host: Person, session: str) -> None:
    answer = httpx.post(
        f"{url}/api/invites/{host.invite(session)}/accept",
        json={"name": "Grace"},
        headers={"Cookie": "session=stale", "Origin": url},
    )
    assert answer.status_code == 200


def test_the_host_cannot_be_the_own_participant(url: str, host: Person, session: str) -> None:
    for role in ("participant", "spectator"):
        answer = host.http.post(f"/api/invites/{host.invite(session, role)}/accept")
        assert answer.status_code == 400
        assert answer.json()["code"] == "own_session"


def test_only_the_host_invites(url: str, host: Person, session: str) -> None:
    guest = accept_invite(url, host.invite(session))
    answer = guest.http.post(f"/api/sessions/{session}/invites", json={"role": "spectator"})
    assert answer.status_code == 403


@pytest.mark.parametrize("role", ["host", "", None, 1])
def test_an_invitation_is_for_participants_or_spectators(
    host: Person, session: str, role: object
) -> None:
    answer = host.http.post(f"/api/sessions/{session}/invites", json={"role": role})
    assert answer.status_code == 400
    assert answer.json()["field"] == "role"


def test_a_guest_needs_a_name(url: str, host: Person, session: str) -> None:
    invite = host.invite(session)
    for body in ({}, {"name": "   "}, {"name": None}, {"name": 3}):
        answer = api(url).post(f"/api/invites/{invite}/accept", json=body)
        assert answer.status_code == 400
        assert answer.json()["field"] == "name"


def test_a_forged_invitation_is_none(url: str, host: Person, session: str) -> None:
    head, claims, seal = host.invite(session).split(".")
    for forged in (f"{head}.{claims}.", f"{head}.{claims[:-2]}xx.{seal}", f"{head}.{claims}"):
        answer = api(url).post(f"/api/invites/{forged}/accept", json={"name": "Eve"})
        assert answer.status_code == 404
        assert answer.json()["code"] == "no_such_invite"


async def test_of_many_guests_at_once_one_gets_the_seat(
    url: str, host: Person, session: str
) -> None:
    invite = host.invite(session)
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        answers = await asyncio.gather(
            *(
                client.post(f"/api/invites/{invite}/accept", json={"name": f"Guest {number}"})
                for number in range(8)
            )
        )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}


def test_a_signed_in_racer_and_a_guest_share_the_one_seat(
    url: str, host: Person, session: str
) -> None:
    invite = host.invite(session)
    accept_invite(url, invite)
    answer = register(url).http.post(f"/api/invites/{invite}/accept")
    assert answer.status_code == 409
    assert answer.json()["code"] == "session_full"


def test_an_old_invitation_says_so_and_client_url_is_let_in(make_server: ServerFactory) -> None:
    server = make_server(INVITE_TTL_HOURS="0", CLIENT_URL="https://app.example").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    answer = api(server.url).post(
        f"/api/invites/{host.invite(session)}/accept", json={"name": "Late"}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "invite_expired"
    # an origin of CLIENT_URL may use the cookie, and browsers are told so
    allowed = httpx.post(
        f"{server.url}/api/sessions/create",
        json={"problem": "two-sum"},
        headers={"Cookie": f"session={host.token}", "Origin": "https://app.example"},
    )
    assert allowed.status_code == 201
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    assert (
        "access-control-allow-origin"
        not in httpx.get(f"{server.url}/health", headers={"Origin": "https://evil.example"}).headers
    )
