"""No lost message goes unnoticed, whatever is lost, doubled or late."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from server.bus.sequence import ANNOUNCEMENTS, Incoming, Outgoing


@dataclass(frozen=True)
class Sent:
    """What is on its way; `said`: all that its origin had published for the room by then."""

    room: str
    said: int
    numbers: tuple[int, ...] = ()
    opening: bool = False
    head: int = 0


@dataclass
class World:
    """One origin, one listener to its rooms, and a carrier that does what it likes."""

    outgoing: Outgoing = field(default_factory=lambda: Outgoing(rooms_known=1))
    way: list[Sent] = field(default_factory=list)
    said: dict[str, list[int]] = field(default_factory=dict)
    incoming: dict[str, Incoming] = field(default_factory=dict)
    heard: dict[str, list[int]] = field(default_factory=dict)
    missed_at: dict[str, int] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    """How much the origin had said in the room when it was subscribed to."""

    def publish(self, room: str, count: int) -> None:
        numbered = [self.outgoing.next(room) for _ in range(count)]
        numbers = tuple(each.number for each in numbered)
        assert not any(each.opening for each in numbered[1:])
        said = self.said.setdefault(room, [])
        assert not said or numbers[0] > said[-1]
        said += numbers
        self.way.append(Sent(room, len(said), numbers, numbered[0].opening))

    def announce(self, room: str) -> None:
        said = len(self.said.get(room, ()))
        self.way.append(Sent(room, said, head=self.outgoing.head(room)))

    def subscribe(self, room: str) -> None:
        """Anew; what is on its way is not of interest any more."""
        self.incoming[room] = Incoming()
        self.heard[room] = []
        self.since[room] = len(self.said.get(room, ()))
        self.missed_at.pop(room, None)
        self.way = [each for each in self.way if each.room != room]

    def arrive(self, at: int, *, again: bool) -> None:
        sent = self.way[at % len(self.way)]
        if not again:
            self.way.remove(sent)
        incoming = self.incoming.setdefault(sent.room, Incoming())
        if not sent.numbers:
            if incoming.head("me", sent.head):
                self.missed_at[sent.room] = max(sent.said, self.missed_at.get(sent.room, 0))
            return
        first, count = sent.numbers[0], len(sent.numbers)
        lost, old = incoming.messages("me", first, count, opening=sent.opening)
        if lost:
            before = sent.said - count
            self.missed_at[sent.room] = max(before, self.missed_at.get(sent.room, 0))
        self.heard.setdefault(sent.room, []).extend(sent.numbers[old:])

    def check(self, room: str) -> None:
        """All up to the last that arrived was heard, in order and once, or missed is known."""
        heard = self.heard.get(room, [])
        assert heard == sorted(set(heard))
        if not heard:
            return
        said = self.said[room]
        up_to = said.index(heard[-1]) + 1
        lost = [at for at in range(self.since.get(room, 0), up_to) if said[at] not in heard]
        assert all(at < self.missed_at.get(room, 0) for at in lost)


rooms = st.sampled_from(["a", "b", "c"])
steps = st.one_of(
    st.tuples(st.just("publish"), rooms, st.integers(1, 3)),
    st.tuples(st.just("announce"), rooms),
    st.tuples(st.just("subscribe"), rooms),
    st.tuples(st.just("quiet")),
    st.tuples(st.just("arrive"), st.integers(0, 20)),
    st.tuples(st.just("again"), st.integers(0, 20)),
    st.tuples(st.just("lose"), st.integers(0, 20)),
)


@settings(max_examples=400)
@given(st.lists(steps, max_size=60), st.booleans())
def test_every_lost_message_is_missed(taken: list[tuple[object, ...]], quiet: bool) -> None:
    world = World()
    for what, *with_ in taken:
        match what, with_:
            case "publish", [str(room), int(count)]:
                world.publish(room, count)
            case "announce", [str(room)]:
                world.announce(room)
            case "subscribe", [str(room)]:
                world.subscribe(room)
            case "quiet", _:
                for room in world.outgoing.quiet():
                    world.announce(room)
                    world.outgoing.announced(room)
            case "lose", [int(at)] if world.way:
                world.way.pop(at % len(world.way))
            case (("arrive" | "again"), [int(at)]) if world.way:
                world.arrive(at, again=what == "again")
        for room in world.said:
            world.check(room)
    for room in list(world.said):  # the last word of each room arrives, all else is lost
        if world.outgoing.head(room):
            world.way.clear()
            if quiet:
                world.announce(room)
            else:
                world.publish(room, 1)
            world.arrive(0, again=False)
            world.check(room)
            heard = world.heard.get(room, [])
            said = world.said[room]
            lost = [n for n in said[world.since.get(room, 0) :] if n not in heard]
            if lost:
                assert said.index(lost[-1]) < world.missed_at.get(room, 0)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30))
def test_nothing_is_missed_where_nothing_is_lost(counts: list[int]) -> None:
    world = World()
    for count in counts:
        world.publish("a", count)
        world.announce("a")
        while world.way:
            world.arrive(0, again=False)
    assert world.heard["a"] == world.said["a"]
    assert world.missed_at == {}


def test_a_room_is_announced_when_it_went_quiet_and_not_for_ever() -> None:
    numbers = Outgoing()
    numbers.next("busy")
    numbers.next("room")
    assert numbers.quiet() == []
    for _ in range(ANNOUNCEMENTS):
        numbers.next("busy")
        assert numbers.quiet() == ["room"]
        numbers.announced("room")
    assert numbers.quiet() == ["busy"]


def test_an_announcement_that_was_not_carried_is_made_again() -> None:
    numbers = Outgoing()
    numbers.next("room")
    numbers.quiet()
    for _ in range(10 * ANNOUNCEMENTS):
        assert numbers.quiet() == ["room"]


def test_numbers_of_rooms_that_are_done_with_are_forgotten_and_never_used_again() -> None:
    numbers = Outgoing(rooms_known=10)
    for at in range(100):
        for _ in range(3):
            numbers.next(f"room {at}")
        for _ in range(ANNOUNCEMENTS):
            numbers.announced(f"room {at}")
    assert len(numbers._counts) == 10
    assert numbers.head("room 0") == 0
    number, opening = numbers.next("room 0")
    assert opening
    assert number > 3
