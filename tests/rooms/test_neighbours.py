"""One room on several workers: one document and one roster, whatever the bus loses."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from crdt import frames
from crdt.awareness import Awareness
from crdt.frames import Event, Presence, PresenceEntry, Update
from crdt.replica import Role
from server.bus.envelope import Envelope
from server.bus.memory import MemoryBus
from server.rooms.room import Room
from server.rooms.wire import unframed
from tests.helpers.embedded import eventually
from tests.helpers.wires import turn_over
from tests.rooms.several import (
    Ether,
    Worker,
    ether,
    names,
    rooms,
    same_text,
    unheard,
    workers,
)
from tests.rooms.test_rooms import Typist, text_of

__all__ = ["ether", "rooms", "workers"]  # fixtures


# -- the document --------------------------------------------------------------------------------


async def test_what_somebody_types_is_seen_at_every_worker(
    workers: list[Worker], rooms: list[Room]
) -> None:
    people = [
        await Typist.come(worker.hub, room) for worker, room in zip(workers, rooms, strict=True)
    ]
    for number, person in enumerate(people):
        person.type(f"from {number} ")
    await same_text(rooms, "from 2 ")
    for person in people:
        await eventually(partial(lambda who: who.text() == text_of(rooms[0]), person), "the text")


async def test_a_room_alone_at_its_worker_publishes_no_edit(
    workers: list[Worker], session_id: str
) -> None:
    room = await workers[0].hub.open(session_id)
    ada = await Typist.come(workers[0].hub, room)
    before = workers[0].bus.figures.published
    ada.type("nobody else has it open")
    await turn_over()
    assert workers[0].bus.figures.published == before


async def test_who_opens_a_room_has_what_was_not_stored_yet_before_anybody_comes_in(
    workers: list[Worker], session_id: str
) -> None:
    one, two, _ = workers
    room = await one.hub.open(session_id)
    ada = await Typist.come(one.hub, room)
    stuck = asyncio.Event()

    async def later(*_: Any) -> None:
        await stuck.wait()

    one.journal.workers.assure = later  # type: ignore[method-assign]
    ada.type("only in memory ")
    assert "only in memory" in text_of(await two.hub.open(session_id))
    stuck.set()


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_the_bus_loses_all_come_to_the_same_text(
    workers: list[Worker], rooms: list[Room], ether: Ether, seed: int
) -> None:
    chance = random.Random(seed)
    people = [
        await Typist.come(worker.hub, room) for worker, room in zip(workers, rooms, strict=True)
    ]
    ether.loses = lambda _: chance.random() < 0.4
    for count in range(60):
        chance.choice(people).type(f"{count} ")
        if chance.random() < 0.3:
            await turn_over()
    ether.loses = lambda _: False
    for number, person in enumerate(people):
        person.type(f"last of {number} ")  # numbers behind the gaps
    await same_text(rooms)
    for count in range(60):
        assert text_of(rooms[0]).count(f"{count} ") >= 1
    for person in people:
        await eventually(partial(lambda who: who.text() == text_of(rooms[0]), person), "the text")


async def test_workers_that_could_not_reach_each_other_come_together_again(
    workers: list[Worker], rooms: list[Room], ether: Ether
) -> None:
    ether.cut.add(workers[0].bus.name)
    ada = await Typist.come(workers[0].hub, rooms[0])
    bob = await Typist.come(workers[1].hub, rooms[1], Role.PARTICIPANT)
    ada.type("one side ")
    bob.type("other side ")
    await turn_over()
    assert "other side" not in text_of(rooms[0])
    ether.join(workers[0].bus.name)
    await same_text(rooms, "one side ")
    assert text_of(rooms[2]).count("other side ") == 1
    assert ada.text() == bob.text() == text_of(rooms[2])


async def test_an_answer_goes_to_the_asker_alone(
    workers: list[Worker], rooms: list[Room], ether: Ether
) -> None:
    heard: list[tuple[str, int]] = []
    carry = ether.carry

    def noted(envelope: Envelope, to: MemoryBus) -> None:
        heard.extend((to.name, payload[0]) for payload in envelope.payloads)
        carry(envelope, to)

    ether.carry = noted  # type: ignore[method-assign]
    rooms[0].missed(workers[1].bus.name)
    await eventually(lambda: any(kind == 122 for _, kind in heard), "the answer")
    assert {to for to, kind in heard if kind == 122} == {workers[0].bus.name}


# -- people --------------------------------------------------------------------------------------


async def test_one_roster_for_all_and_who_leaves_leaves_it_everywhere(
    workers: list[Worker], rooms: list[Room]
) -> None:
    ada = await Typist.come(workers[0].hub, rooms[0], user="ada")
    bob = await Typist.come(workers[1].hub, rooms[1], Role.PARTICIPANT, user="bob")
    for room in rooms:
        await eventually(
            partial(lambda at: names(at) == {"ada", "bob"}, room), "both in the roster"
        )
    await eventually(lambda: len(ada.events("roster")[-1]["people"]) == 2, "ada to be told")
    bob.leave()
    for room in rooms:
        await eventually(partial(lambda at: names(at) == {"ada"}, room), "bob to be gone")


async def test_cursors_move_at_every_worker_and_belong_to_one_person(
    workers: list[Worker], rooms: list[Room]
) -> None:
    ada = await Typist.come(workers[0].hub, rooms[0], user="ada")
    bob = await Typist.come(workers[1].hub, rooms[1], user="bob")
    ada.say(frames.encode(Presence((PresenceEntry(7, 1, '{"at":1}'),))))

    def at(room: Room) -> Any:
        awareness: Awareness = room.replica.awareness
        return next((each.state for each in awareness.entries() if each.client == 7), None)

    await eventually(lambda: at(rooms[2]) == '{"at":1}', "the cursor")
    await eventually(lambda: bob.got(Presence), "bob to be told")
    bob.say(frames.encode(Presence((PresenceEntry(7, 9, '{"at":"bob\'s"}'),))))
    ada.say(frames.encode(Presence((PresenceEntry(7, 2, '{"at":2}'),))))
    await eventually(lambda: at(rooms[1]) == '{"at":2}', "the cursor to move")
    ada.leave()
    for room in rooms:
        await eventually(
            partial(lambda of: at(of) is None, room), "the cursor to go with who it belongs to"
        )


async def test_a_cursor_arrives_with_the_edit_of_its_turn(
    workers: list[Worker], rooms: list[Room]
) -> None:
    ada = await Typist.come(workers[0].hub, rooms[0], user="ada")
    bob = await Typist.come(workers[1].hub, rooms[1], user="bob")
    await eventually(lambda: names(rooms[1]) == {"ada", "bob"}, "both")
    writes: list[list[type]] = []  # what each had

    def write(data: bytes) -> int:
        kinds = [type(frames.decode(each)) for each in unframed(data)]
        writes.append([kind for kind in kinds if kind is not Event])  # such as that it is saved
        return 0

    with patch.object(bob.socket, "write", write):
        for clock in range(1, 11):
            ada.type("x")
            ada.say(frames.encode(Presence((PresenceEntry(7, clock, "{}"),))))
            both = partial(lambda of: sum(Presence in each for each in writes) >= of, clock)
            await eventually(both, "edit and cursor")
    assert [each for each in writes if Update in each] == [[Update, Presence]] * 10


async def test_who_comes_back_at_another_worker_has_their_cursor_back(
    workers: list[Worker], rooms: list[Room]
) -> None:
    ada = await Typist.come(workers[0].hub, rooms[0], user="ada")
    ada.say(frames.encode(Presence((PresenceEntry(7, 1, '{"at":1}'),))))
    await eventually(lambda: rooms[1].replica.awareness.entries(), "the cursor elsewhere")
    again = await Typist.come(workers[1].hub, rooms[1], user="ada")  # before the loss is noticed
    again.say(frames.encode(Presence((PresenceEntry(7, 1, '{"at":1}'),))))
    again.say(frames.encode(Presence((PresenceEntry(7, 2, '{"at":2}'),))))
    await turn_over()
    ada.leave()
    await eventually(lambda: names(rooms[2]) == {"ada"}, "ada at the third")
    await eventually(lambda: again.peer.clients == {7}, "the cursor to be hers")


async def test_the_people_of_a_worker_that_is_heard_no_more_are_gone_until_it_is_heard_again(
    workers: list[Worker], rooms: list[Room], ether: Ether
) -> None:
    await Typist.come(workers[0].hub, rooms[0], user="ada")
    await eventually(lambda: names(rooms[1]) == {"ada"}, "ada")
    ether.cut.add(workers[0].bus.name)
    unheard(rooms[1], workers[0])
    rooms[1].neighbours.tick()
    assert names(rooms[1]) == set()
    ether.cut.clear()
    rooms[0].neighbours.tick()  # it says that it is there
    await eventually(lambda: names(rooms[1]) == {"ada"}, "ada again")


async def test_two_that_took_each_other_for_gone_find_each_other_again(
    workers: list[Worker], rooms: list[Room], ether: Ether
) -> None:
    await Typist.come(workers[0].hub, rooms[0], user="ada")
    await eventually(lambda: names(rooms[1]) == {"ada"}, "ada")
    ether.cut |= {worker.bus.name for worker in workers}
    for room, others in ((rooms[0], workers[1:]), (rooms[1], [workers[0], workers[2]])):
        for other in others:
            unheard(room, other)
        room.neighbours.tick()
        assert room.neighbours.names == []
        assert room.neighbours.awake
    ether.cut.clear()
    rooms[1].neighbours.tick()
    await eventually(lambda: names(rooms[1]) == {"ada"}, "ada again")


async def test_nobody_counts_as_gone_while_nothing_is_carried(
    workers: list[Worker], rooms: list[Room]
) -> None:
    await Typist.come(workers[0].hub, rooms[0], user="ada")
    await eventually(lambda: names(rooms[1]) == {"ada"}, "ada")
    workers[1].bus.trouble = "the bus is away"
    unheard(rooms[1], workers[0])
    rooms[1].neighbours.tick()
    assert names(rooms[1]) == {"ada"}


async def test_a_worker_that_puts_the_room_away_says_so(
    workers: list[Worker], rooms: list[Room]
) -> None:
    await eventually(lambda: len(rooms[1].neighbours.names) == 2, "all to know each other")
    await workers[0].hub._put_away(rooms[0])
    await eventually(lambda: workers[0].bus.name not in rooms[1].neighbours.names, "its goodbye")
