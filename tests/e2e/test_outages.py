"""The server dies while people type, or its workers are replaced, or lose each other: people are
told what they need to know, come back by themselves, and lose nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.conftest import ServerFactory
from tests.e2e.room import RoomPage
from tests.helpers.browsers import OUTAGE, Visitors, until
from tests.helpers.redis import RedisProcess
from tests.helpers.server import ServerProcess

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

Room = tuple[RoomPage, RoomPage, ServerProcess]
PAIR = "# Ada: \n# Grace: \n"


@pytest_asyncio.fixture(loop_scope="session")
async def two(make_server: ServerFactory, visitors: Visitors) -> Room:
    """Ada and Grace in a room of a server that may be killed."""
    server = await asyncio.to_thread(make_server(DB_URL="", RUNNER="auto").start)
    host = await visitors.arrive("Ada", server.url)
    await host.register()
    ada = await RoomPage.create(host)
    guest = await visitors.arrive("Grace", server.url)
    for person in (host, guest):
        person.expects(OUTAGE)
    return ada, await RoomPage.enter(guest, await ada.invite("participant")), server


class Typist:
    """Somebody who goes on typing numbered words at the end of a line, whatever happens."""

    def __init__(self, room: RoomPage, letter: str) -> None:
        self.words: list[str] = []
        self._room = room
        self._letter = letter
        self._enough = False
        self._task = asyncio.create_task(self._go_on())

    async def typed_more(self, words: int = 5) -> None:
        """Returns when so many more words were typed."""
        wanted = len(self.words) + words

        async def typed() -> bool:
            return len(self.words) >= wanted or self._task.done()

        await until(typed, f"{words} more words")

    async def stop(self) -> str:
        """All that was typed."""
        self._enough = True
        await self._task
        return "".join(self.words)

    async def _go_on(self) -> None:
        while not self._enough:
            word = f"{self._letter}{len(self.words):03} "
            await self._room.type(word)
            self.words.append(word)


async def test_every_keystroke_survives_a_kill_and_is_there_when_all_come_back_tomorrow(
    two: Room, visitors: Visitors
) -> None:
    ada, grace, server = two
    await ada.replace_all(PAIR)
    await grace.shows(PAIR)
    await ada.go_to_line(1)
    await grace.go_to_line(2)
    typists = [Typist(ada, "a"), Typist(grace, "g")]
    for typist in typists:
        await typist.typed_more()
    await asyncio.to_thread(server.kill)
    for room in (ada, grace):
        await room.is_in_state("reconnecting")
        await room.is_saved("offline")
        await room.who.sees("Your edits are kept here")
    await visitors.shoot("reconnecting")
    for typist in typists:
        await typist.typed_more()
    await asyncio.to_thread(server.start)
    for room in (ada, grace):
        await room.is_in_state("connected")
    for typist in typists:
        await typist.typed_more()

    by_ada, by_grace = [await typist.stop() for typist in typists]
    text = f"# Ada: {by_ada}\n# Grace: {by_grace}\n"
    for room in (ada, grace):
        await room.shows(text)
        await room.is_saved()
    assert await ada.stored() == text

    session_id = ada.session_id
    cookies = [await room.who.context.cookies() for room in (ada, grace)]
    for room in (ada, grace):
        await room.page.close()
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    for name, kept in zip(("Ada", "Grace"), cookies, strict=True):
        again = await visitors.arrive(name, server.url, cookies=kept)
        room = await RoomPage.open(again, session_id)
        await room.shows(text)
        await room.is_saved()
    assert await room.stored() == text


async def test_nobody_can_run_while_a_stopped_server_is_away_and_nothing_is_lost(
    two: Room,
) -> None:
    ada, grace, server = two
    await ada.replace_all(PAIR)
    await grace.shows(PAIR)
    await ada.go_to_line(1)
    typist = Typist(ada, "a")
    await typist.typed_more()
    await asyncio.to_thread(server.stop)
    for room in (ada, grace):
        await room.is_in_state("reconnecting")
        await expect(room.part("run")).to_be_disabled()
    await typist.typed_more()
    await asyncio.to_thread(server.start)
    text = PAIR.replace("# Ada: ", f"# Ada: {await typist.stop()}")
    for room in (ada, grace):
        await room.shows(text)
        await room.is_saved()
    await ada.run()
    for room in (ada, grace):
        await room.verdict_is("ok")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    folder = tmp_path / "redis"
    folder.mkdir()
    process = RedisProcess(folder)
    yield process.start()
    process.kill()


async def of_two_workers(
    make_server: ServerFactory, visitors: Visitors, redis: RedisProcess
) -> Room:
    """Ada and Grace in a room of a server of two workers, at whichever of them each is."""
    made = make_server(DB_URL="", REDIS_URL=redis.url, WEB_CONCURRENCY="2")
    server = await asyncio.to_thread(made.start)
    host = await visitors.arrive("Ada", server.url)
    await host.register()
    ada = await RoomPage.create(host)
    guest = await visitors.arrive("Grace", server.url)
    for person in (host, guest):
        person.expects(OUTAGE)
    return ada, await RoomPage.enter(guest, await ada.invite("participant")), server


async def test_workers_are_replaced_while_people_type_and_nothing_is_lost(
    make_server: ServerFactory, visitors: Visitors, redis: RedisProcess
) -> None:
    ada, grace, server = await of_two_workers(make_server, visitors, redis)
    await ada.replace_all(PAIR)
    await grace.shows(PAIR)
    await ada.go_to_line(1)
    await grace.go_to_line(2)
    typists = [Typist(ada, "a"), Typist(grace, "g")]
    os.kill(server.pid, signal.SIGHUP)

    async def replaced() -> bool:
        return "all workers were replaced" in server.output

    await until(replaced, "the workers to be replaced")
    for typist in typists:
        await typist.typed_more()
    by_ada, by_grace = [await typist.stop() for typist in typists]
    for room in (ada, grace):
        await room.shows(f"# Ada: {by_ada}\n# Grace: {by_grace}\n")
        await room.is_saved()


async def test_people_are_told_while_workers_do_not_hear_each_other(
    make_server: ServerFactory, visitors: Visitors, redis: RedisProcess
) -> None:
    ada, grace, _ = await of_two_workers(make_server, visitors, redis)
    redis.pause()
    try:
        for room in (ada, grace):
            await expect(room.part("banner")).to_contain_text("Some people may be out of sight")
        await visitors.shoot("apart")
        await ada.replace_all("# saved all the same\n")
        await ada.is_saved()
    finally:
        redis.resume()
    for room in (ada, grace):
        await room.shows("# saved all the same\n")
        await expect(room.part("banner")).to_have_count(0)
