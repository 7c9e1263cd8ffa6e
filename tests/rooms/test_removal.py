"""People who are taken out of a room, and sessions that end elsewhere."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crdt import frames
from crdt.errors import CloseCode
from crdt.frames import Presence, PresenceEntry, Update
from crdt.replica import Role
from server.bus.memory import MemoryBus, MemoryExchange
from server.rooms.attendance import Attendance
from server.rooms.happenings import READMITTED, REMOVED
from server.rooms.hub import Hub
from server.store.database import SESSIONS, Database, new_id
from server.store.invites import Invite, Invites
from server.store.members import Members, Removal
from server.store.sessions import Session, Sessions
from tests.helpers.embedded import eventually
from tests.helpers.wires import Client, turn_over
from tests.rooms.conftest import FILES, HubFactory
from tests.rooms.test_rooms import Typist, text_of

REASON = "The host removed you."


async def later(invites: Invites, at: datetime, session: str) -> Invite:
    """An invitation made after that moment, however coarse the clock is."""
    while (invite := await invites.add(session, Role.SPECTATOR)).created_at <= at:
        pass
    return invite


def cursors(client: Client) -> list[tuple[int, str | None]]:
    """All presence it was told of."""
    told = [frame for frame in client.frames if isinstance(frame, Presence)]
    return [(entry.client, entry.state) for frame in told for entry in frame.entries]


def removed(user: str) -> Removal:
    return Removal(user, datetime.now(UTC), out=True)


async def test_every_tab_of_who_is_removed_is_closed_at_once_and_leaves_nothing_behind(
    hub: Hub, session_id: str
) -> None:
    room = await hub.open(session_id)
    host = await Typist.come(hub, room)
    tabs = [await Typist.come(hub, room, Role.PARTICIPANT, "eve") for _ in range(3)]
    tabs[0].say(frames.encode(Presence((PresenceEntry(7, 1, '{"cursor":1}'),))))
    before = text_of(room)
    hub.remove(session_id, removed("eve"), REASON)
    assert [tab.socket.closed for tab in tabs] == [(CloseCode.NOT_ALLOWED, REASON)] * 3
    assert [row["_id"] for row in room.people()] == [host.peer.user_id]
    tabs[1].type("still here? ")
    assert text_of(room) == before
    await eventually(lambda: (7, None) in cursors(host), "the cursor to go")
    for tab in tabs:
        tab.leave()
    host.type("on ")
    assert text_of(room) == f"on {before}"


async def test_a_ticket_of_before_is_refused_also_after_letting_in_again(
    hub: Hub, session_id: str
) -> None:
    room = await hub.open(session_id)
    removal = removed("eve")
    before, after = (removal.at + timedelta(milliseconds=each) for each in (-1, 1))
    assert not room.refuses("eve", before)
    hub.remove(session_id, removal, REASON)
    assert room.refuses("eve", before)
    assert room.refuses("eve", after), "a clock that is ahead makes no difference"
    assert not room.refuses("ada", before)
    hub.readmit(session_id, "eve")
    assert room.refuses("eve", before), "it may carry a better role than the new one"
    assert not room.refuses("eve", after)
    hub.readmit(session_id, "nobody")


async def test_a_room_that_was_put_away_knows_who_was_removed(
    make_hub: HubFactory, members: Members, session_id: str
) -> None:
    hub = make_hub(grace_seconds=0)
    room = await hub.open(session_id)
    at = await members.remove(session_id, "eve")
    await eventually(lambda: not hub.rooms, "the room to leave memory")
    again = await hub.open(session_id)
    assert again is not room
    assert again.removals == {"eve": (*("eve", at), True)}
    assert again.refuses("eve", at + timedelta(seconds=1))


async def test_who_is_removed_while_the_room_is_being_opened_does_not_get_in(
    make_hub: HubFactory, members: Members, session_id: str
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(session: str) -> list[Removal]:
        found = await members.removals(session)
        asked.set()
        await go_on.wait()
        return found

    hub = make_hub(removals=slowly)
    opening = asyncio.create_task(hub.open(session_id))
    await asked.wait()
    at = await members.remove(session_id, "eve")
    hub.remove(session_id, Removal("eve", at, out=True), REASON)
    go_on.set()
    assert (await opening).refuses("eve", at)


async def test_removal_and_the_end_reach_the_rooms_of_other_workers(
    make_hub: HubFactory, session_id: str
) -> None:
    exchange = MemoryExchange()
    one, two = (make_hub(bus=MemoryBus(exchange)) for _ in range(2))
    host = await Typist.come(one, await one.open(session_id))
    far = await two.open(session_id)
    eve = await Typist.come(two, far, Role.PARTICIPANT, "eve")
    watcher = await Typist.come(two, far, Role.SPECTATOR)
    removal = removed("eve")
    one.remove(session_id, removal, REASON)
    await eventually(lambda: eve.socket.closed, "the other worker to hear of it")
    assert eve.socket.closed == (CloseCode.NOT_ALLOWED, REASON)
    assert far.removals == (await one.open(session_id)).removals == {"eve": removal}
    one.readmit(session_id, "eve")
    await eventually(lambda: not far.removals["eve"].out, "the readmission")
    await one.end(session_id, {"type": "session.ended", "reason": "Over."})
    await eventually(lambda: watcher.socket.closed, "the end")
    assert watcher.socket.closed == host.socket.closed == (CloseCode.SESSION_ENDED, "Over.")
    assert watcher.events("session.ended")
    assert far.closed
    for client in (host, watcher):
        for between_workers in (REMOVED, READMITTED):
            assert client.events(between_workers) == []


# -- once a minute ---------------------------------------------------------------------------


class Look:
    """An `Attendance` over a hub, and the sessions that it found to have ended."""

    def __init__(self, hub: Hub, database: Database) -> None:
        self.database = database
        self.ended: list[str] = []
        self.sessions = Sessions(database)
        self.members = Members(database)
        self._hub = hub
        self.attendance = Attendance(hub, self.sessions, self.members, self._on_ended)

    async def session(self) -> str:
        session = new_id()
        await self._hub.create(session, FILES, "main.py")
        await self.sessions.add(
            session, problem="P", problem_id="p", difficulty="easy", host="host"
        )
        return session

    async def _on_ended(self, session: Session) -> None:
        self.ended.append(session.id)
        await self._hub.end(session.id, {"type": "session.ended"})


@pytest.fixture
def look(hub: Hub, database: Database) -> Look:
    return Look(hub, database)


async def test_sessions_with_somebody_in_their_room_are_marked(
    hub: Hub, database: Database, look: Look
) -> None:
    await look.attendance.look()
    busy, empty, closed = [await look.session() for _ in range(3)]
    rows = database.collection(SESSIONS)
    await rows.update_many({}, {"$unset": {"lastSeenAt": ""}})
    await Typist.come(hub, await hub.open(busy))
    await hub.open(empty)
    await look.attendance.look()
    seen = {row["_id"] async for row in rows.find({"lastSeenAt": {"$exists": True}})}
    assert seen == {busy}
    assert closed not in seen


async def test_what_ended_elsewhere_is_closed_here(hub: Hub, look: Look) -> None:
    ended, open_ = await look.session(), await look.session()
    tabs = [await Typist.come(hub, await hub.open(each)) for each in (ended, open_)]
    await look.sessions.complete(ended)
    for _ in range(2):
        await look.attendance.look()
    assert look.ended == [ended]
    assert tabs[0].close_code is CloseCode.SESSION_ENDED
    assert tabs[1].close_code is None


async def test_who_was_removed_elsewhere_is_closed_here_although_no_message_came(
    hub: Hub, look: Look
) -> None:
    session = await look.session()
    room = await hub.open(session)
    eve = await Typist.come(hub, room, Role.PARTICIPANT, "eve")
    await look.attendance.look()
    assert eve.close_code is None
    await look.members.remove(session, "eve")
    await look.attendance.look()
    assert eve.close_code is CloseCode.NOT_ALLOWED
    assert [row["_id"] for row in room.people()] == []


async def test_who_was_let_in_again_is_let_in_although_no_message_came(
    hub: Hub, look: Look
) -> None:
    session = await look.session()
    room = await hub.open(session)
    at = await look.members.remove(session, "eve")
    hub.remove(session, Removal("eve", at, out=True), REASON)
    invite = await later(Invites(look.database, timedelta(hours=1)), at, session)
    await look.members.admit(session, "eve", Role.SPECTATOR, invite)
    await look.attendance.look()
    assert room.refuses("eve", at), "with a ticket of before"
    assert not room.refuses("eve", at + timedelta(milliseconds=1))


async def test_who_was_removed_and_let_in_again_elsewhere_keeps_no_connection_of_before(
    hub: Hub, look: Look
) -> None:
    session = await look.session()
    room = await hub.open(session)
    before, after = [await Typist.come(hub, room, user="eve") for _ in range(2)]
    at = await look.members.remove(session, "eve")
    after.connection.ticket_from = at + timedelta(milliseconds=1)
    invite = await later(Invites(look.database, timedelta(hours=1)), at, session)
    await look.members.admit(session, "eve", Role.SPECTATOR, invite)
    await look.attendance.look()
    assert before.close_code is CloseCode.NOT_ALLOWED, "it may have a better role"
    assert after.close_code is None


async def test_an_edit_of_others_still_arrives_after_somebody_was_removed(
    hub: Hub, session_id: str
) -> None:
    room = await hub.open(session_id)
    ada, bob = [await Typist.come(hub, room, user=name) for name in ("ada", "bob")]
    await Typist.come(hub, room, user="eve")
    hub.remove(session_id, removed("eve"), REASON)
    ada.type("x")
    await turn_over()
    assert bob.got(Update)
