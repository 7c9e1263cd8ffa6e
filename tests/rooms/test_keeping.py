"""One call, wherever its people are connected: one worker keeps it, and may go."""

from __future__ import annotations

from functools import partial

from crdt.replica import Role
from server.rooms.room import Room
from tests.helpers.embedded import eventually
from tests.rooms.callers import Caller
from tests.rooms.several import Ether, Worker, ether, names, rooms, unheard, workers

__all__ = ["ether", "rooms", "workers"]  # fixtures


async def callers(workers: list[Worker], rooms: list[Room]) -> tuple[Caller, Caller, Caller]:
    await eventually(
        lambda: all(len(room.neighbours.names) == 2 for room in rooms), "all to know each other"
    )
    roles = (Role.HOST, Role.PARTICIPANT, Role.SPECTATOR)
    people = [
        Caller(worker.hub, room, user, role)
        for worker, room, user, role in zip(
            workers, rooms, ("ada", "bob", "sam"), roles, strict=True
        )
    ]
    for room in rooms:
        await eventually(partial(lambda at: len(names(at)) == 3, room), "all in the roster")
    for person in people:
        person.join()
        await eventually(
            partial(lambda who: who.devices is not None, person), "who joined to be in it"
        )
    for room in rooms:
        await eventually(
            partial(lambda at: in_call(at) == {"ada", "bob", "sam"}, room), "all in the call"
        )
    ada, bob, sam = people
    return ada, bob, sam


def in_call(room: Room) -> set[str]:
    return {row["_id"] for row in room.people() if row["call"]}


async def test_a_call_is_one_wherever_its_people_are_connected(
    workers: list[Worker], rooms: list[Room]
) -> None:
    ada, bob, sam = await callers(workers, rooms)
    assert sam.devices == (False, False, False)
    bob.signal(ada.key, restart=True)
    assert (await ada.said("signal"))["from"] == bob.key
    ada.signal(sam.key, restart=True)
    assert (await sam.said("signal"))["from"] == ada.key

    ada.tell("call.mute", key=bob.key)
    assert (await bob.said("call.muted"))["by"]["name"] == "Ada"
    await eventually(lambda: bob.devices == (False, True, False), "bob to be muted everywhere")
    bob.tell("call.mute", key=ada.key)
    await eventually(lambda: bob.events("error"), "the refusal")
    assert bob.events("error")[-1]["code"] == "not_allowed"
    bob.tell("call.leave")
    for room in rooms:
        await eventually(
            partial(lambda at: in_call(at) == {"ada", "sam"}, room), "bob to have left"
        )


async def test_consent_is_asked_of_all_and_shown_to_all(
    workers: list[Worker], rooms: list[Room]
) -> None:
    ada, bob, sam = await callers(workers, rooms)
    ada.tell("recording.ask")
    for who in (ada, bob, sam):
        assert (await who.said("recording"))["state"] == "asking"
    bob.tell("recording.answer", agree=True)
    for who in (ada, bob, sam):
        await eventually(
            partial(lambda at: at.events("recording")[-1]["state"] == "on", who), "the sign"
        )
    for room in rooms:
        assert room.keeping.recording["state"] == "on"
    late = Caller(workers[2].hub, rooms[2], "carl", Role.PARTICIPANT)
    late.join()
    assert (await late.said("error"))["code"] == "recording_consent"


async def test_with_its_keeper_a_recording_ends_and_the_call_goes_on(
    workers: list[Worker], rooms: list[Room], ether: Ether
) -> None:
    ada, bob, sam = await callers(workers, rooms)
    ada.tell("recording.ask")
    bob.tell("recording.answer", agree=True)
    await sam.said("recording")
    await eventually(lambda: sam.events("recording")[-1]["state"] == "on", "the sign")
    ether.cut.add(workers[0].bus.name)
    for room in rooms[1:]:
        unheard(room, workers[0])
        room.neighbours.tick()
    for room in rooms[1:]:
        await eventually(
            partial(lambda at: in_call(at) == {"bob", "sam"}, room), "the others to be in it"
        )
    assert bob.events("recording")[-1]["state"] == "off"
    assert sam.events("recording")[-1]["state"] == "off"


async def test_of_two_calls_that_began_apart_one_is_left_with_everybody_in_it(
    workers: list[Worker], rooms: list[Room], ether: Ether
) -> None:
    ether.cut.add(workers[0].bus.name)
    ada = Caller(workers[0].hub, rooms[0], "ada", Role.HOST)
    bob = Caller(workers[1].hub, rooms[1], "bob", Role.PARTICIPANT)
    for who in (ada, bob):
        who.join()
        await eventually(partial(lambda at: at.devices is not None, who), "to be in the own call")
    ether.join(workers[0].bus.name)
    for room in rooms:
        await eventually(
            partial(lambda at: in_call(at) == {"ada", "bob"}, room), "both in one call"
        )
    await eventually(lambda: sum(not room.keeping.elsewhere for room in rooms) == 1, "one keeper")
