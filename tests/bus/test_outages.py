"""What the bus does while Redis is away, hangs, or throws somebody out."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from server.bus.redis import RedisBus
from tests.bus.conftest import MakeRedisBus
from tests.helpers.ears import Ear, until, until_others
from tests.helpers.redis import RedisProcess

Pair = tuple[RedisBus, RedisBus, Ear]


@pytest.fixture
async def pair(make_bus: MakeRedisBus) -> Pair:
    """One who publishes, one who hears."""
    one, two = await make_bus(), await make_bus()
    ear = Ear()
    await two.subscribe("room", ear)
    one.publish("room", b"first")
    await ear.until_heard(b"first")
    return one, two, ear


async def throw_out(redis: RedisProcess, kind: str) -> None:
    """Redis closes all connections that are of this kind: pubsub, or normal."""
    async with Redis.from_url(redis.url) as client:
        await client.client_kill_filter(_type=kind, skipme=True)


def behind_its_back(end: RedisBus, command: str) -> None:
    """The end's connection gets this command about the room; the end knows nothing of it."""
    end._subscriber._commands.append((command, "test:room:room"))
    end._hearing.wake()


async def test_a_subscriber_that_was_thrown_out_comes_back_and_is_told(
    redis: RedisProcess, pair: Pair
) -> None:
    one, two, ear = pair
    rooms = {f"room {number}": Ear() for number in range(1200)}
    await asyncio.gather(*(two.subscribe(room, each) for room, each in rooms.items()))
    await throw_out(redis, "pubsub")
    for each in (ear, *rooms.values()):
        await each.until(lambda each: None in each.misses)
    one.publish("room", b"second")
    await ear.until_heard(b"second")
    one.publish("room 1199", b"also here")
    await rooms["room 1199"].until_heard(b"also here")
    assert two.figures.reconnects == 1
    await until(lambda: one.trouble is None)  # it was thrown out as well
    assert await one.others("room") == 1


async def test_what_a_subscriber_did_not_hear_is_a_gap(redis: RedisProcess, pair: Pair) -> None:
    one, two, ear = pair
    behind_its_back(two, "UNSUBSCRIBE")
    await until_others(one, "room", 0)
    one.publish("room", b"lost")
    assert await one.others("room") == 0  # Redis has it
    behind_its_back(two, "SUBSCRIBE")
    await until_others(one, "room", 1)
    one.publish("room", b"third")
    await ear.until_heard(b"third")
    assert ear.told[1:] == [(one.name, None), (one.name, b"third")]
    assert two.figures.gaps == 1


async def test_a_lost_last_message_is_noticed_though_nothing_follows(
    redis: RedisProcess, pair: Pair
) -> None:
    one, two, ear = pair
    behind_its_back(two, "UNSUBSCRIBE")
    await until_others(one, "room", 0)
    one.publish("room", b"lost")
    assert await one.others("room") == 0
    behind_its_back(two, "SUBSCRIBE")
    await ear.until(lambda ear: ear.misses == [one.name])
    assert ear.payloads == [b"first"]


async def test_a_publisher_that_was_thrown_out_goes_on(redis: RedisProcess, pair: Pair) -> None:
    one, _, ear = pair
    for number in range(5):
        one.publish("room", b"around %d" % number)
        await throw_out(redis, "normal")
    await until(lambda: one.trouble is None)
    one.publish("room", b"last")
    await ear.until_heard(b"last")
    heard = [each for each in ear.payloads if each.startswith(b"around")]
    assert len(set(heard)) == len(heard)
    assert len(heard) == 5 or ear.misses


async def test_killed_and_started_again_on_its_port(redis: RedisProcess, pair: Pair) -> None:
    one, two, ear = pair
    told: list[str | None] = []
    two.on_health.append(lambda: told.append(two.trouble))
    redis.kill()
    await until(lambda: one.trouble and two.trouble)
    one.publish("room", b"while away")
    new = Ear()
    await two.subscribe("new room", new)  # neither waits for Redis, which starts only then
    assert await two.others("room") == 0
    redis.start()
    await until(lambda: one.trouble is None and two.trouble is None)
    await ear.until(lambda ear: None in ear.misses)
    await new.until(lambda new: None in new.misses)
    one.publish("room", b"after")
    one.publish("new room", b"here too")
    await ear.until_heard(b"after")
    await new.until_heard(b"here too")
    assert ear.payloads in ([b"first", b"after"], [b"first", b"while away", b"after"])
    assert "cannot be reached" in (told[0] or "") or "closed" in (told[0] or "")
    assert told[-1] is None
    assert two.figures.reconnects == 1


async def test_a_redis_that_hangs_is_noticed_and_found_again(
    redis: RedisProcess, pair: Pair
) -> None:
    one, two, ear = pair
    redis.pause()
    try:
        one.publish("room", b"into the void")
        await until(lambda: one.trouble and two.trouble)
        assert one.trouble == two.trouble == "Redis does not answer"
        assert two.silence() > 1.5
    finally:
        redis.resume()
    await until(lambda: one.trouble is None and two.trouble is None)
    one.publish("room", b"after")
    await ear.until_heard(b"after")
    # a connection that Redis answered just in time is not given up, and has carried it after all
    assert ear.payloads in ([b"first", b"after"], [b"first", b"into the void", b"after"])
    assert b"into the void" in ear.payloads or ear.misses
    assert one.silence() < 1.5


async def test_a_redis_that_hangs_for_a_moment_loses_nothing(
    redis: RedisProcess, pair: Pair
) -> None:
    one, two, ear = pair
    async with Redis.from_url(redis.url) as client:
        await client.client_pause(700)
        one.publish("room", b"second")
        await ear.until_heard(b"second")
    assert ear.misses == []
    assert (one.figures.reconnects, two.figures.reconnects) == (0, 0)


async def test_a_room_subscribed_to_while_redis_hangs_is_told(
    redis: RedisProcess, pair: Pair
) -> None:
    one, two, _ = pair
    redis.pause()
    new = Ear()
    try:
        await two.subscribe("new room", new)  # returns, though Redis hangs for as long as it waits
    finally:
        redis.resume()
    await new.until(lambda new: None in new.misses)
    await until(lambda: one.trouble is None)
    one.publish("new room", b"here")
    await new.until_heard(b"here")


async def test_publishing_neither_raises_nor_grows_while_redis_is_away(
    redis: RedisProcess, make_bus: MakeRedisBus
) -> None:
    one, two = await make_bus(buffer_bytes=100_000), await make_bus()
    ear = Ear()
    await two.subscribe("room", ear)
    one.publish("room", b"first")
    await ear.until_heard(b"first")
    redis.kill()
    await until(lambda: one.trouble)
    for number in range(5000):
        one.publish("room", b"%d" % number + b"x" * 1000)
        one.send(two.name, "room", b"x" * 1000)
    waiting = sum(len(each) for entry in one._publisher._queue for each in entry.payloads)
    assert waiting < 100_000
    assert one.figures.dropped > 9900
    redis.start()
    await until(lambda: one.trouble is None and two.trouble is None)
    await ear.until(lambda ear: one.name in ear.misses)  # nothing follows: it is announced
    one.publish("room", b"after")
    await ear.until_heard(b"after")
    assert len(set(ear.payloads)) >= len(ear.payloads) - 100  # what was sent alone is alike


async def test_a_subscriber_too_slow_for_redis_is_told_what_it_lost(
    redis: RedisProcess, pair: Pair
) -> None:
    one, two, ear = pair
    async with Redis.from_url(redis.url) as client:
        await client.config_set("client-output-buffer-limit", "pubsub 1048576 0 0")
        one.publish("room", b"x" * 8_000_000)
        await ear.until(lambda ear: None in ear.misses)
    one.publish("room", b"after")
    await ear.until_heard(b"after")
    assert two.figures.reconnects == 1


async def test_a_start_without_redis_goes_on_and_heals(redis: RedisProcess) -> None:
    redis.kill()
    one, two = RedisBus(redis.url, "test"), RedisBus(redis.url, "test")
    ear = Ear()
    try:
        await asyncio.gather(one.start(), two.start())
        assert one.trouble is not None
        await two.subscribe("room", ear)
        redis.start()
        await ear.until(lambda ear: ear.misses == [None])
        await until(lambda: one.trouble is None)
        one.publish("room", b"hello")
        await ear.until_heard(b"hello")
        assert one.figures.reconnects == 0
    finally:
        await one.close()
        await two.close()


async def test_a_process_that_is_killed_is_no_longer_counted(
    redis: RedisProcess, pair: Pair
) -> None:
    one, two, _ = pair
    assert await one.others("room") == 1
    await two.close()
    await until_others(one, "room", 0)


async def test_what_is_said_last_is_carried_before_an_end_closes(pair: Pair) -> None:
    one, _, ear = pair
    one.publish("room", b"farewell")
    await one.close()
    await ear.until_heard(b"farewell")


async def test_a_refusal_is_told_in_words(redis: RedisProcess) -> None:
    async with Redis.from_url(redis.url) as client:
        await client.acl_setuser(
            "mute", enabled=True, passwords=["+x"], commands=["+@all", "-publish"], channels=["*"]
        )
    bus = RedisBus(redis.url.replace("//", "//mute:x@"), "test")
    try:
        await bus.start()
        assert bus.trouble is not None
        assert "refuses" in bus.trouble
        assert "publish" in bus.trouble.lower()
    finally:
        await bus.close()
