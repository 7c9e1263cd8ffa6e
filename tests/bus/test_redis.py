"""The bus over a real Redis keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.bus.conftest import MakeRedisBus
from tests.contracts.bus_contract import BusContract
from tests.helpers.certificates import make_certificate
from tests.helpers.ears import Ear, until
from tests.helpers.redis import RedisProcess, free_port


class TestRedisBus(BusContract):
    """With the ends of `conftest`."""


async def test_two_deployments_share_a_redis(make_bus: MakeRedisBus) -> None:
    here, there, other = await make_bus("a"), await make_bus("a"), await make_bus("b")
    ear, others = Ear(), Ear()
    await there.subscribe("room", ear)
    await other.subscribe("room", others)
    assert await here.others("room") == 1
    here.publish("room", b"ours")
    here.send(other.name, "room", b"not theirs")
    await ear.until_heard(b"ours")
    other.send(other.name, "room", b"nobody hears himself")
    assert await other.others("room") == 0
    assert others.told == []


async def test_messages_of_one_turn_are_one_command_a_room_and_one_write(
    redis: RedisProcess, make_bus: MakeRedisBus
) -> None:
    one, two = await make_bus(), await make_bus()
    ears = [Ear() for _ in range(10)]
    for number, ear in enumerate(ears):
        await two.subscribe(f"room {number}", ear)
    async with Redis.from_url(redis.url) as client:
        before = await client.info("everything")
        for turn in range(100):
            for number in range(10):
                one.publish(f"room {number}", b"%d" % turn)
        for ear in ears:
            await ear.until_heard(b"99")
        after = await client.info("everything")
    calls = [stats["cmdstat_publish"]["calls"] for stats in (before, after)]
    assert calls[1] - calls[0] == 10  # and not 1000
    # a read may find what one write wrote, a ping, and what this test asked; not ten times as much
    reads = [stats["total_reads_processed"] for stats in (before, after)]
    assert reads[1] - reads[0] < 8


@pytest.mark.parametrize("how", ["password", "database", "socket"])
async def test_addresses_work_as_redis_has_them(
    how: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from server.bus.redis import RedisBus

    folder = tmp_path_factory.mktemp("r")
    socket = f"{folder}/s"
    redis = RedisProcess(
        folder, "--requirepass", "p@ss", "--unixsocket", socket, "--databases", "4"
    ).start()
    urls = {
        "password": redis.url.replace("//", "//:p%40ss@"),
        "database": redis.url.replace("//", "//default:p%40ss@").removesuffix("/0") + "/3",
        "socket": f"unix://:p%40ss@{socket}?db=2",
    }
    one, two = RedisBus(urls[how], "x"), RedisBus(urls[how], "x")
    refused = RedisBus(redis.url, "x")
    try:
        for end in (one, two, refused):
            await end.start()
        ear = Ear()
        await two.subscribe("room", ear)
        one.publish("room", b"a")
        await ear.until_heard(b"a")
        assert refused.trouble is not None
        assert "Authentication required" in refused.trouble
    finally:
        for end in (one, two, refused):
            await end.close()
        redis.kill()


async def test_over_tls_all_is_the_same_and_a_stranger_is_not_believed(tmp_path: Path) -> None:
    from server.bus.redis import RedisBus

    both, port = tmp_path / "both.pem", free_port()
    make_certificate(both)
    redis = RedisProcess(
        *(tmp_path, "--tls-port", str(port), "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(both), "--tls-key-file", str(both)),
    ).start()
    url = f"rediss://127.0.0.1:{port}/0"
    believed = f"{url}?ssl_ca_certs={both}"
    one, two, stranger = (RedisBus(each, "x") for each in (believed, believed, url))
    try:
        for end in (one, two, stranger):
            await end.start()
        ear = Ear()
        await two.subscribe("room", ear)
        sent = [b"x" * 2_000_000, *(str(number).encode() for number in range(1000))]
        for each in sent:
            one.publish("room", each)
        await ear.until_heard(sent[-1])
        assert ear.payloads == sent
        redis.kill()
        await until(lambda: one.trouble and two.trouble)
        redis.start()
        await until(lambda: one.trouble is None and two.trouble is None)
        one.publish("room", b"again")
        await ear.until_heard(b"again")
        assert stranger.trouble is not None
        assert "certificate verify failed" in stranger.trouble
    finally:
        for end in (one, two, stranger):
            await end.close()
        redis.kill()
