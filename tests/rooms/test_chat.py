"""Who hears what in a room's chat, in which order, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from crdt import frames
from crdt.replica import Role
from server.bus.memory import MemoryBus, MemoryExchange
from server.errors import StorageUnavailable
from server.rooms.channels import AUDIENCES, channels_of
from server.rooms.chat import BURST, HELLO_BYTES, NEWEST, TEXT_CHARACTERS, Arrival, ChatDesk
from server.rooms.happenings import SAID
from server.rooms.hub import Hub
from server.rooms.room import Room
from server.store.chat import Chat, Message, ReadMark
from server.store.database import Database, new_id
from tests.helpers.embedded import eventually
from tests.helpers.wires import Client, turn_over
from tests.rooms.conftest import HubFactory

KEY = "k" * 20


class Clock:
    """A time that passes when told to, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Broken(Chat):
    """A store whose database goes away when told to: before a message is stored, or after."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.fails: str | None = None

    async def add(self, session_id: str, message: Message) -> tuple[Message, bool]:
        if self.fails == "before":
            raise StorageUnavailable
        added = await super().add(session_id, message)
        if self.fails == "after":
            raise StorageUnavailable
        return added


class Talker(Client):
    """Somebody in a room who was greeted."""

    def __init__(
        self, desk: ChatDesk, hub: Hub, room: Room, role: Role = Role.HOST, user: str | None = None
    ) -> None:
        super().__init__(role, user=user)
        self.desk, self.hub, self.room = desk, hub, room
        self.enter(hub, room)

    async def greeted(self, participant: str | None = None) -> dict[str, Any]:
        """What `hello` says of the chat."""
        arrival = await self.desk.arrival(self.room.session_id)
        return self.desk.admit(self.room, self.peer, arrival, participant)

    def tell(self, kind: str, **values: Any) -> None:
        self.room.receive(self.connection, frames.event({"type": kind, **values}))

    def say(self, text: object, channel: object = "everybody", key: object = None) -> None:
        self.tell("chat.send", channel=channel, text=text, key=key or new_id())

    def heard(self, channel: str = "everybody") -> list[str]:
        told = [event["message"] for event in self.events(SAID)]
        return [message["text"] for message in told if message["channel"] == channel]

    async def refused(self) -> dict[str, Any]:
        await eventually(lambda: self.events("error"), "a refusal")
        return self.events("error")[-1]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database) -> Broken:
    return Broken(database)


@pytest.fixture
async def desk(hub: Hub, store: Broken, clock: Clock) -> AsyncIterator[ChatDesk]:
    made = ChatDesk(hub, store, clock)
    hub.on_event = made.on_event
    yield made
    await made.close()


@pytest.fixture
async def room(desk: ChatDesk, hub: Hub, session_id: str) -> Room:
    return await hub.open(session_id)


async def come(
    desk: ChatDesk, hub: Hub, room: Room, role: Role = Role.HOST, user: str | None = None
) -> Talker:
    made = Talker(desk, hub, room, role, user)
    await made.greeted()
    return made


def test_the_candidate_is_in_no_audience_of_the_staff() -> None:
    assert channels_of(Role.PARTICIPANT) == ("everybody",)
    assert channels_of(Role.HOST) == channels_of(Role.SPECTATOR) == ("everybody", "staff")
    assert set(AUDIENCES) == {"everybody", "staff"}


async def test_everybody_hears_a_message_in_the_order_it_was_sent(
    desk: ChatDesk, hub: Hub, room: Room
) -> None:
    people = [await come(desk, hub, room, role) for role in Role]
    said = [f"{count}" for count in range(10)]
    for count, text in enumerate(said):
        people[count % 3].say(text)
    await eventually(lambda: all(len(each.heard()) == 10 for each in people), "all messages")
    assert [each.heard() for each in people] == [said] * 3
    (first, *_) = people[1].events(SAID)
    assert first["message"]["author"] == {
        "_id": people[0].peer.user_id,
        "name": people[0].peer.name,
        "role": "host",
    }
    assert [event["message"]["number"] for event in people[2].events(SAID)] == [*range(1, 11)]


async def test_the_candidate_hears_nothing_of_the_interviewers_channel(
    desk: ChatDesk, hub: Hub, room: Room
) -> None:
    host, candidate, watcher = [await come(desk, hub, room, role) for role in Role]
    host.say("what do you think?", "staff")
    watcher.say("good", "staff")
    host.say("next task", "everybody")
    await eventually(candidate.heard, "what everybody hears")
    assert host.heard("staff") == watcher.heard("staff") == ["what do you think?", "good"]
    assert candidate.heard() == ["next task"]
    assert not any(b"what do you think" in message for message in candidate.socket.messages)
    candidate.say("let me in", "staff")
    assert (await candidate.refused())["code"] == "not_allowed"


@pytest.mark.parametrize("channel", ["", "nobody", None, 7, ["staff"], {}])
async def test_no_other_channel_can_be_written_to(
    desk: ChatDesk, hub: Hub, room: Room, channel: object
) -> None:
    host = await come(desk, hub, room)
    host.say("x", channel)
    assert (await host.refused())["code"] == "not_allowed"


async def test_who_was_not_greeted_yet_neither_hears_nor_speaks(
    desk: ChatDesk, hub: Hub, room: Room
) -> None:
    host, early = await come(desk, hub, room), Talker(desk, hub, room, Role.SPECTATOR)
    early.say("me first", "staff")
    assert (await early.refused())["code"] == "not_allowed"
    arrival = await desk.arrival(room.session_id)
    host.say("secret", "staff")
    await eventually(lambda: host.heard("staff"), "the message")
    assert early.heard("staff") == []
    assert arrival.behind(room.chat)  # so it is read again before the hello
    told = await early.greeted()
    assert [each["text"] for each in told["channels"][1]["messages"]] == ["secret"]


async def test_a_spectators_ticket_does_not_help_the_candidate(
    desk: ChatDesk, hub: Hub, room: Room
) -> None:
    host = await come(desk, hub, room)
    host.say("secret", "staff")
    await eventually(lambda: host.heard("staff"), "the message")
    for told in (True, False):
        if told:
            hub.notify(room.session_id, _updated("eve"))
        late = Talker(desk, hub, room, Role.SPECTATOR, "eve")
        hello = await late.greeted(None if told else "eve")
        assert [channel["name"] for channel in hello["channels"]] == ["everybody"]
        host.say("secret again", "staff")
    await eventually(lambda: len(host.heard("staff")) == 3, "the messages")
    assert late.heard("staff") == []


async def test_a_spectator_who_takes_the_seat_must_come_back_as_the_candidate(
    desk: ChatDesk, hub: Hub, room: Room
) -> None:
    host, eve = await come(desk, hub, room), await come(desk, hub, room, Role.SPECTATOR, "eve")
    hub.notify(room.session_id, _updated("eve"))
    assert eve.close_code == 1012
    assert host.close_code is None
    host.say("secret", "staff")
    await eventually(lambda: host.heard("staff"), "the message")
    assert eve.heard("staff") == []


def _updated(participant: str) -> dict[str, Any]:
    return {"type": "session.updated", "session": {"participant": {"_id": participant}}}


async def test_a_message_sent_again_is_told_to_its_sender_only(
    desk: ChatDesk, hub: Hub, room: Room
) -> None:
    host, other = await come(desk, hub, room), await come(desk, hub, room, Role.PARTICIPANT)
    host.say("once", key=KEY)
    await eventually(other.heard, "the message")
    host.say("once", key=KEY)
    await eventually(lambda: len(host.heard()) == 2, "it again")
    first, again = host.events(SAID)
    assert first == again
    other.say("done")
    await eventually(lambda: "done" in host.heard(), "the end")
    assert other.heard() == ["once", "done"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "chat_empty"),
        (" \n\t\u00a0", "chat_empty"),
        (None, "chat_empty"),
        (["x"], "chat_empty"),
        ("x" * (TEXT_CHARACTERS + 1), "chat_too_long"),
    ],
)
async def test_what_cannot_be_a_message_is_refused_by_its_key(
    desk: ChatDesk, hub: Hub, room: Room, text: object, code: str
) -> None:
    host = await come(desk, hub, room)
    host.say(text, key=KEY)
    refusal = await host.refused()
    assert (refusal["code"], refusal["key"]) == (code, KEY)
    host.say("𝔘" * TEXT_CHARACTERS)  # counted as people count: the longest that fits
    await eventually(host.heard, "the longest message")


@pytest.mark.parametrize("key", ["short", "k" * 65, "k" * 19 + "$", 7, ["k" * 20], "k" * 20 + "\n"])
async def test_a_key_that_is_none_is_refused(
    desk: ChatDesk, hub: Hub, room: Room, key: object
) -> None:
    host = await come(desk, hub, room)
    host.say("x", key=key)
    refusal = await host.refused()
    assert (refusal["code"], "key" in refusal) == ("invalid_body", False)


async def test_half_a_surrogate_pair_breaks_nothing(desk: ChatDesk, hub: Hub, room: Room) -> None:
    host = await come(desk, hub, room)
    for raw in (r'"a\ud800b"', r'"\ud83d\ude00"', r'"a\u0000b"'):
        event = f'{{"type":"chat.send","channel":"everybody","text":{raw},"key":"{new_id()}"}}'
        room.receive(host.connection, frames.encode(frames.Event(event)))
    await eventually(lambda: len(host.heard()) == 3, "the messages")
    assert host.heard() == ["a\ufffdb", "😀", "a\0b"]
    broken = f'{{"type":"chat.send","channel":"\\ud800","text":"x","key":"\\ud800{KEY}"}}'
    room.receive(host.connection, frames.encode(frames.Event(broken)))
    assert (await host.refused())["code"] == "not_allowed"
    assert host.close_code is None


async def test_who_sends_too_fast_is_refused_until_time_has_passed(
    desk: ChatDesk, hub: Hub, room: Room, clock: Clock
) -> None:
    host, other = await come(desk, hub, room), await come(desk, hub, room, Role.PARTICIPANT)
    twin = await come(desk, hub, room, user=host.peer.user_id)
    for count in range(BURST):
        (host, twin)[count % 2].say(str(count))
    host.say("too much", key=KEY)
    refusal = await host.refused()
    assert (refusal["code"], refusal["key"]) == ("chat_too_fast", KEY)
    other.say("others may")
    clock.now += 1
    host.say("and now", key=KEY)
    host.say("once a second")
    await eventually(lambda: len(other.heard()) == BURST + 2, "the messages")
    assert len(host.events("error")) == 2
    assert set(other.heard()) == {*map(str, range(BURST)), "others may", "and now"}


async def test_rates_of_the_quiet_are_forgotten(
    desk: ChatDesk, hub: Hub, room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.rooms.chat.BUCKETS", 2)
    for count in range(5):
        clock.now += 2
        (await come(desk, hub, room)).say(str(count))
    assert len(desk._buckets) <= 2


async def test_while_the_database_is_away_messages_are_refused_and_can_be_sent_again(
    desk: ChatDesk, hub: Hub, room: Room, store: Broken
) -> None:
    host, other = await come(desk, hub, room), await come(desk, hub, room, Role.PARTICIPANT)
    store.fails = "before"
    keys = [new_id() for _ in range(3)]
    for count, key in enumerate(keys):
        host.say(str(count), key=key)
    await eventually(lambda: len(host.events("error")) == 3, "all to be refused")
    assert [each["key"] for each in host.events("error")] == keys
    assert {each["code"] for each in host.events("error")} == {"storage_unavailable"}
    store.fails = None
    for count, key in enumerate(keys):
        host.say(str(count), key=key)
    await eventually(lambda: other.heard() == ["0", "1", "2"], "them in their order")


async def test_a_message_whose_storing_was_in_doubt_is_told_to_all_when_sent_again(
    desk: ChatDesk, hub: Hub, room: Room, store: Broken
) -> None:
    host, other = await come(desk, hub, room), await come(desk, hub, room, Role.PARTICIPANT)
    store.fails = "after"
    host.say("stored", key=KEY)
    await host.refused()
    store.fails = None
    host.say("stored", key=KEY)
    await eventually(lambda: other.heard() == ["stored"], "the message")
    assert len((await desk.page(room.session_id, "everybody", 9)).messages) == 1


async def test_those_who_come_are_told_the_newest_messages_and_how_far_they_read(
    desk: ChatDesk, hub: Hub, room: Room, store: Chat
) -> None:
    for number in range(1, NEWEST + 3):
        author = {"_id": "ada", "name": "Ada", "role": "host"}
        said = {"channel": "everybody", "author": author, "text": str(number), "key": new_id()}
        await store.add(room.session_id, {**said, "createdAt": "2026-01-01T00:00:00.000Z"})
    await store.mark_read({ReadMark(room.session_id, "ada", "everybody"): 7})
    told = await Talker(desk, hub, room, user="ada").greeted()
    everybody, staff = told["channels"]
    assert [each["number"] for each in everybody["messages"]] == [*range(3, NEWEST + 3)]
    assert {**everybody, "messages": []} == {
        "name": "everybody",
        "messages": [],
        "more": True,
        "read": 7,
        "last": NEWEST + 2,
    }
    assert staff == {"name": "staff", "messages": [], "more": False, "read": 0, "last": 0}
    other = await Talker(desk, hub, room, Role.PARTICIPANT, "bob").greeted()
    assert [(each["name"], each["read"]) for each in other["channels"]] == [("everybody", 0)]


async def test_a_hello_has_as_many_long_messages_as_fit(
    desk: ChatDesk, hub: Hub, room: Room, store: Chat
) -> None:
    for _ in range(30):
        author = {"_id": "ada", "name": "Ada", "role": "host"}
        said = {"channel": "everybody", "author": author, "text": "𝔘" * TEXT_CHARACTERS}
        await store.add(room.session_id, {**said, "key": new_id(), "createdAt": "x"})
    everybody = (await Talker(desk, hub, room).greeted())["channels"][0]
    size = len(frames.event({"messages": everybody["messages"]}))
    assert HELLO_BYTES - 5 * TEXT_CHARACTERS < size < HELLO_BYTES + 1024
    shown = [each["number"] for each in everybody["messages"]]
    assert shown == [*range(31 - len(shown), 31)]
    assert (everybody["more"], everybody["last"]) == (True, 30)


async def test_what_was_read_is_told_to_ones_other_pages_and_stored(
    desk: ChatDesk, hub: Hub, room: Room, store: Chat
) -> None:
    ada, twin = [await come(desk, hub, room, user="ada") for _ in range(2)]
    bob = await come(desk, hub, room, Role.PARTICIPANT)
    ada.tell("chat.read", channel="staff", number=3)
    ada.tell("chat.read", channel="staff", number=2)
    await turn_over()
    assert [each["number"] for each in twin.events("chat.read")] == [3, 2]
    assert ada.events("chat.read") == bob.events("chat.read") == []
    told = await Talker(desk, hub, room, user="ada").greeted()  # also before it is stored
    assert [each["read"] for each in told["channels"]] == [0, 3]
    await desk.close()
    assert await store.read_marks(room.session_id) == {ReadMark(room.session_id, "ada", "staff"): 3}


@pytest.mark.parametrize("number", [-1, 1.5, True, "1", None, 2**60])
async def test_a_number_that_is_none_is_refused(
    desk: ChatDesk, hub: Hub, room: Room, number: object
) -> None:
    ada = await come(desk, hub, room)
    ada.tell("chat.read", channel="everybody", number=number)
    assert (await ada.refused())["code"] == "invalid_body"


async def test_the_candidate_has_read_nothing_of_the_interviewers_channel(
    desk: ChatDesk, hub: Hub, room: Room
) -> None:
    bob = await come(desk, hub, room, Role.PARTICIPANT)
    bob.tell("chat.read", channel="staff", number=1)
    assert (await bob.refused())["code"] == "not_allowed"


async def test_another_worker_tells_its_own_people_the_same(
    make_hub: HubFactory, database: Database, session_id: str
) -> None:
    exchange = MemoryExchange()
    hubs = [make_hub(bus=MemoryBus(exchange)) for _ in range(2)]
    desks = [ChatDesk(each, Chat(database)) for each in hubs]
    hubs[0].on_event = desks[0].on_event
    rooms = [await each.open(session_id) for each in hubs]
    host = await come(desks[0], hubs[0], rooms[0])
    candidate = await come(desks[1], hubs[1], rooms[1], Role.PARTICIPANT)
    watcher = await come(desks[1], hubs[1], rooms[1], Role.SPECTATOR)
    host.say("secret", "staff")
    host.say("open")
    await eventually(lambda: candidate.heard() and watcher.heard(), "the message elsewhere")
    assert watcher.heard("staff") == ["secret"]
    assert candidate.heard("staff") == []
    assert Arrival({name: (await desks[1].page("x", name, 1)) for name in AUDIENCES}, {}).behind(
        rooms[1].chat
    )
    await asyncio.gather(*(each.close() for each in desks))


async def test_nobody_writes_after_the_end(desk: ChatDesk, hub: Hub, room: Room) -> None:
    host = await come(desk, hub, room)
    await hub.end(room.session_id, {"type": "session.ended", "reason": "over"})
    desk.on_event(room, host.peer, {"type": "chat.send", "channel": "everybody", "text": "x"})
    await turn_over()
    assert (await desk.page(room.session_id, "everybody", 5)).messages == []


async def test_an_event_of_no_family_is_refused(desk: ChatDesk, hub: Hub, room: Room) -> None:
    host = await come(desk, hub, room)
    host.tell("chat.shout")
    assert (await host.refused())["code"] == "unknown_event"
