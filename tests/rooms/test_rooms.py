"""What people in one room see of each other, and what they are told is safe."""

from __future__ import annotations

import json
from typing import Self

import pytest
from pycrdt import Doc, Text

from crdt import frames
from crdt.errors import CloseCode
from crdt.frames import PermissionDenied, Presence, PresenceEntry, SyncStep1, SyncStep2, Update
from crdt.limits import FRAMES_BURST, FRAMES_PER_SECOND, MESSAGE_BYTES
from crdt.replica import Role
from server.rooms.connection import Connection
from server.rooms.hub import Hub
from server.rooms.room import Room
from server.rooms.wire import Turn
from server.store.database import new_id
from server.store.journal import Journal
from tests.helpers.embedded import Storage, eventually
from tests.helpers.wires import Client, turn_over
from tests.rooms.conftest import FILES, HubFactory


class Typist(Client):
    """A client with a document of its own."""

    def __init__(self, hub: Hub, room: Room, role: Role = Role.HOST, user: str | None = None):
        super().__init__(role, user=user)
        self.hub = hub
        self.room = room
        self.doc: Doc[Text] = Doc()
        self.enter(hub, room)
        self.say(frames.encode(SyncStep1(self.doc.get_state())))

    @classmethod
    async def come(
        cls, hub: Hub, room: Room, role: Role = Role.HOST, user: str | None = None
    ) -> Self:
        """One who is in the room and has the document."""
        made = cls(hub, room, role, user)
        await turn_over()
        made.read()
        return made

    def say(self, message: bytes) -> None:
        self.room.receive(self.connection, message)

    def type(self, text: str) -> bytes:
        """Put ``text`` at the front of main.py and send the edit; returns the update."""
        before = self.doc.get_state()
        self.doc.get("file:main.py", type=Text).insert(0, text)
        update = self.doc.get_update(before)
        self.say(frames.encode(Update(update)))
        return update

    def read(self) -> None:
        for frame in self.frames:
            if isinstance(frame, Update | SyncStep2):
                self.doc.apply_update(frame.update)

    def text(self) -> str:
        self.read()
        return str(self.doc.get("file:main.py", type=Text))

    def leave(self) -> None:
        self.hub.leave(self.room, self.connection)


def text_of(room: Room) -> str:
    return next(file.text for file in room.files() if file.path == "main.py")


@pytest.fixture
async def room(hub: Hub, session_id: str) -> Room:
    return await hub.open(session_id)


async def test_an_edit_reaches_everybody_but_its_sender(hub: Hub, room: Room) -> None:
    ada, bob, eve = [await Typist.come(hub, room, role) for role in Role]
    update = ada.type("x")
    await turn_over()
    assert ada.got(Update) == []
    assert bob.got(Update) == [Update(update)]
    await eventually(lambda: eve.got(Update), "the edit at who watches")
    assert eve.got(Update) == [Update(update)]
    assert bob.text() == eve.text() == text_of(room) == "xprint(1)\n"


async def test_saved_is_told_to_the_one_who_typed_once_it_is_durable(hub: Hub, room: Room) -> None:
    ada, bob = await Typist.come(hub, room), await Typist.come(hub, room, Role.PARTICIPANT)
    ada.type("x")
    ada.type("y")
    assert ada.events("saved") == []
    await eventually(lambda: ada.events("saved"), "saved")
    assert ada.events("saved")[-1]["frames"] == 2
    assert room.log.durable == room.log.appended
    assert bob.events("saved") == []


async def test_a_frame_with_nothing_new_is_saved_too(hub: Hub, room: Room) -> None:
    ada = await Typist.come(hub, room)
    ada.say(frames.encode(SyncStep2(b"\x00\x00")))
    await eventually(lambda: ada.events("saved"), "saved")
    assert [event["frames"] for event in ada.events("saved")] == [1]


async def test_a_spectator_changes_nothing_and_is_told(hub: Hub, room: Room) -> None:
    ada, eve = await Typist.come(hub, room), await Typist.come(hub, room, Role.SPECTATOR)
    ada.forget()
    eve.type("z")
    eve.say(frames.encode(SyncStep2(eve.doc.get_update())))
    await turn_over()
    assert len(eve.got(PermissionDenied)) == 2
    assert text_of(room) == "print(1)\n"
    assert ada.got(Update) == []
    assert eve.close_code is None


async def test_the_roster_names_people_by_ticket_with_the_cursors_they_own(
    hub: Hub, room: Room
) -> None:
    ada = await Typist.come(hub, room, user="ada")
    again = await Typist.come(hub, room, user="ada")
    bob = await Typist.come(hub, room, Role.PARTICIPANT, user="bob")
    lie = json.dumps({"user": {"name": "Ada"}})
    bob.say(frames.encode(Presence((PresenceEntry(7, 1, lie),))))
    await eventually(lambda: ada.events("roster"), "the roster")
    await eventually(lambda: ada.events("roster")[-1]["people"][-1]["clients"], "bob's cursor")
    no_call = {"speaks": True, "call": []}
    assert ada.events("roster")[-1]["people"] == [
        {"_id": "ada", "name": "Ada", "role": "host", "clients": [], **no_call},
        {"_id": "bob", "name": "Bob", "role": "participant", "clients": [7], **no_call},
    ]
    bob.leave()
    ada.leave()
    await eventually(lambda: len(again.events("roster")[-1]["people"]) == 1, "bob to be gone")
    assert again.events("roster")[-1]["people"][0]["_id"] == "ada"


async def test_what_comes_in_one_turn_leaves_in_one_write(hub: Hub, room: Room) -> None:
    ada = await Typist.come(hub, room)
    bob = await Typist.come(hub, room, Role.PARTICIPANT)
    await eventually(lambda: len(bob.events("roster")) == 1, "the roster")
    await turn_over()
    before = bob.socket.writes
    ada.type("x")
    ada.say(frames.encode(Presence((PresenceEntry(1, 1, "{}"),))))
    ada.type("y")
    await turn_over()
    assert len(bob.got(Update)) == 2
    assert bob.got(Presence), "the cursor did not ride with the edit"
    assert bob.socket.writes == before + 1


async def test_of_several_who_type_in_one_turn_each_gets_the_others_edits_in_one_write(
    hub: Hub, room: Room
) -> None:
    people = [await Typist.come(hub, room) for _ in range(4)]
    await eventually(
        lambda: [each for each in people[0].events("roster") if len(each["people"]) == 4],
        "the roster",
    )
    await turn_over()
    before = [person.socket.writes for person in people]
    updates = [person.type(letter) for person, letter in zip(people, "abcd", strict=True)]
    await turn_over()
    for number, person in enumerate(people):
        others = [Update(each) for each in updates if each != updates[number]]
        assert person.got(Update) == others
        assert person.socket.writes == before[number] + 1


async def test_a_watcher_s_own_cursor_does_not_come_back_and_all_others_do(
    hub: Hub, room: Room
) -> None:
    ada = await Typist.come(hub, room)
    eve, lin = [await Typist.come(hub, room, Role.SPECTATOR) for _ in range(2)]
    for client, person in enumerate((ada, eve, lin), 1):
        person.say(frames.encode(Presence((PresenceEntry(client, 1, "{}"),))))
    for own, person in enumerate((ada, eve, lin), 1):

        def seen(person: Typist = person) -> set[int]:
            told = [frame for frame in person.frames if isinstance(frame, Presence)]
            return {entry.client for frame in told for entry in frame.entries}

        await eventually(lambda seen=seen: len(seen()) == 2, "the others' cursors")  # type: ignore[misc]
        assert seen() == {1, 2, 3} - {own}


async def test_those_who_watch_get_edits_gathered_into_one_write(hub: Hub, room: Room) -> None:
    ada, eve = await Typist.come(hub, room), await Typist.come(hub, room, Role.SPECTATOR)
    await eventually(lambda: eve.events("roster"), "the roster")
    for letter in "gathered ":
        ada.type(letter)
        await turn_over()
    assert eve.got(Update) == []
    before = eve.socket.writes
    await eventually(lambda: eve.got(Update), "the edits")
    assert len(eve.got(Update)) == len("gathered ")
    assert eve.socket.writes == before + 1
    assert eve.text() == text_of(room)


async def test_cursors_are_gathered_and_only_the_newest_leaves(hub: Hub, room: Room) -> None:
    ada, bob = await Typist.come(hub, room), await Typist.come(hub, room, Role.PARTICIPANT)
    for clock in range(1, 6):
        ada.say(frames.encode(Presence((PresenceEntry(1, clock, "{}"),))))
    await eventually(lambda: bob.got(Presence), "ada's cursor")
    assert bob.got(Presence) == [Presence((PresenceEntry(1, 5, "{}"),))]
    assert ada.got(Presence) == []
    ada.leave()
    await eventually(lambda: len(bob.got(Presence)) == 2, "the cursor to go")
    assert bob.got(Presence)[-1] == Presence((PresenceEntry(1, 5, None),))


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", CloseCode.BAD_FRAME),
        (b"\x09", CloseCode.BAD_FRAME),
        (b"\x00\x02\x05ab", CloseCode.BAD_FRAME),
        (frames.encode(Update(b"\xff\xff\xff\x7f")), CloseCode.BAD_FRAME),
        (frames.encode(SyncStep1(b"\xff\xff\xff\x7f")), CloseCode.BAD_FRAME),
        (b"\x00" * (MESSAGE_BYTES + 1), CloseCode.TOO_LARGE),
    ],
)
async def test_a_bad_message_ends_its_sender_and_nobody_else_notices(
    hub: Hub, room: Room, message: bytes, code: CloseCode
) -> None:
    ada, mallory = await Typist.come(hub, room), await Typist.come(hub, room, Role.PARTICIPANT)
    await turn_over()
    ada.forget()
    mallory.say(message)
    assert mallory.close_code is code
    await turn_over()
    assert ada.socket.messages == []
    mallory.type("after the end")
    assert text_of(room) == "print(1)\n"


async def test_who_sends_too_fast_is_closed(hub: Hub, room: Room) -> None:
    ada = await Typist.come(hub, room)
    query = frames.encode(frames.QueryPresence())
    for _ in range(2 * FRAMES_BURST):
        ada.say(query)
    assert ada.close_code is CloseCode.TOO_FAST


async def test_a_pause_lets_one_send_as_much_again(hub: Hub, room: Room) -> None:
    seconds = [0.0]
    client = Client()
    connection = Connection(client.peer, client.socket, Turn(), lambda: seconds[0])
    assert all(connection.paced() for _ in range(FRAMES_BURST))
    assert not connection.paced()
    seconds[0] += 1
    assert all(connection.paced() for _ in range(FRAMES_PER_SECOND))
    assert not connection.paced()
    seconds[0] += 3600
    assert all(connection.paced() for _ in range(FRAMES_BURST))
    assert not connection.paced()


async def test_who_does_not_read_is_closed_and_the_others_are_not_held_back(
    hub: Hub, room: Room
) -> None:
    slow = Client(stuck=True)
    slow.enter(hub, room)
    ada, bob = await Typist.come(hub, room), await Typist.come(hub, room, Role.PARTICIPANT)
    for _ in range(12):
        ada.type("x" * 900_000)
        await turn_over()
    assert slow.close_code is CloseCode.TOO_FAST
    assert bob.text() == text_of(room)


async def test_while_the_buffer_is_full_nothing_is_taken_and_afterwards_nothing_is_lost(
    make_hub: HubFactory, away: Storage
) -> None:
    journal = Journal(away.database, 0.005, pending_limit=10_000)
    await journal.start()
    hub = make_hub(journal=journal)
    session_id = new_id()
    await hub.create(session_id, FILES, "main.py")
    room = await hub.open(session_id)
    ada, bob = await Typist.come(hub, room), await Typist.come(hub, room, Role.PARTICIPANT)
    await away.process.stop()
    ada.type("a")
    await eventually(lambda: ada.events("degraded"), "degraded")
    assert ada.events("degraded")[-1]["readOnly"] is False
    ada.type("x" * 10_000)
    await turn_over()
    assert bob.events("degraded")[-1]["readOnly"] is True
    bob.text()
    bob.type("typed while read-only ")
    await turn_over()
    assert len(bob.got(PermissionDenied)) == 1
    assert "typed" not in text_of(room)
    bob.forget()
    await away.process.start()
    await eventually(lambda: bob.got(SyncStep1), "the room to ask again", seconds=60)
    bob.say(frames.encode(SyncStep2(bob.doc.get_update())))
    assert text_of(room).startswith("typed while read-only xxx")
    await eventually(lambda: bob.events("saved"), "saved")
    stored = await journal.load(session_id)
    assert stored.seq == room.log.appended
    await hub.close()
    await journal.stop()
