"""What every bus must do; a backend's tests subclass it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest

from server.bus.base import Bus
from tests.helpers.ears import Ear

MakeBus = Callable[[], Awaitable[Bus]]


class Slow(Ear):
    """Takes its time, as nobody should."""

    def hear(self, origin: str, payload: bytes) -> None:
        until = time.perf_counter() + 0.005
        while time.perf_counter() < until:
            pass
        super().hear(origin, payload)


class BusContract:
    """Subclasses give a fixture `make_bus`: each call is one more end, started."""

    async def test_all_others_hear_what_one_publishes_and_nobody_himself(
        self, make_bus: MakeBus
    ) -> None:
        ends = [await make_bus() for _ in range(3)]
        ears = [Ear() for _ in ends]
        for end, ear in zip(ends, ears, strict=True):
            await end.subscribe("room", ear)
        ends[0].publish("room", b"one")
        await ears[1].until_heard(b"one")
        await ears[2].until_heard(b"one")
        ends[1].publish("room", b"two")
        await ears[0].until_heard(b"two")
        assert ears[0].payloads == [b"two"]
        assert ears[1].told == [(ends[0].name, b"one")]

    async def test_names_differ_and_all_is_well(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        assert one.name != two.name
        assert (one.trouble, two.trouble) == (None, None)
        assert one.silence() < 2

    async def test_messages_of_one_end_arrive_in_order(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        ear = Ear()
        await two.subscribe("room", ear)
        sent = [str(number).encode() for number in range(3000)]
        for message in sent[:1500]:
            one.publish("room", message)
        await ear.until_heard(sent[1499])
        for message in sent[1500:]:
            one.publish("room", message)
            if message.endswith(b"00"):
                await one.others("room")
        await ear.until_heard(sent[-1])
        assert ear.payloads == sent
        assert ear.misses == []

    @pytest.mark.parametrize(
        "payload",
        [b"", b"\0", b"\r\n*3\r\n$1\r\n", bytes(range(256)) * 3, b"x" * 5_000_000],
        ids=["empty", "zero", "protocol", "all bytes", "5 MB"],
    )
    async def test_any_bytes_arrive_as_they_are(self, make_bus: MakeBus, payload: bytes) -> None:
        one, two = await make_bus(), await make_bus()
        ear = Ear()
        await two.subscribe("room", ear)
        one.publish("room", payload)
        one.send(two.name, "room", payload)
        await ear.until(lambda ear: len(ear.told) == 2)
        assert ear.told == [(one.name, payload)] * 2

    async def test_what_is_said_to_some_arrives_in_order_with_what_is_said_to_all(
        self, make_bus: MakeBus
    ) -> None:
        one, two, three = await make_bus(), await make_bus(), await make_bus()
        near, far = Ear(), Ear()
        for room in ("room", "other"):
            await two.subscribe(room, near)
            await three.subscribe(room, far)
        sent = [str(number).encode() for number in range(300)]
        for number, message in enumerate(sent):
            some = ((two.name,), (), (two.name, three.name))[number // 3 % 3]
            one.publish(("room", "other")[number % 2], message, some)
        one.send(two.name, "room", b"end")
        one.publish("room", b"last")
        for ear in (near, far):
            await ear.until_heard(b"last")
        heard = [each for each in near.payloads if each.isdigit()]
        assert sorted(heard, key=int) == sent
        assert near.misses == []
        for of in (0, 1):  # each room's in order, what is sent to one end among it
            assert [each for each in heard if int(each) % 2 == of] == sent[of::2]
        assert near.payloads.index(b"end") > near.payloads.index(b"298")
        lost = set(sent) - set(far.payloads)
        assert not lost or set(far.misses) == {one.name}
        assert {each for number, each in enumerate(sent) if number // 3 % 3} <= set(far.payloads)

    async def test_rooms_are_told_apart(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        ear, other = Ear(), Ear()
        await two.subscribe("room", ear)
        await two.subscribe("other: é", other)
        one.publish("nobody's", b"none")
        one.publish("other: é", b"b")
        one.publish("room", b"a")
        one.send(two.name, "other: é", b"c")
        await ear.until_heard(b"a")
        await other.until_heard(b"b", b"c")
        assert (ear.payloads, other.payloads) == ([b"a"], [b"b", b"c"])

    async def test_what_is_published_after_subscribing_arrives(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        for number in range(100):
            ear, room = Ear(), f"room {number}"
            await two.subscribe(room, ear)
            one.publish(room, b"now")
            await ear.until_heard(b"now")

    async def test_one_who_unsubscribed_hears_nothing(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        ear, marker = Ear(), Ear()
        await two.subscribe("room", ear)
        await two.subscribe("marker", marker)
        one.publish("room", b"a")
        await ear.until_heard(b"a")
        await two.unsubscribe("room")
        await two.unsubscribe("unknown")
        one.publish("room", b"b")
        one.send(two.name, "room", b"c")
        one.publish("marker", b"end")
        await marker.until_heard(b"end")
        assert ear.payloads == [b"a"]
        assert await one.others("room") == 0

    async def test_who_comes_again_hears_again(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        for number in range(20):
            ear = Ear()
            await two.subscribe("room", ear)
            one.publish("room", str(number).encode())
            await ear.until_heard(str(number).encode())
            await two.unsubscribe("room")

    async def test_another_listener_may_take_over(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        first, second = Ear(), Ear()
        await two.subscribe("room", first)
        one.publish("room", b"a")
        await first.until_heard(b"a")
        await two.subscribe("room", second)
        one.publish("room", b"b")
        await second.until_heard(b"b")
        assert (first.told, second.told) == ([(one.name, b"a")], [(one.name, b"b")])

    async def test_one_alone_is_sent_to_behind_what_was_published(self, make_bus: MakeBus) -> None:
        one, two, three = [await make_bus() for _ in range(3)]
        ear, other = Ear(), Ear()
        await two.subscribe("room", ear)
        await three.subscribe("room", other)
        for number in range(50):
            one.publish("room", b"all %d" % number)
            one.send(two.name, "room", b"only %d" % number)
        one.send("nobody", "room", b"lost")
        one.send(two.name, "not open", b"lost")
        one.publish("room", b"end")
        await ear.until_heard(b"end")
        await other.until_heard(b"end")
        for number in range(50):
            at = ear.payloads.index(b"only %d" % number)
            assert ear.payloads.index(b"all %d" % number) < at
        assert not [each for each in other.payloads if each.startswith(b"only")]
        assert ear.misses == other.misses == []

    async def test_others_are_counted(self, make_bus: MakeBus) -> None:
        one, two, three = [await make_bus() for _ in range(3)]
        assert await one.others("room") == 0
        await one.subscribe("room", Ear())
        assert (await one.others("room"), await two.others("room")) == (0, 1)
        await two.subscribe("room", Ear())
        await three.subscribe("room", Ear())
        assert await one.others("room") == 2
        await three.unsubscribe("room")
        await two.close()
        assert await one.others("room") == 0

    async def test_who_comes_late_is_told_that_he_may_lack_something(
        self, make_bus: MakeBus
    ) -> None:
        one, two, three = [await make_bus() for _ in range(3)]
        first, late = Ear(), Ear()
        await two.subscribe("room", first)
        one.publish("room", b"before")
        await first.until_heard(b"before")
        await three.subscribe("room", late)
        one.publish("room", b"after")
        await late.until_heard(b"after")
        assert late.told == [(one.name, None), (one.name, b"after")]
        one.publish("room", b"more")
        await late.until_heard(b"more")
        assert late.misses == [one.name]
        assert three.figures.gaps == 1

    async def test_an_answer_tells_how_far_its_sender_has_come(self, make_bus: MakeBus) -> None:
        one, two, three = [await make_bus() for _ in range(3)]
        first, late = Ear(), Ear()
        await two.subscribe("room", first)
        one.publish("room", b"before")
        await first.until_heard(b"before")
        await three.subscribe("room", late)
        one.send(three.name, "room", b"answer")
        one.publish("room", b"after")
        await late.until_heard(b"after")
        assert late.told == [(one.name, None), (one.name, b"answer"), (one.name, b"after")]

    async def test_a_slow_room_does_not_hold_up_another(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        slow, quick = Slow(), Ear()
        await two.subscribe("slow", slow)
        await two.subscribe("quick", quick)
        for number in range(200):
            one.publish("slow", b"%d" % number)
        one.publish("quick", b"now")
        await quick.until_heard(b"now")
        assert len(slow.payloads) < 150
        await slow.until_heard(b"199")
        assert slow.payloads == [b"%d" % number for number in range(200)]

    async def test_a_listener_that_fails_ends_nothing(self, make_bus: MakeBus) -> None:
        class Broken(Ear):
            def hear(self, origin: str, payload: bytes) -> None:
                super().hear(origin, payload)
                raise RuntimeError("a mistake")

        one, two = await make_bus(), await make_bus()
        broken, whole = Broken(), Ear()
        await two.subscribe("broken", broken)
        await two.subscribe("whole", whole)
        for message in (b"a", b"b"):
            one.publish("broken", message)
            one.publish("whole", message)
        await broken.until_heard(b"b")
        await whole.until_heard(b"b")

    async def test_what_was_carried_is_counted(self, make_bus: MakeBus) -> None:
        one, two = await make_bus(), await make_bus()
        ear = Ear()
        await two.subscribe("room", ear)
        for _ in range(5):
            one.publish("room", b"x")
        one.send(two.name, "room", b"y")
        await ear.until_heard(b"y")
        assert (one.figures.published, two.figures.received) == (6, 6)
        assert (one.figures.dropped, two.figures.gaps, two.figures.reconnects) == (0, 0, 0)

    async def test_an_end_that_closed_can_still_be_spoken_to(self, make_bus: MakeBus) -> None:
        one = await make_bus()
        await one.subscribe("room", Ear())
        await one.close()
        one.publish("room", b"late")
        one.send("anybody", "room", b"late")
        await one.unsubscribe("room")
        await one.close()
