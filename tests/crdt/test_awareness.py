"""Presence: whose cursor is where, and who may say so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from crdt.awareness import Awareness
from crdt.errors import FrameError
from crdt.frames import PresenceEntry
from crdt.limits import JSON_DEPTH, PRESENCE_CLIENTS, PRESENCE_GONE, PRESENCE_STATE_BYTES


@dataclass(eq=False)
class Person:
    user_id: str
    clients: set[int] = field(default_factory=set)


def entry(client: int, clock: int, state: str | None = "{}") -> PresenceEntry:
    return PresenceEntry(client, clock, state)


@pytest.fixture
def room() -> Awareness:
    return Awareness()


@pytest.fixture
def ada() -> Person:
    return Person("ada")


@pytest.fixture
def bob() -> Person:
    return Person("bob")


@pytest.mark.rule("AW1")
def test_a_larger_clock_replaces_and_others_do_not(room: Awareness, ada: Person) -> None:
    assert room.apply(ada, [entry(1, 5)]) == [entry(1, 5)]
    assert room.apply(ada, [entry(1, 5, '{"a":1}'), entry(1, 4, '{"a":2}')]) == []
    assert room.entries() == [entry(1, 5)]
    assert room.apply(ada, [entry(1, 6, '{"a":1}')]) == [entry(1, 6, '{"a":1}')]
    assert room.entries() == [entry(1, 6, '{"a":1}')]


@pytest.mark.rule("AW2")
@pytest.mark.parametrize("clock", [5, 6])
def test_null_removes_with_the_same_or_a_larger_clock(
    room: Awareness, ada: Person, clock: int
) -> None:
    room.apply(ada, [entry(1, 5)])
    assert room.apply(ada, [entry(1, 4, None)]) == []
    assert room.apply(ada, [entry(1, clock, None)]) == [entry(1, clock, None)]
    assert room.apply(ada, [entry(1, clock, None)]) == []
    assert room.entries() == []
    assert ada.clients == set()


@pytest.mark.rule("AW2")
def test_null_for_nobody_is_nothing(room: Awareness, ada: Person) -> None:
    assert room.apply(ada, [entry(1, 5, None)]) == []


@pytest.mark.rule("AW5")
@pytest.mark.parametrize("lie", [entry(1, 9, '{"name":"eve"}'), entry(1, 9, None)])
def test_nobody_speaks_for_another(
    room: Awareness, ada: Person, bob: Person, lie: PresenceEntry
) -> None:
    room.apply(ada, [entry(1, 5)])
    assert room.apply(bob, [lie]) == []
    assert room.entries() == [entry(1, 5)]
    assert bob.clients == set()


@pytest.mark.rule("AW5")
def test_echoed_presence_of_others_is_passed_over(
    room: Awareness, ada: Person, bob: Person
) -> None:
    room.apply(ada, [entry(1, 5)])
    assert room.apply(bob, [entry(1, 5), entry(2, 1)]) == [entry(2, 1)]
    assert (ada.clients, bob.clients) == ({1}, {2})


@pytest.mark.rule("AW6")
@pytest.mark.parametrize("clock", [5, 6])
def test_a_new_connection_of_the_same_person_takes_its_client_over(
    room: Awareness, ada: Person, clock: int
) -> None:
    room.apply(ada, [entry(1, 5)])
    again = Person("ada")
    assert room.apply(again, [entry(1, clock)]) == [entry(1, clock)]
    assert (ada.clients, again.clients) == (set(), {1})
    assert room.remove(ada) == []
    assert room.entries() == [entry(1, clock)]


@pytest.mark.rule("AW6")
def test_a_new_connection_does_not_take_over_with_what_is_old_nor_remove(
    room: Awareness, ada: Person
) -> None:
    room.apply(ada, [entry(1, 5)])
    again = Person("ada")
    assert room.apply(again, [entry(1, 4), entry(1, 9, None)]) == []
    assert (ada.clients, again.clients) == ({1}, set())


@pytest.mark.rule("AW6")
def test_a_second_page_does_not_take_the_first_one_s_cursor_by_echoing_it(
    room: Awareness, ada: Person
) -> None:
    """Closing the second page then took the cursor of the first away."""
    second = Person("ada")
    room.apply(ada, [entry(1, 5)])
    room.apply(second, [entry(2, 1)])
    assert room.apply(second, [entry(1, 5)]) == []
    assert room.remove(second) == [entry(2, 1, None)]
    assert room.entries() == [entry(1, 5)]


@pytest.mark.rule("AW7")
def test_an_echo_that_comes_late_does_not_bring_anybody_back(
    room: Awareness, ada: Person, bob: Person
) -> None:
    """It made the echo's sender the owner of a cursor that nobody moved any more."""
    room.apply(ada, [entry(1, 5)])
    room.apply(bob, [entry(2, 1)])
    room.remove(ada)
    assert room.apply(bob, [entry(1, 5), entry(1, 6)]) == []
    second = Person("ada")
    assert room.apply(second, [entry(3, 1), entry(1, 5)]) == [entry(3, 1)]
    assert room.entries() == [entry(2, 1), entry(3, 1)]


@pytest.mark.rule("AW7")
def test_who_left_comes_back_with_what_they_had(room: Awareness, ada: Person) -> None:
    room.apply(ada, [entry(1, 5)])
    room.remove(ada)
    again = Person("ada")
    assert room.apply(again, [entry(1, 4)]) == []
    assert room.apply(again, [entry(1, 5)]) == [entry(1, 5)]
    assert room.apply(again, [entry(1, 6, None)]) == [entry(1, 6, None)]
    assert room.apply(again, [entry(1, 7)]) == [entry(1, 7)]


@pytest.mark.rule("AW7")
def test_a_bounded_number_of_those_who_left_is_remembered(
    room: Awareness, ada: Person, bob: Person
) -> None:
    for client in range(PRESENCE_GONE + 1):
        room.apply(ada, [entry(client, 1)])
        room.apply(ada, [entry(client, 2, None)])
    assert room.apply(bob, [entry(1, 5)]) == []
    assert room.apply(bob, [entry(0, 5)]) == [entry(0, 5)]


@pytest.mark.rule("AW8")
def test_leaving_takes_the_clients_of_a_connection_and_no_others(
    room: Awareness, ada: Person, bob: Person
) -> None:
    room.apply(ada, [entry(1, 5), entry(2, 3)])
    room.apply(bob, [entry(3, 1)])
    assert sorted(room.remove(ada)) == [entry(1, 5, None), entry(2, 3, None)]
    assert ada.clients == set()
    assert room.remove(ada) == []
    assert room.entries() == [entry(3, 1)]


@pytest.mark.rule("AW9")
def test_a_connection_owns_a_bounded_number_of_ids(room: Awareness, ada: Person) -> None:
    room.apply(ada, [entry(client, 1) for client in range(PRESENCE_CLIENTS)])
    room.apply(ada, [entry(0, 2)])
    with pytest.raises(FrameError, match="presence ids"):
        room.apply(ada, [entry(99, 1)])
    room.apply(ada, [entry(0, 3, None), entry(99, 1)])
    assert len(ada.clients) == PRESENCE_CLIENTS


@pytest.mark.rule("AW9")
def test_ids_taken_over_count(room: Awareness, ada: Person) -> None:
    room.apply(ada, [entry(client, 1) for client in range(PRESENCE_CLIENTS)])
    again = Person("ada")
    room.apply(again, [entry(99, 1)])
    with pytest.raises(FrameError, match="presence ids"):
        room.apply(again, [entry(client, 2) for client in range(PRESENCE_CLIENTS)])


@pytest.mark.rule("AW10")
@pytest.mark.parametrize(
    "state",
    ["", "[]", "1", '"x"', "{", '{"x":NaN}', '{"x":Infinity}']
    + ['{"x":' + "[" * depth + "]" * depth + "}" for depth in (JSON_DEPTH, 100_000)],
)
def test_a_state_is_a_json_object(room: Awareness, ada: Person, state: str) -> None:
    with pytest.raises(FrameError):
        room.apply(ada, [entry(1, 1, state)])
    assert room.entries() == []
    assert ada.clients == set()


@pytest.mark.rule("AW10")
def test_a_state_has_a_bounded_number_of_bytes(room: Awareness, ada: Person) -> None:
    def state(letters: int) -> str:
        return json.dumps({"x": "é" * letters}, ensure_ascii=False)

    most = (PRESENCE_STATE_BYTES - len(state(0))) // 2
    room.apply(ada, [entry(1, 1, state(most))])
    with pytest.raises(FrameError, match="more than"):
        room.apply(ada, [entry(1, 2, state(most + 1))])


@pytest.mark.rule("AW10")
def test_brackets_in_a_name_are_not_depth(room: Awareness, ada: Person) -> None:
    state = json.dumps({"name": "[{" * 100 + '"\\'})
    assert room.apply(ada, [entry(1, 1, state)]) == [entry(1, 1, state)]
