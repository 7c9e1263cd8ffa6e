"""Who is in a session, by which invitation, and how the host takes people out of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from crdt.errors import CloseCode
from server.store.database import Database, new_id
from server.store.invites import Invites
from server.store.members import Members
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, accept_invite, api, bearer, browser, register
from tests.helpers.rawclient import raw_client
from tests.helpers.server import ServerProcess


@pytest.fixture
def session(host: Person) -> str:
    return str(host.create_session()["_id"])


def made(host: Person, session: str, role: str = "participant") -> dict[str, Any]:
    answer: dict[str, Any] = host.call("POST", f"/api/sessions/{session}/invites", {"role": role})
    return answer


def people(person: Person, session: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = person.call("GET", f"/api/sessions/{session}/people")["people"]
    return rows


def remove(host: Person, session: str, user: str) -> Any:
    return host.call("DELETE", f"/api/sessions/{session}/people/{user}")


def accept(person: Person, token: str) -> tuple[int, str]:
    answer = person.http.post(f"/api/invites/{token}/accept")
    return answer.status_code, answer.json().get("code", answer.json().get("role"))


async def enters(server: ServerProcess, session: str, ticket: str) -> int | None:
    """None for somebody who is let in, else the close code."""
    async with raw_client(server, session, ticket, events="1") as client:
        try:
            await client.event("hello")
        except Exception:  # noqa: BLE001 - closed: the code says why
            return await client.close_code()
    return None


# -- people ----------------------------------------------------------------------------------


def test_people_are_listed_with_the_invitation_they_came_by(
    url: str, host: Person, other: Person, session: str
) -> None:
    invite, watch = made(host, session), made(host, session, "spectator")
    guest = accept_invite(url, watch["token"], "Grace")
    other.call("POST", f"/api/invites/{invite['token']}/accept")
    rows = people(host, session)
    assert [(row["_id"], row["role"], row["kind"], row["invite"]) for row in rows] == [
        (host.id, "host", "user", None),
        (other.id, "participant", "user", invite["_id"]),
        (guest.id, "spectator", "guest", watch["_id"]),
    ]
    assert rows[1]["email"] == other.user["email"]
    assert rows[0]["joinedAt"] <= rows[2]["joinedAt"] <= rows[1]["joinedAt"]
    for person in (guest, other):
        seen = people(person, session)
        assert [row["_id"] for row in seen] == [row["_id"] for row in rows]
        assert [row["invite"] for row in seen] == [None, None, None]
        assert host.user["email"] not in str(seen)
    assert other.user["email"] not in str(people(guest, session))


def test_who_joined_without_an_invitation_is_listed_too(
    host: Person, other: Person, session: str
) -> None:
    other.call("POST", f"/api/sessions/join/{session}")
    (_, row) = people(host, session)
    assert (row["_id"], row["role"], row["invite"]) == (other.id, "participant", None)


def test_invitations_are_listed_with_those_who_came(url: str, host: Person, session: str) -> None:
    one, two = made(host, session), made(host, session, "spectator")
    guests = [accept_invite(url, two["token"], name) for name in ("Grace", "Alan")]
    listed = host.call("GET", f"/api/sessions/{session}/invites")["invites"]
    assert listed == [
        {**one, "people": []},
        {**two, "people": [{"_id": each.id, "name": each.user["name"]} for each in guests]},
    ]


# -- removal ---------------------------------------------------------------------------------


def test_who_is_removed_has_no_part_any_more(
    url: str, host: Person, other: Person, session: str
) -> None:
    invite = made(host, session)
    other.call("POST", f"/api/invites/{invite['token']}/accept")
    assert remove(host, session, other.id)["people"] == people(host, session)
    assert [row["_id"] for row in people(host, session)] == [host.id]
    seen = host.call("GET", f"/api/sessions/{session}")["session"]
    assert (seen["participant"], seen["full"]) == (None, False)
    answer = other.http.get(f"/api/sessions/{session}")
    assert (answer.status_code, answer.json()["code"]) == (403, "removed")
    assert other.call("GET", "/api/sessions/active?mine=true")["sessions"] == []
    refused = other.http.post(f"/api/sessions/join/{session}")
    assert (refused.status_code, refused.json()["code"]) == (403, "removed")
    assert accept(other, invite["token"]) == (404, "no_such_invite")
    assert remove(host, session, other.id)["people"], "doing it again is fine"


def test_nobody_comes_back_under_another_name_by_the_link_of_somebody_removed(
    url: str, host: Person, session: str
) -> None:
    invite = made(host, session, "spectator")
    guest, stays = (accept_invite(url, invite["token"], name) for name in ("Eve", "Grace"))
    remove(host, session, guest.id)
    again = api(url).post(f"/api/invites/{invite['token']}/accept", json={"name": "Mallory"})
    assert (again.status_code, again.json()["code"]) == (404, "no_such_invite")
    assert host.call("GET", f"/api/sessions/{session}/invites")["invites"] == []
    assert [row["_id"] for row in people(host, session)] == [host.id, stays.id]
    assert stays.http.get(f"/api/sessions/{session}/files").status_code == 200


def test_the_freed_seat_is_for_another(url: str, host: Person, other: Person, session: str) -> None:
    invite = made(host, session)
    accept_invite(url, invite["token"])
    assert accept(other, invite["token"]) == (409, "session_full")
    remove(host, session, people(host, session)[1]["_id"])
    assert accept(other, made(host, session)["token"]) == (200, "participant")


def test_a_later_invitation_lets_them_in_again(
    url: str, host: Person, other: Person, session: str
) -> None:
    early, unused = made(host, session), made(host, session)
    other.call("POST", f"/api/invites/{early['token']}/accept")
    remove(host, session, other.id)
    assert accept(other, unused["token"]) == (403, "removed"), "it is older"
    late = made(host, session, "spectator")
    assert accept(other, late["token"]) == (200, "spectator")
    assert accept(other, unused["token"]) == (200, "participant"), "in is in: the seat is free"
    assert [row["role"] for row in people(host, session)] == ["host", "participant"]


def test_a_guest_whose_cookie_remains_does_not_come_back_by_the_old_link(
    url: str, host: Person, session: str
) -> None:
    invite, unused = made(host, session), made(host, session, "spectator")
    with browser(url) as page:
        accepted = page.post(f"/api/invites/{invite['token']}/accept", json={"name": "Grace"})
        remove(host, session, accepted.json()["user"]["_id"])
        again = page.post(f"/api/invites/{invite['token']}/accept", json={"name": "Grace"})
        assert (again.status_code, again.json()["code"]) == (404, "no_such_invite")
        older = page.post(f"/api/invites/{unused['token']}/accept", json={"name": "Grace"})
        assert (older.status_code, older.json()["code"]) == (403, "removed")
        assert page.post(f"/api/sessions/{session}/ticket").json()["code"] == "removed"
        assert [row["_id"] for row in people(host, session)] == [host.id]


def test_a_withdrawn_invitation_takes_those_who_came_by_it_and_no_others(
    url: str, host: Person, session: str
) -> None:
    one, two = made(host, session, "spectator"), made(host, session, "spectator")
    guest, stays = accept_invite(url, one["token"]), accept_invite(url, two["token"])
    left = host.call("DELETE", f"/api/sessions/{session}/invites/{one['_id']}")["invites"]
    assert [row["_id"] for row in left] == [two["_id"]]
    assert [row["_id"] for row in people(host, session)] == [host.id, stays.id]
    assert guest.http.get(f"/api/sessions/{session}/people").json()["code"] == "removed"
    assert accept(guest, two["token"]) == (403, "removed"), "it is older"
    for answer in (
        api(url).get(f"/api/invites/{one['token']}"),
        api(url).post(f"/api/invites/{one['token']}/accept", json={"name": "Eve"}),
        host.http.delete(f"/api/sessions/{session}/invites/{one['_id']}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_invite")


def test_an_invitation_that_is_dead_already_takes_along_who_is_left_of_it(
    url: str, host: Person, session: str
) -> None:
    """As after an attempt to withdraw it that failed half-way."""
    link = made(host, session, "spectator")
    gone, left = (accept_invite(url, link["token"], name) for name in ("Eve", "Grace"))
    remove(host, session, gone.id)
    host.call("DELETE", f"/api/sessions/{session}/invites/{link['_id']}")
    assert [row["_id"] for row in people(host, session)] == [host.id]
    assert left.http.get(f"/api/sessions/{session}").json()["code"] == "removed"
    again = host.http.delete(f"/api/sessions/{session}/invites/{link['_id']}")
    assert (again.status_code, again.json()["code"]) == (404, "no_such_invite")


async def test_who_kept_the_seat_when_removing_failed_half_way_loses_it(
    make_server: ServerFactory, database_process: DatabaseProcess
) -> None:
    database = Database(database_process.url, f"half-{new_id()}")
    server = make_server(DB_URL=database_process.url, DB_NAME=database.name).start()
    host = register(server.url)
    session = host.create_session()["_id"]
    link = made(host, session)
    guest = accept_invite(server.url, link["token"])
    await Invites(database, timedelta()).remove(session, link["_id"])
    await Members(database).remove(session, guest.id)
    await database.close()
    host.call("DELETE", f"/api/sessions/{session}/invites/{link['_id']}")
    assert [row["_id"] for row in people(host, session)] == [host.id]
    assert guest.http.get(f"/api/sessions/{session}").json()["code"] == "removed"


async def test_nobody_slips_in_by_an_invitation_that_is_withdrawn_in_that_moment(
    url: str, host: Person, session: str
) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        for _ in range(10):
            invite = made(host, session, "spectator")
            withdrawn, *accepted = await asyncio.gather(
                client.delete(
                    f"/api/sessions/{session}/invites/{invite['_id']}", headers=bearer(host.token)
                ),
                *(
                    client.post(f"/api/invites/{invite['token']}/accept", json={"name": f"G{each}"})
                    for each in range(4)
                ),
            )
            assert withdrawn.status_code == 200
            assert {answer.status_code for answer in accepted} <= {200, 403, 404}
            assert [row["_id"] for row in people(host, session)] == [host.id]


def test_an_invitation_is_withdrawn_in_its_own_session_only(host: Person, session: str) -> None:
    elsewhere = host.create_session()["_id"]
    invite = made(host, session)
    answer = host.http.delete(f"/api/sessions/{elsewhere}/invites/{invite['_id']}")
    assert answer.json()["code"] == "no_such_invite"
    assert host.call("GET", f"/api/sessions/{session}/invites")["invites"]


def test_the_host_stays_and_strangers_cannot_be_removed(
    host: Person, other: Person, session: str
) -> None:
    own = host.http.delete(f"/api/sessions/{session}/people/{host.id}")
    assert (own.status_code, own.json()["code"]) == (400, "own_session")
    for stranger in (other.id, "nonsense"):
        answer = host.http.delete(f"/api/sessions/{session}/people/{stranger}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_person")


def test_after_the_end_somebody_can_still_lose_the_right_to_read(
    host: Person, other: Person, session: str
) -> None:
    other.call("POST", f"/api/sessions/join/{session}")
    host.call("POST", f"/api/sessions/end/{session}")
    assert other.http.get(f"/api/sessions/{session}/files").status_code == 200
    remove(host, session, other.id)
    assert other.http.get(f"/api/sessions/{session}/files").status_code == 403


# -- the room --------------------------------------------------------------------------------


async def test_who_is_removed_is_out_of_the_room_with_every_tab(
    server_process: ServerProcess, host: Person, session: str
) -> None:
    invite = made(host, session)
    guest = accept_invite(server_process.url, invite["token"])
    ticket = guest.ticket(session)
    async with (
        raw_client(server_process, session, host.ticket(session), events="1") as ours,
        raw_client(server_process, session, ticket, events="1") as one,
        raw_client(server_process, session, ticket) as two,
    ):
        for client in (ours, one, two):
            await client.sync()
        remove(host, session, guest.id)
        assert await one.close_code() == await two.close_code() == CloseCode.NOT_ALLOWED
        told = await ours.event("session.updated")
        assert told["session"]["full"] is False
        await ours.type("still working ")
        await ours.event("saved")
    assert await enters(server_process, session, ticket) == CloseCode.NOT_ALLOWED
    again = accept(guest, made(host, session, "spectator")["token"])
    assert again == (200, "spectator")
    assert await enters(server_process, session, ticket) == CloseCode.NOT_ALLOWED, (
        "the old ticket would let them write"
    )
    assert await enters(server_process, session, guest.ticket(session)) is None


async def test_who_came_by_a_withdrawn_invitation_is_out_of_the_room(
    server_process: ServerProcess, host: Person, session: str
) -> None:
    invite = made(host, session, "spectator")
    guest = accept_invite(server_process.url, invite["token"])
    async with raw_client(server_process, session, guest.ticket(session)) as client:
        await client.sync()
        host.call("DELETE", f"/api/sessions/{session}/invites/{invite['_id']}")
        assert await client.close_code() == CloseCode.NOT_ALLOWED


async def test_a_ticket_of_before_is_refused_after_a_restart_too(
    make_server: ServerFactory,
) -> None:
    server = make_server(TICKET_TTL_SECONDS="3600").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    guest = accept_invite(server.url, host.invite(session))
    ticket = guest.ticket(session)
    assert await enters(server, session, ticket) is None
    remove(host, session, guest.id)
    server.kill()
    server.start()
    assert await enters(server, session, ticket) == CloseCode.NOT_ALLOWED
    assert guest.http.post(f"/api/sessions/{session}/ticket").json()["code"] == "removed"


async def test_a_ticket_of_before_is_refused_when_the_room_was_put_away_and_opened_again(
    make_server: ServerFactory,
) -> None:
    server = make_server(ROOM_GRACE_SECONDS="0", TICKET_TTL_SECONDS="3600").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    guest = accept_invite(server.url, host.invite(session))
    ticket = guest.ticket(session)
    assert await enters(server, session, ticket) is None
    remove(host, session, guest.id)
    for _ in range(3):
        assert await enters(server, session, ticket) == CloseCode.NOT_ALLOWED
        assert await enters(server, session, host.ticket(session)) is None
