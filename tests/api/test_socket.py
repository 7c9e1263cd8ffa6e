"""Who may enter a room's WebSocket, and what becomes of those who misbehave."""

from __future__ import annotations

import json
import os
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from crdt import frames
from crdt.errors import CloseCode
from crdt.frames import PermissionDenied, Presence, PresenceEntry, SyncStep1, SyncStep2, Update
from crdt.limits import FRAMES_BURST, MESSAGE_BYTES
from tests.conftest import ServerFactory
from tests.helpers.people import Person, accept_invite, browser, register
from tests.helpers.rawclient import RawClient, event, raw_client
from tests.helpers.server import PLAIN_ASGI, ServerProcess

SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(2**32)))
OWN_LIMIT = 4 * 1024 * 1024  # what uvicorn refuses by itself


@dataclass
class Interview:
    """A session with its three kinds of people."""

    server: ServerProcess
    id: str
    host: Person
    guest: Person
    spectator: Person


@pytest.fixture(scope="session")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The same app on a server that knows nothing of the fast path."""
    server = ServerProcess(tmp_path_factory.mktemp("plain"), PLAIN_ASGI)
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture(params=["server_process", "plain_server"], ids=["fast", "plain"])
def interview(request: pytest.FixtureRequest) -> Iterator[Interview]:
    server: ServerProcess = request.getfixturevalue(request.param)
    host = register(server.url)
    session_id = host.create_session()["_id"]
    guest = accept_invite(server.url, host.invite(session_id))
    watching = accept_invite(server.url, host.invite(session_id, "spectator"))
    yield Interview(server, session_id, host, guest, watching)
    for person in (host, guest, watching):
        person.http.close()


@pytest.fixture
async def bystander(interview: Interview) -> AsyncIterator[RawClient]:
    """The host in the room, who must still be able to work when the test is over."""
    ticket = interview.host.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket) as client:
        await client.sync()
        yield client
        guest = interview.guest.ticket(interview.id)
        async with raw_client(interview.server, interview.id, guest) as other:
            await other.sync()
            assert other.text == client.text
            await other.type("still working ")
            await client.until(lambda frame: isinstance(frame, Update))
            assert client.text.startswith("still working ")


async def refused(interview: Interview, ticket: str | None, **more: str) -> int:
    headers: dict[str, str] = {key: more.pop(key) for key in ("Origin", "Cookie") if key in more}
    async with raw_client(
        interview.server, more.pop("session", interview.id), ticket, headers=headers, **more
    ) as client:
        return await client.close_code()


# -- who may enter -------------------------------------------------------------------------


async def test_without_a_good_ticket_nobody_enters(interview: Interview) -> None:
    ticket = interview.host.ticket(interview.id)
    for bad in (None, "", "nonsense", ticket[:-3] + "abc", interview.host.token):
        assert await refused(interview, bad) == CloseCode.NOT_SIGNED_IN


async def test_an_expired_ticket_is_refused(make_server: ServerFactory) -> None:
    server = make_server(TICKET_TTL_SECONDS="1").start()
    host = register(server.url)
    session_id = host.create_session()["_id"]
    ticket = host.ticket(session_id)
    code = None
    while code != CloseCode.NOT_SIGNED_IN:  # until its second is over
        async with raw_client(server, session_id, ticket, epoch="other") as client:
            code = await client.close_code()
            assert code in (CloseCode.WRONG_EPOCH, CloseCode.NOT_SIGNED_IN)


async def test_a_ticket_stolen_from_a_browser_is_worth_nothing_without_its_cookie(
    interview: Interview,
) -> None:
    with browser(interview.server.url) as page:
        invite = interview.host.invite(interview.id, "spectator")
        page.post(f"/api/invites/{invite}/accept", json={"name": "Grace"}).raise_for_status()
        ticket = page.post(f"/api/sessions/{interview.id}/ticket").json()["ticket"]
        cookie = f"session={page.cookies['session']}"
    thief = f"session={interview.guest.token}"
    assert await refused(interview, ticket) == CloseCode.NOT_SIGNED_IN
    assert await refused(interview, ticket, Cookie=thief) == CloseCode.NOT_SIGNED_IN
    async with raw_client(
        interview.server, interview.id, ticket, headers={"Cookie": cookie}
    ) as client:
        await client.sync()


async def test_a_ticket_opens_no_other_session(interview: Interview) -> None:
    other = interview.host.create_session()["_id"]
    ticket = interview.host.ticket(interview.id)
    assert await refused(interview, ticket, session=other) == CloseCode.NOT_ALLOWED


async def test_a_page_of_another_site_is_refused(interview: Interview) -> None:
    ticket = interview.host.ticket(interview.id)
    for origin in ("https://evil.example", "null", interview.server.url.replace("http", "https")):
        assert await refused(interview, ticket, Origin=origin) == CloseCode.NOT_ALLOWED
    async with raw_client(
        interview.server, interview.id, ticket, headers={"Origin": interview.server.url}
    ) as client:
        await client.sync()


async def test_somebody_with_another_history_is_told_to_start_over(interview: Interview) -> None:
    ticket = interview.host.ticket(interview.id)
    assert await refused(interview, ticket, epoch="another") == CloseCode.WRONG_EPOCH
    async with raw_client(interview.server, interview.id, ticket, events="1") as client:
        epoch = (await client.event("hello"))["epoch"]
    async with raw_client(interview.server, interview.id, ticket, epoch=epoch) as client:
        await client.sync()


async def test_a_room_that_ended_lets_nobody_in_and_closes_those_who_are(
    interview: Interview,
) -> None:
    ticket = interview.host.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket, events="1") as client:
        await client.event("hello")
        interview.host.call("POST", f"/api/sessions/end/{interview.id}")
        assert (await client.event("session.ended"))["session"]["status"] == "completed"
        assert await client.close_code() == CloseCode.SESSION_ENDED
    assert await refused(interview, ticket) == CloseCode.SESSION_ENDED


async def test_a_session_that_does_not_exist_has_no_tickets(interview: Interview) -> None:
    answer = interview.host.http.post("/api/sessions/64b000000000000000000000/ticket")
    assert answer.status_code == 404
    stranger = register(interview.server.url)
    assert stranger.http.post(f"/api/sessions/{interview.id}/ticket").status_code == 403


async def test_who_does_not_introduce_oneself_is_closed_whatever_else_is_sent(
    interview: Interview,
) -> None:
    ticket = interview.host.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket) as client:
        await client.send(frames.encode(frames.QueryPresence()))
        assert await client.close_code() == CloseCode.TOO_SLOW


# -- those who misbehave -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", CloseCode.BAD_FRAME),
        ("text", CloseCode.BAD_FRAME),
        (b"\x00\x02\x7f", CloseCode.BAD_FRAME),
        (frames.encode(Update(b"\xff\xff\xff\x7f")), CloseCode.BAD_FRAME),
        (frames.encode(SyncStep1(b"\xff\xff\xff\x7f")), CloseCode.BAD_FRAME),
        (b"\x01" * (MESSAGE_BYTES + 1), CloseCode.TOO_LARGE),
        (b"\x01" * (OWN_LIMIT + 1), CloseCode.MESSAGE_TOO_BIG),
    ],
    ids=["empty", "text", "truncated", "huge update", "huge vector", "large", "larger"],
)
async def test_a_bad_message_ends_its_sender_only(
    interview: Interview, bystander: RawClient, message: bytes | str, code: CloseCode
) -> None:
    ticket = interview.guest.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket) as mallory:
        await mallory.sync()
        await mallory.send(message)
        assert await mallory.close_code() == code


async def test_random_messages_end_their_senders_and_nobody_else_notices(
    interview: Interview, bystander: RawClient
) -> None:
    dice = random.Random(SEED)
    print(f"SEED={SEED}")
    before = bystander.text
    ticket = interview.guest.ticket(interview.id)
    for _ in range(40):
        async with raw_client(interview.server, interview.id, ticket) as mallory:
            kind = dice.choice([b"", b"\x00", b"\x00\x02", b"\x01", b"\x64"])
            await mallory.send(kind + dice.randbytes(dice.randrange(1, 60)) + b"\xff")
            assert await mallory.close_code() == CloseCode.BAD_FRAME
    assert bystander.text == before


async def test_who_floods_is_closed(interview: Interview, bystander: RawClient) -> None:
    ticket = interview.guest.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket) as mallory:
        await mallory.sync()
        query = frames.encode(frames.QueryPresence())
        for _ in range(4 * FRAMES_BURST):
            await mallory.send(query)
        assert await mallory.close_code() == CloseCode.TOO_FAST


async def test_a_spectator_can_write_in_no_way(interview: Interview, bystander: RawClient) -> None:
    before = bystander.text
    ticket = interview.spectator.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket, events="1") as client:
        await client.sync()
        assert client.text == before
        await client.type("mine ")
        await client.until(lambda frame: isinstance(frame, PermissionDenied))
        await client.send(frames.encode(SyncStep2(client.doc.get_update())))
        await client.until(lambda frame: isinstance(frame, PermissionDenied))
        await client.send(event({"type": "run.stop", "id": "any"}))
        assert (await client.event("error"))["code"] == "not_allowed"
    answer = interview.spectator.http.post(f"/api/sessions/{interview.id}/runs")
    assert answer.status_code == 403
    files = interview.host.call("GET", f"/api/sessions/{interview.id}/files")["files"]
    assert next(file["text"] for file in files if file["path"] == "main.py") == before


async def test_nobody_speaks_for_another(interview: Interview, bystander: RawClient) -> None:
    mine = json.dumps({"cursor": 1})
    await bystander.send(frames.encode(Presence((PresenceEntry(77, 5, mine),))))
    ticket = interview.guest.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket) as mallory:
        await mallory.until(
            lambda frame: isinstance(frame, Presence) and frame.entries[0].client == 77
        )
        await mallory.send(frames.encode(Presence((PresenceEntry(77, 9, None),))))
        await mallory.send(frames.encode(Presence((PresenceEntry(77, 10, '{"cursor":2}'),))))
        await mallory.send(frames.encode(frames.QueryPresence()))
        seen = await mallory.until(lambda frame: isinstance(frame, Presence))
        assert isinstance(seen, Presence)
        assert seen.entries == (PresenceEntry(77, 5, mine),)


async def test_events_that_make_no_sense_are_refused_to_their_sender(
    interview: Interview, bystander: RawClient
) -> None:
    ticket = interview.guest.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket, events="1") as client:
        await client.sync()
        await client.send(event({"type": "no.such.event"}))
        assert (await client.event("error"))["code"] == "unknown_event"
        await client.send(event({"type": "run.stop", "id": 7}))
        assert (await client.event("error"))["code"] == "no_such_run"
        await client.send(event({"type": 7}))
        assert await client.close_code() == CloseCode.BAD_FRAME


async def test_a_stock_client_hears_no_events(interview: Interview) -> None:
    ticket = interview.host.ticket(interview.id)
    async with raw_client(interview.server, interview.id, ticket) as client:
        await client.sync()
        guest = interview.guest.ticket(interview.id)
        async with raw_client(interview.server, interview.id, guest, events="1") as other:
            await other.sync()
            await other.event("hello")
            await other.type("x")
            await other.event("saved")
        await client.until(lambda frame: isinstance(frame, Update))
        assert not [frame for frame in client.heard if isinstance(frame, frames.Event)]


async def test_the_log_never_shows_a_ticket(server_process: ServerProcess) -> None:
    host = register(server_process.url)
    session_id = host.create_session()["_id"]
    ticket = host.ticket(session_id)
    async with raw_client(server_process, session_id, ticket) as client:
        await client.sync()
    assert ticket not in server_process.output
    assert ticket.split(".")[-1] not in server_process.output
