"""Who is in a room's call, who is heard and seen in it, and what is passed on between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from crdt import frames
from crdt.errors import CloseCode
from crdt.limits import EVENT_BYTES
from crdt.replica import Role
from server.errors import StorageUnavailable
from server.rooms import call as rules
from server.rooms.calls import CallDesk
from server.rooms.happenings import LET
from server.rooms.hub import Hub
from server.rooms.room import Room
from server.store.database import Database, new_id
from server.store.invites import Invites
from server.store.members import Members, Removal
from tests.helpers.embedded import eventually
from tests.helpers.wires import turn_over
from tests.rooms.callers import Caller, key_of
from tests.rooms.conftest import FILES, HubFactory
from tests.rooms.test_removal import later

HOST, GUEST, WATCHES = Role.HOST, Role.PARTICIPANT, Role.SPECTATOR
OFFER = {"type": "offer", "sdp": "v=0\r\n"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}

Come = Callable[[str, Role], Caller]


@pytest.fixture
async def desk(hub: Hub, members: Members) -> AsyncIterator[CallDesk]:
    made = CallDesk(hub, members)
    hub.on_event = made.on_event
    yield made
    await made.close()


@pytest.fixture
async def room(desk: CallDesk, hub: Hub, session_id: str) -> Room:
    return await hub.open(session_id)


@pytest.fixture
def come(hub: Hub, room: Room) -> Come:
    return lambda user, role: Caller(hub, room, user, role)


# -- coming and going ----------------------------------------------------------------------


async def test_the_roster_says_who_is_in_the_call_with_what(come: Come) -> None:
    ada, bob, eve = come("ada", HOST), come("bob", GUEST), come("eve", WATCHES)
    ada.join(camera=False)
    eve.join(mic=False, camera=False)
    people = {row["_id"]: row for row in (await ada.said("roster"))["people"]}
    assert {user: row["speaks"] for user, row in people.items()} == {
        "ada": True,
        "bob": True,
        "eve": False,
    }
    row = {"mic": False, "camera": False, "screen": False}
    assert people["ada"]["call"] == [{**row, "key": ada.key, "mic": True}]
    assert people["bob"]["call"] == []
    assert people["eve"]["call"] == [{**row, "key": eve.key}]
    bob.join()
    bob.tell("call.state", mic=False, camera=False, screen=True)
    assert bob.devices == (False, False, True)
    bob.tell("call.leave")
    bob.tell("call.leave")
    assert bob.devices is None
    ada.vanish()
    assert eve.row["call"] != []
    assert bob.events("error") == []


async def test_two_tabs_of_one_person_are_two_members(come: Come) -> None:
    one, two = come("ada", HOST), come("ada", HOST)
    one.join()
    two.join(mic=False)
    assert [each["key"] for each in one.row["call"]] == [one.key, two.key]
    assert one.devices == (True, True, False)
    two.vanish()
    assert [each["key"] for each in one.row["call"]] == [one.key]


@pytest.mark.parametrize("noticed", [False, True], ids=["still thought alive", "known to be gone"])
async def test_a_page_that_comes_back_is_the_same_member(come: Come, noticed: bool) -> None:
    before, bob = come("ada", HOST), come("bob", GUEST)
    before.join()
    bob.join()
    if noticed:
        before.vanish()
        assert before.key not in str(bob.row)
    after = come("ada", HOST)
    after.key = before.key
    after.join(mic=False, screen=True)
    assert after.row["call"] == [{"key": before.key, "mic": False, "camera": True, "screen": True}]
    bob.signal(after.key, description=OFFER)
    assert (await after.said("signal"))["from"] == bob.key
    assert before.events("signal") == []
    if not noticed:
        before.vanish()
        assert after.devices == (False, True, True), "the old connection takes nothing along"


@pytest.mark.parametrize("gone", [False, True], ids=["while it is there", "shortly after"])
async def test_a_key_of_somebody_else_is_refused(come: Come, gone: bool) -> None:
    ada, eve = come("ada", HOST), come("eve", GUEST)
    ada.join()
    if gone:
        ada.vanish()
    eve.join(key=ada.key)
    assert await eve.refused() == "not_allowed"
    assert eve.row["call"] == []
    assert gone or ada.devices == (True, True, False)


async def test_a_key_is_free_once_its_page_has_left_the_call(come: Come) -> None:
    ada, eve = come("ada", HOST), come("eve", GUEST)
    ada.join()
    ada.tell("call.leave")
    eve.join(key=ada.key)
    assert [each["key"] for each in eve.row["call"]] == [ada.key]


async def test_a_page_may_take_another_key(come: Come) -> None:
    ada = come("ada", HOST)
    ada.join()
    ada.join(key=key_of("later"), camera=False)
    assert ada.row["call"] == [
        {"key": key_of("later"), "mic": True, "camera": False, "screen": False}
    ]


async def test_one_more_than_the_call_bears_is_refused_until_somebody_leaves(come: Come) -> None:
    senders = [come(f"user{count}", GUEST) for count in range(rules.SENDERS + 1)]
    watchers = [come(f"eve{count}", WATCHES) for count in range(rules.WATCHERS + 1)]
    for pages in (senders, watchers):
        *those, last = pages
        for page in pages:
            page.join()
        assert await last.refused() == "call_full"
        assert last.devices is None
        those[0].join(camera=False)
        again = come(those[1].peer.user_id, those[1].peer.role)
        again.join(key=those[1].key)
        assert again.events("error") == [], "who comes back is no more than before"
        those[2].tell("call.leave")
        last.join()
        assert last.devices is not None


# -- who is heard and seen -----------------------------------------------------------------


async def test_a_spectator_is_neither_heard_nor_seen(come: Come) -> None:
    eve = come("eve", WATCHES)
    eve.join(screen=True)
    assert eve.devices == (False, False, False)
    for on in ("mic", "camera", "screen"):
        values = {"mic": False, "camera": False, "screen": False, on: True}
        eve.tell("call.state", **values)
        assert await eve.refused() == "not_allowed"
    assert eve.devices == (False, False, False)
    eve.tell("call.state", mic=False, camera=False, screen=False)
    await turn_over()
    assert eve.events("error") == []


async def watch(members: Members, room: Room, *users: str) -> None:
    for user in users:
        await members.admit(room.session_id, user, WATCHES)


async def test_the_host_lets_a_spectator_take_part_and_takes_it_back(
    come: Come, members: Members, room: Room
) -> None:
    await watch(members, room, "eve")
    ada, eve = come("ada", HOST), come("eve", WATCHES)
    eve.join()
    ada.tell("call.let", user="eve", speaks=True)
    await eventually(lambda: eve.row["speaks"], "eve to take part")
    eve.tell("call.state", mic=True, camera=True, screen=True)
    assert eve.devices == (True, True, True)
    ada.tell("call.let", user="eve", speaks=False)
    await eventually(lambda: not eve.row["speaks"], "eve to watch again")
    assert eve.devices == (False, False, False), "at once"
    eve.tell("call.state", mic=True, camera=False, screen=False)
    assert await eve.refused() == "not_allowed"
    assert eve.events(LET) == ada.events(LET) == ada.events("error") == []


async def test_what_the_host_says_of_people_holds_in_the_order_it_was_said(
    come: Come, members: Members, room: Room, desk: CallDesk
) -> None:
    await watch(members, room, "eve", "mallory")
    ada, eve = come("ada", HOST), come("eve", WATCHES)
    for speaks in (True, False, True, False, True):
        ada.tell("call.let", user="eve", speaks=speaks)
        ada.tell("call.let", user="mallory", speaks=not speaks)
    await desk.close()
    assert await members.speakers(room.session_id) == ["eve"]
    assert eve.row["speaks"]


async def test_who_was_let_take_part_still_is_when_the_room_was_put_away(
    make_hub: HubFactory, members: Members, session_id: str
) -> None:
    hub = make_hub(grace_seconds=0)
    room = await hub.open(session_id)
    await watch(members, room, "eve")
    assert await members.let(session_id, "eve", speaks=True)
    await eventually(lambda: not hub.rooms, "the room to leave memory")
    again = await hub.open(session_id)
    eve = Caller(hub, again, "eve", WATCHES)
    assert eve.row["speaks"]


async def test_who_was_removed_only_watches_when_let_in_again(
    come: Come, hub: Hub, members: Members, room: Room, database: Database
) -> None:
    await watch(members, room, "eve")
    await members.let(room.session_id, "eve", speaks=True)
    hub.notify(room.session_id, {"type": LET, "user": "eve", "speaks": True})
    at = await members.remove(room.session_id, "eve")
    hub.remove(room.session_id, Removal("eve", at, out=True), "Out.")
    assert not await members.let(room.session_id, "eve", speaks=True)
    hub.readmit(room.session_id, "eve")
    assert not come("eve", WATCHES).row["speaks"]
    invite = await later(Invites(database, timedelta(hours=1)), at, room.session_id)
    assert await members.admit(room.session_id, "eve", WATCHES, invite)
    assert await members.speakers(room.session_id) == []


@pytest.mark.parametrize("user", ["ada", "bob", "nobody"])
async def test_only_spectators_are_let_take_part(
    come: Come, members: Members, room: Room, user: str
) -> None:
    await members.admit(room.session_id, "bob", GUEST)
    ada = come("ada", HOST)
    ada.tell("call.let", user=user, speaks=False)
    assert (await ada.said("error"))["code"] == "no_such_member"


async def test_nobody_is_let_take_part_in_a_full_call(
    come: Come, members: Members, room: Room
) -> None:
    await watch(members, room, "eve")
    ada, eve = come("ada", HOST), come("eve", WATCHES)
    eve.join()
    for count in range(rules.SENDERS):
        come(f"user{count}", GUEST).join()
    ada.tell("call.let", user="eve", speaks=True)
    assert await ada.refused() == "call_full"
    assert not eve.row["speaks"]


async def test_without_the_database_nothing_is_let_and_the_host_is_told(
    come: Come, room: Room, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> bool:
        raise StorageUnavailable

    monkeypatch.setattr(members, "let", away)
    ada, eve = come("ada", HOST), come("eve", WATCHES)
    ada.tell("call.let", user="eve", speaks=True)
    assert (await ada.said("error"))["code"] == "storage_unavailable"
    assert not eve.row["speaks"]


async def test_a_mute_holds_until_the_muted_page_says_otherwise(come: Come) -> None:
    ada, bob = come("ada", HOST), come("bob", GUEST)
    bob.join()
    ada.tell("call.mute", key=bob.key)
    assert bob.devices == (False, True, False)
    muted = {"type": "call.muted", "key": bob.key, "by": {"_id": "ada", "name": "Ada"}}
    assert await bob.said("call.muted") == muted
    assert ada.events("call.muted") == []
    bob.tell("call.state", mic=True, camera=True, screen=False)
    assert bob.devices == (True, True, False), "it may turn it on again"


async def test_who_was_muted_while_the_connection_was_dead_hears_of_it_on_coming_back(
    come: Come,
) -> None:
    ada, before = come("ada", HOST), come("bob", GUEST)
    before.join()
    ada.tell("call.mute", key=before.key)
    after = come("bob", GUEST)
    after.key = before.key
    after.join()
    assert after.devices == (False, True, False)
    assert (await after.said("call.muted"))["by"]["_id"] == "ada"


@pytest.mark.parametrize("role", [GUEST, WATCHES])
async def test_what_the_host_may_nobody_else_may(come: Come, room: Room, role: Role) -> None:
    ada, bob = come("ada", HOST), come("bob", role)
    ada.join()
    bob.join()
    asked: dict[str, dict[str, Any]] = {
        "call.mute": {"key": ada.key},
        "call.let": {"user": "bob", "speaks": True},
        "recording.ask": {},
        "recording.stop": {},
    }
    for kind, values in asked.items():
        bob.tell(kind, **values)
        assert await bob.refused() == "not_allowed"
    assert ada.devices == (True, True, False)
    assert room.call.recording.state == "off"


# -- signals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        {"description": OFFER},
        {"description": {"type": "answer", "sdp": "v=0\r\na=x\t\u00e9\r\n"}},
        {"candidate": CANDIDATE},
        {"candidate": {**CANDIDATE, "sdpMLineIndex": 0, "usernameFragment": "x+/y"}},
        {"candidate": None},
        {"restart": True},
        {"description": OFFER, "link": 0, "offer": 2**53 - 1, "answers": 3},
    ],
    ids=lambda data: next(iter(data)),
)
async def test_a_signal_reaches_the_one_it_is_for_as_it_was_sent(
    come: Come, data: dict[str, Any]
) -> None:
    ada, bob, eve = come("ada", HOST), come("bob", GUEST), come("eve", WATCHES)
    for each in (ada, bob, eve):
        each.join()
    ada.signal(bob.key, **data)
    assert await bob.said("signal") == {"type": "signal", "from": ada.key, "data": data}
    assert eve.events("signal") == ada.events("signal") == ada.events("error") == []


async def test_signals_of_one_to_another_arrive_in_order(come: Come) -> None:
    ada, bob = come("ada", HOST), come("bob", GUEST)
    ada.join()
    bob.join()
    for count in range(50):
        ada.signal(bob.key, description={"type": "offer", "sdp": f"{count}"})
    await turn_over()
    told = [event["data"]["description"]["sdp"] for event in bob.events("signal")]
    assert told == [f"{count}" for count in range(50)]


async def test_signals_go_only_between_two_that_are_in_the_call(come: Come) -> None:
    ada, bob = come("ada", HOST), come("bob", GUEST)
    ada.signal(bob.key, restart=True)
    assert await ada.refused() == "not_allowed", "not in the call oneself"
    ada.join()
    ada.signal(bob.key, restart=True)
    assert await ada.refused() == "no_such_member"
    bob.join()
    bob.vanish()
    ada.signal(bob.key, restart=True)
    assert await ada.refused() == "no_such_member"
    assert bob.events("signal") == []


async def test_a_signal_of_the_longest_event_arrives_and_a_longer_ends_the_connection(
    come: Come,
) -> None:
    ada, bob = come("ada", HOST), come("bob", GUEST)
    ada.join()
    bob.join()
    frame = {"type": "signal", "to": bob.key, "data": {"description": {**OFFER, "sdp": ""}}}
    sdp = "x" * (EVENT_BYTES - len(frames.event(frame)) - 4)  # two of which "from" is longer
    ada.signal(bob.key, description={**OFFER, "sdp": sdp})
    assert (await bob.said("signal"))["data"]["description"]["sdp"] == sdp
    assert ada.close_code is None
    ada.signal(bob.key, description={**OFFER, "sdp": sdp + "xxxxx"})
    assert ada.close_code is CloseCode.BAD_FRAME
    assert bob.close_code is None


# -- nonsense ------------------------------------------------------------------------------

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("call.join", {}),
    ("call.join", {"key": "short", "mic": True, "camera": True}),
    ("call.join", {"key": "x" * 65, "mic": True, "camera": True}),
    ("call.join", {"key": "x" * 20 + "\n", "mic": True, "camera": True}),
    ("call.join", {"key": "x" * 19 + "é", "mic": True, "camera": True}),
    ("call.join", {"key": 20 * [1], "mic": True, "camera": True}),
    ("call.join", {"key": key_of("ada"), "mic": 1, "camera": True}),
    ("call.join", {"key": key_of("ada"), "mic": True, "camera": True, "agree": "yes"}),
    ("call.state", {"mic": True, "camera": True}),
    ("call.state", {"mic": True, "camera": True, "screen": None}),
    ("call.mute", {"key": None}),
    ("call.let", {"user": {"$ne": ""}, "speaks": True}),
    ("call.let", {"user": "x" * 65, "speaks": True}),
    ("call.let", {"user": "eve", "speaks": "no"}),
    ("call.dance", {}),
    ("call", {}),
    ("recording.answer", {"agree": None}),
    ("recording", {"state": "on"}),
    ("signal", {"to": key_of("bob")}),
    ("signal", {"to": key_of("bob"), "data": {}}),
    ("signal", {"to": key_of("bob"), "data": "restart"}),
    ("signal", {"to": key_of("bob"), "data": {"restart": False}}),
    ("signal", {"to": key_of("bob"), "data": {"restart": True, "candidate": None}}),
    ("signal", {"to": key_of("bob"), "data": {"description": None}}),
    ("signal", {"to": key_of("bob"), "data": {"description": {"type": "wish", "sdp": ""}}}),
    ("signal", {"to": key_of("bob"), "data": {"description": {"type": "offer", "sdp": 1}}}),
    ("signal", {"to": key_of("bob"), "data": {"candidate": {"candidate": 7}}}),
    (
        "signal",
        {"to": key_of("bob"), "data": {"candidate": {**CANDIDATE, "sdpMLineIndex": 65536}}},
    ),
    ("signal", {"to": key_of("bob"), "data": {"restart": True, "link": -1}}),
    ("signal", {"to": key_of("bob"), "data": {"restart": True, "offer": 2**53}}),
    ("signal", {"to": key_of("bob"), "data": {"link": 1}}),
    ("signal", {"to": "bob", "data": {"restart": True}}),
]


@pytest.mark.parametrize(("kind", "values"), WRONG, ids=lambda value: str(value)[:60])
async def test_an_event_that_cannot_be_is_refused_and_changes_nothing(
    come: Come, room: Room, kind: str, values: dict[str, Any]
) -> None:
    ada, bob = come("ada", HOST), come("bob", GUEST)
    ada.key, bob.key = key_of("ada"), key_of("bob")
    ada.join()
    bob.join()
    before = room.people()
    bob.forget()
    ada.tell(kind, **values)
    assert await ada.refused() == "bad_event"
    assert ada.close_code is None
    assert room.people() == before
    assert bob.events("signal") == bob.events("recording") == []


async def test_half_a_character_is_refused_and_reaches_nobody(come: Come, room: Room) -> None:
    ada, bob = come("ada", HOST), come("bob", GUEST)
    ada.join()
    bob.join()
    text = (
        f'{{"type":"signal","to":"{bob.key}",'
        '"data":{"description":{"type":"offer","sdp":"\\ud800"}}}'
    )
    room.receive(ada.connection, frames.encode(frames.Event(text)))
    assert await ada.refused() == "bad_event"
    assert bob.events("signal") == []
    assert ada.close_code is None


async def test_what_else_stands_in_a_signal_goes_no_further(come: Come, room: Room) -> None:
    ada, bob = come("ada", HOST), come("bob", GUEST)
    ada.join()
    bob.join()
    data = {"candidate": {**CANDIDATE, "priority": 1e999}, "more": [[[]]]}
    text = frames.event({"type": "signal", "to": bob.key, "data": data, "from": bob.key})
    room.receive(ada.connection, text.replace(b"Infinity", b"1e999   "))
    assert await bob.said("signal") == {
        "type": "signal",
        "from": ada.key,
        "data": {"candidate": CANDIDATE},
    }


@pytest.fixture
def no_refill(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, what has been used up stays so."""
    monkeypatch.setattr(rules, "BYTES_PER_SECOND", 0)


async def test_who_floods_another_is_held_back_and_nobody_is_closed(
    come: Come, no_refill: None
) -> None:
    ada, bob = come("ada", HOST), come("bob", GUEST)
    ada.join()
    bob.join()
    sdp = "x" * 60_000
    for _ in range(100):
        ada.signal(bob.key, description={**OFFER, "sdp": sdp})
    await turn_over()
    arrived = len(bob.events("signal"))
    assert arrived * len(sdp) <= rules.BURST_BYTES
    assert {event["code"] for event in ada.events("error")} == {"call_too_fast"}
    assert len(ada.events("error")) == 100 - arrived
    assert (ada.close_code, bob.close_code) == (None, None)


async def test_a_switch_that_flickers_is_held_back(come: Come, no_refill: None) -> None:
    ada = come("ada", HOST)
    ada.join()
    for count in range(1000):
        ada.tell("call.state", mic=bool(count % 2), camera=False, screen=False)
    assert await ada.refused() == "call_too_fast"


async def test_where_calls_are_turned_off_nobody_gets_into_one(
    hub: Hub, members: Members, session_id: str
) -> None:
    desk = CallDesk(hub, members, on=False)
    hub.on_event = desk.on_event
    ada = Caller(hub, await hub.open(session_id), "ada", HOST)
    ada.join()
    assert await ada.refused() == "not_allowed"
    assert ada.row["call"] == []


async def test_two_rooms_know_nothing_of_each_other(come: Come, hub: Hub) -> None:
    other = new_id()
    await hub.create(other, FILES, "main.py")
    ada, far = come("ada", HOST), Caller(hub, await hub.open(other), "eve", HOST)
    ada.join()
    far.join(key=ada.key)
    assert far.row["call"][0]["key"] == ada.key, "keys are a room's own"
    far.key = key_of("far")
    far.join()
    far.signal(ada.key, restart=True)
    assert await far.refused() == "no_such_member"
