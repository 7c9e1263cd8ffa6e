"""Recording a call: only with a yes of everybody who would be in it, and everybody knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import permutations
from typing import Any

import pytest

from crdt.replica import Role
from server.rooms import call as rules
from server.rooms.calls import CallDesk
from server.rooms.happenings import LET
from server.rooms.hub import Hub
from server.rooms.room import Room
from server.store.members import Members
from tests.helpers.embedded import eventually
from tests.helpers.wires import turn_over
from tests.rooms.callers import Caller, key_of

HOST, GUEST, WATCHES = Role.HOST, Role.PARTICIPANT, Role.SPECTATOR
BY = {"_id": "ada", "name": "Ada"}


@pytest.fixture
def heard(hub: Hub) -> list[str]:
    """The states that whoever records elsewhere was told of."""
    states: list[str] = []
    hub.on_recording.append(lambda _session, shown: states.append(shown["state"]))
    return states


@pytest.fixture
async def room(
    hub: Hub, members: Members, session_id: str, heard: list[str]
) -> AsyncIterator[Room]:
    desk = CallDesk(hub, members)
    hub.on_event = desk.on_event
    yield await hub.open(session_id)
    await desk.close()


Come = Callable[..., Caller]


@pytest.fixture
def come(hub: Hub, room: Room) -> Come:
    """Somebody in the room, and in the call unless ``join=False``."""

    def made(user: str, role: Role = GUEST, *, join: bool = True) -> Caller:
        caller = Caller(hub, room, user, role)
        if join:
            caller.join()
        return caller

    return made


@pytest.fixture
async def host(come: Come) -> Caller:
    return come("ada", HOST)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost connection is waited for as short as can be."""
    monkeypatch.setattr(rules, "LINGER_SECONDS", 0.01)


def state(room: Room) -> str:
    return room.call.recording.state


def answers(room: Room) -> dict[str, bool | None]:
    return {row["_id"]: row["agreed"] for row in room.call.recording.shown()["people"]}


# -- asking and answering ------------------------------------------------------------------


async def test_nothing_is_recorded_to_begin_with(room: Room) -> None:
    assert room.call.recording.shown() == {
        "state": "off",
        "by": None,
        "since": None,
        "people": [],
        "refusedBy": None,
    }


async def test_everybody_in_the_room_is_told_of_every_step(
    come: Come, host: Caller, room: Room, heard: list[str]
) -> None:
    bob, eve = come("bob"), come("eve", WATCHES, join=False)
    host.tell("recording.ask")
    asked = {"type": "recording", "state": "asking", "by": BY, "refusedBy": None}
    mine = {**BY, "agreed": True}
    for each in (host, bob, eve):
        told = await each.said("recording")
        assert told == {
            **asked,
            "since": told["since"],
            "people": [mine, {"_id": "bob", "name": "Bob", "agreed": None}],
        }
    bob.tell("recording.answer", agree=True)
    everybody = (host, bob, eve)
    await eventually(
        lambda: all(each.events("recording")[-1]["state"] == "on" for each in everybody), "on"
    )
    told = eve.events("recording")[-1]
    assert (told["by"], told["people"]) == (BY, [mine, {**told["people"][1], "agreed": True}])
    host.tell("recording.stop")
    host.tell("recording.stop")
    await eventually(lambda: eve.events("recording")[-1]["state"] == "off", "off")
    assert heard == ["asking", "on", "off"]
    assert room.call.recording.shown()["refusedBy"] is None


async def test_who_is_alone_in_the_call_agrees_by_asking(host: Caller, room: Room) -> None:
    host.tell("recording.ask")
    assert state(room) == "on"


USERS = ("bob", "cyd", "dan")
ORDERS = list(permutations(USERS))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_it_is_on_with_the_last_yes_in_any_order(
    come: Come, host: Caller, room: Room, order: tuple[str, ...]
) -> None:
    people = {user: come(user) for user in USERS}
    host.tell("recording.ask")
    for user in order:
        assert state(room) == "asking"
        people[user].tell("recording.answer", agree=True)
        people[user].tell("recording.answer", agree=True)
    assert state(room) == "on"
    assert answers(room) == dict.fromkeys(("ada", *USERS), True)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize("place", range(3))
async def test_one_no_ends_it_in_any_order_and_later_answers_change_nothing(
    come: Come, host: Caller, room: Room, order: tuple[str, ...], place: int, heard: list[str]
) -> None:
    people = {user: come(user) for user in USERS}
    host.tell("recording.ask")
    for number, user in enumerate(order):
        people[user].tell("recording.answer", agree=number != place)
    assert state(room) == "off"
    assert room.call.recording.shown()["refusedBy"]["_id"] == order[place]
    assert "on" not in heard
    await turn_over()
    assert all(not each.events("error") for each in people.values())
    host.tell("recording.ask")
    assert answers(room) == {"ada": True, **dict.fromkeys(USERS, None)}, "asked anew"
    assert room.call.recording.shown()["refusedBy"] is None


async def test_a_yes_can_be_taken_back_before_and_after(
    come: Come, host: Caller, room: Room
) -> None:
    bob, cyd = come("bob"), come("cyd")
    for cyd_agrees in (False, True):
        host.tell("recording.ask")
        bob.tell("recording.answer", agree=True)
        if cyd_agrees:
            cyd.tell("recording.answer", agree=True)
            assert state(room) == "on"
        bob.tell("recording.answer", agree=False)
        assert state(room) == "off"
        assert room.call.recording.shown()["refusedBy"] == {"_id": "bob", "name": "Bob"}


async def test_one_answer_counts_for_all_tabs_of_a_person(
    come: Come, host: Caller, room: Room
) -> None:
    tabs = [come("bob"), come("bob")]
    host.tell("recording.ask")
    tabs[1].tell("recording.answer", agree=True)
    assert state(room) == "on"
    assert answers(room) == {"ada": True, "bob": True}


async def test_who_only_watches_is_not_asked_and_cannot_answer(
    come: Come, host: Caller, room: Room
) -> None:
    come("bob")
    strangers = [come("eve", WATCHES), come("cyd", join=False)]
    host.tell("recording.ask")
    assert answers(room) == {"ada": True, "bob": None}
    for each in strangers:
        for agree in (True, False):
            each.tell("recording.answer", agree=agree)
            assert await each.refused() == "not_allowed"
    assert state(room) == "asking"


async def test_the_host_asks_from_within_the_call_and_once(come: Come, room: Room) -> None:
    ada, _ = come("ada", HOST, join=False), come("bob")
    ada.tell("recording.ask")
    assert await ada.refused() == "not_allowed"
    ada.join()
    ada.tell("recording.ask")
    ada.tell("recording.ask")
    assert await ada.refused() == "not_allowed"
    assert state(room) == "asking"


async def test_a_question_can_be_withdrawn(come: Come, host: Caller, room: Room) -> None:
    bob = come("bob")
    host.tell("recording.ask")
    host.tell("recording.stop")
    bob.tell("recording.answer", agree=True)
    assert state(room) == "off"


# -- coming and going ----------------------------------------------------------------------


async def test_who_leaves_the_call_is_not_waited_for(come: Come, host: Caller, room: Room) -> None:
    bob, cyd = come("bob"), come("cyd")
    host.tell("recording.ask")
    bob.tell("recording.answer", agree=True)
    cyd.tell("call.leave")
    assert state(room) == "on"
    assert answers(room) == {"ada": True, "bob": True}


async def test_who_joins_while_it_is_asked_is_asked_too(
    come: Come, host: Caller, room: Room
) -> None:
    bob = come("bob")
    host.tell("recording.ask")
    late, agreed = come("cyd"), come("dan", join=False)
    agreed.join(agree=True)
    bob.tell("recording.answer", agree=True)
    assert state(room) == "asking"
    assert answers(room) == {"ada": True, "bob": True, "cyd": None, "dan": True}
    late.tell("recording.answer", agree=True)
    assert state(room) == "on"


async def test_who_joins_while_it_is_on_must_agree_first(
    come: Come, host: Caller, room: Room
) -> None:
    host.tell("recording.ask")
    for more in ({}, {"agree": False}):
        bob = come("bob", join=False)
        bob.join(**more)
        assert await bob.refused() == "recording_consent"
        assert bob.devices is None
    assert answers(room) == {"ada": True}
    bob.join(agree=True)
    assert bob.devices == (True, True, False)
    assert answers(room) == {"ada": True, "bob": True}
    assert state(room) == "on"
    bob.tell("call.leave")
    bob.join()
    assert await bob.refused() == "recording_consent", "having left, one is asked again"


async def test_who_only_watches_joins_without_being_asked(
    come: Come, host: Caller, room: Room
) -> None:
    host.tell("recording.ask")
    eve = come("eve", WATCHES)
    assert eve.devices == (False, False, False)
    assert answers(room) == {"ada": True}


async def test_agreeing_while_nothing_is_recorded_is_no_consent_for_later(
    come: Come, host: Caller, room: Room
) -> None:
    bob = come("bob", join=False)
    bob.join(agree=True)
    host.tell("recording.ask")
    assert answers(room) == {"ada": True, "bob": None}


def let(hub: Hub, room: Room, user: str, *, speaks: bool) -> None:
    hub.notify(room.session_id, {"type": LET, "user": user, "speaks": speaks})


async def test_a_spectator_who_is_let_take_part_agrees_before_being_heard(
    come: Come, host: Caller, room: Room, hub: Hub
) -> None:
    eve = come("eve", WATCHES)
    host.tell("recording.ask")
    assert state(room) == "on"
    let(hub, room, "eve", speaks=True)
    assert answers(room) == {"ada": True, "eve": None}
    eve.tell("call.state", mic=True, camera=False, screen=False)
    assert eve.devices == (False, False, False), "nobody plays it"
    eve.tell("recording.answer", agree=True)
    assert eve.devices == (True, False, False)
    assert state(room) == "on"
    let(hub, room, "eve", speaks=False)
    assert answers(room) == {"ada": True}
    assert eve.devices == (False, False, False)


@pytest.mark.parametrize("how", ["stopped", "rejoins"])
async def test_what_was_turned_on_before_agreeing_is_heard_once_it_may_be(
    come: Come, host: Caller, room: Room, hub: Hub, how: str
) -> None:
    eve = come("eve", WATCHES)
    host.tell("recording.ask")
    let(hub, room, "eve", speaks=True)
    eve.tell("call.state", mic=True, camera=True, screen=False)
    assert eve.devices == (False, False, False)
    await eventually(lambda: eve.events("roster"), "the roster")
    eve.forget()
    if how == "stopped":
        host.tell("recording.stop")
    else:
        eve.join(agree=True)
    assert eve.devices == (True, True, False)
    people = {row["_id"]: row for row in (await eve.said("roster"))["people"]}
    assert people["eve"]["call"][0]["mic"], "and everybody is told"


async def test_who_is_let_while_it_is_asked_is_asked_until_it_is_taken_back(
    come: Come, host: Caller, room: Room, hub: Hub
) -> None:
    come("eve", WATCHES)
    bob = come("bob")
    host.tell("recording.ask")
    let(hub, room, "eve", speaks=True)
    bob.tell("recording.answer", agree=True)
    assert state(room) == "asking"
    let(hub, room, "eve", speaks=False)
    assert state(room) == "on"


# -- connections that are lost -------------------------------------------------------------


async def test_whose_connection_is_lost_is_still_waited_for(
    come: Come, host: Caller, room: Room
) -> None:
    """Their sound and picture still arrive: they go from browser to browser."""
    bob, cyd = come("bob"), come("cyd")
    host.tell("recording.ask")
    cyd.vanish()
    bob.tell("recording.answer", agree=True)
    assert state(room) == "asking"
    again = come("cyd", join=False)
    again.join(key=cyd.key)
    assert answers(room) == {"ada": True, "bob": True, "cyd": None}
    again.tell("recording.answer", agree=True)
    assert state(room) == "on"


async def test_whose_connection_was_lost_just_before_is_asked_as_well(
    come: Come, host: Caller, room: Room
) -> None:
    come("bob").vanish()
    host.tell("recording.ask")
    assert answers(room) == {"ada": True, "bob": None}
    assert state(room) == "asking"


async def test_who_does_not_come_back_is_not_waited_for_any_longer(
    come: Come, host: Caller, room: Room, short: None
) -> None:
    bob = come("bob")
    host.tell("recording.ask")
    bob.vanish()
    await eventually(lambda: state(room) == "on", "the wait to end")
    assert answers(room) == {"ada": True}


async def test_who_agreed_comes_back_without_being_asked_again(
    come: Come, host: Caller, room: Room
) -> None:
    bob = come("bob")
    host.tell("recording.ask")
    bob.tell("recording.answer", agree=True)
    bob.vanish()
    again = come("bob", join=False)
    again.key = bob.key
    again.join()
    assert again.devices == (True, True, False)
    assert (state(room), answers(room)) == ("on", {"ada": True, "bob": True})


async def test_the_recording_page_may_lose_its_connection_and_come_back(
    come: Come, host: Caller, room: Room
) -> None:
    host.tell("recording.ask")
    host.vanish()
    assert state(room) == "on"
    again = come("ada", HOST, join=False)
    again.join(key=host.key)
    assert state(room) == "on"
    again.tell("recording.stop")
    assert state(room) == "off"


async def test_with_the_recording_page_the_recording_ends(
    come: Come, host: Caller, room: Room, short: None, heard: list[str]
) -> None:
    bob = come("bob")
    other = come("ada", HOST)
    host.tell("recording.ask")
    bob.tell("recording.answer", agree=True)
    other.vanish()
    host.vanish()
    await eventually(lambda: state(room) == "off", "the recording to end")
    await eventually(lambda: bob.events("recording")[-1]["state"] == "off", "off")
    assert heard == ["asking", "on", "off"]


@pytest.mark.parametrize("how", ["leave", "another key"])
async def test_when_the_recording_page_leaves_the_call_the_recording_ends_at_once(
    come: Come, host: Caller, room: Room, how: str
) -> None:
    come("bob")
    host.tell("recording.ask")
    if how == "leave":
        host.tell("call.leave")
    else:
        host.join(key=key_of("later"))
    assert state(room) == "off"


async def test_another_tab_of_the_host_leaving_ends_nothing(
    come: Come, host: Caller, room: Room
) -> None:
    other = come("ada", HOST)
    host.tell("recording.ask")
    other.tell("call.leave")
    assert (state(room), answers(room)) == ("on", {"ada": True})


async def test_when_everybody_is_sent_away_whoever_records_elsewhere_hears_the_end(
    host: Caller, room: Room, hub: Hub, heard: list[str]
) -> None:
    host.tell("recording.ask")
    await hub.end(room.session_id, {"type": "session.ended", "reason": "Over."})
    assert heard[-1] == "off"
    told: list[dict[str, Any]] = host.events("recording")
    assert told[-1]["state"] == "off"
    host.tell("recording.ask")
    assert heard[-1] == "off"
