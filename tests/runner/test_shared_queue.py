"""Several workers have one queue, in Redis, and each its own while that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count

import pytest
import pytest_asyncio

from server.bus.memory import MemoryBus, MemoryExchange
from server.runner.base import Finished, Job, Run, Runner, Started, Waiting
from server.runner.queue import Queued
from server.runner.sandbox import Sandbox
from server.runner.shared_queue import SharedQueue
from tests.contracts.queue_contract import MakeQueue, QueueContract
from tests.contracts.runner_contract import RunnerContract
from tests.helpers.embedded import eventually
from tests.helpers.redis import RedisProcess
from tests.rooms.scripted import ScriptedRun, ScriptedRunner

LEASE_SECONDS = 1.0

Workers = Callable[..., Awaitable["Worker"]]
_key = count(1)


class Worker:
    """A queue, the programs it began, and what those that wait were told."""

    def __init__(self, bus: MemoryBus, queue: SharedQueue, runner: ScriptedRunner) -> None:
        self.bus, self.queue, self.runner = bus, queue, runner
        self.places: dict[str, list[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, *, repl: bool = False) -> Run:
        job = Job("python", {name: ""}, "" if repl else name, live=repl, repl=repl)
        run = self.queue.start(job)
        self.places[name] = []
        task = asyncio.create_task(self._follow(name, run))
        self._tasks.add(task)
        return run

    async def _follow(self, name: str, run: Run) -> None:
        async for event in run.events():
            if isinstance(event, Waiting):
                self.places[name].append(event.place)

    @property
    def began(self) -> list[str]:
        """Names of what was started, in order."""
        return [next(iter(run.job.files)) for run in self.runner.runs]

    @property
    def going(self) -> int:
        return sum(not run.over for run in self.runner.runs)

    def run(self, name: str) -> ScriptedRun:
        return self.runner.runs[self.began.index(name)]

    async def die(self) -> None:
        """As `kill -9` would."""
        assert self.queue._asking is not None
        self.queue._asking.cancel()
        await self.bus.close()


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("redis")).start()
    yield process
    process.kill()


@pytest.fixture
async def workers(redis: RedisProcess) -> AsyncIterator[Workers]:
    exchange = MemoryExchange()
    made: list[Worker] = []

    async def make(at_once: int = 2, key: str = "runs") -> Worker:
        bus, runner = MemoryBus(exchange), ScriptedRunner()
        queue = SharedQueue(
            runner, at_once, bus=bus, redis_url=redis.url, key=key, lease_seconds=LEASE_SECONDS
        )
        await queue.open()
        made.append(Worker(bus, queue, runner))
        return made[-1]

    yield make
    redis.resume()
    for worker in made:
        await worker.queue.close()


# -- the contracts, of one worker alone ------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def module_redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("redis")).start()
    yield process
    process.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def make_queue(module_redis: RedisProcess) -> AsyncIterator[MakeQueue]:
    made = []

    async def make(runner: Runner, at_once: int) -> Queued:
        url, key = module_redis.url, f"contract{next(_key)}"
        queue = SharedQueue(runner, at_once, bus=MemoryBus(), redis_url=url, key=key)
        await queue.open()
        made.append(queue)
        return queue

    yield make
    for queue in made:
        if queue._asking is not None:
            queue._asking.cancel()
        await queue._turns.close()


@pytest.mark.asyncio(loop_scope="session")
class TestSharedRuns(RunnerContract):
    @pytest_asyncio.fixture(loop_scope="session")
    async def runner(self, make_queue: MakeQueue, sandbox: Sandbox) -> Runner:
        return await make_queue(sandbox, 2)


@pytest.mark.asyncio(loop_scope="session")
class TestShared(QueueContract):
    """With `make_queue` of above."""


# -- several workers -------------------------------------------------------------------------------


async def test_places_are_shared_and_runs_begin_in_the_order_they_came(workers: Workers) -> None:
    one, two = await workers(), await workers()
    for number in range(2):
        one.start(f"first{number}")
    await eventually(lambda: one.going == 2, "the places to be taken")
    for number, worker in enumerate((two, one, two, one)):
        worker.start(f"next{number}")
        await eventually(lambda: worker.places[f"next{number}"] == [number + 1], "a place")  # noqa: B023
    for number, worker in enumerate((two, one, two, one)):
        oldest = next(run for run in (*one.runner.runs, *two.runner.runs) if not run.over)
        oldest.end()
        await eventually(lambda: f"next{number}" in worker.began, f"run {number} to begin")  # noqa: B023
        assert one.going + two.going <= 2
    assert one.places["next3"] == [4, 3, 2, 1]
    assert two.places["next2"] == [3, 2, 1]


async def test_never_more_at_once_than_allowed_however_many_come(workers: Workers) -> None:
    made = [await workers(at_once=3) for _ in range(3)]
    names = [f"run{number}" for number in range(60)]
    for number, name in enumerate(names):
        made[number % 3].start(name)
    most = 0
    while sum(len(worker.began) for worker in made) < len(names):
        await asyncio.sleep(0)
        going = [run for worker in made for run in worker.runner.runs if not run.over]
        most = max(most, len(going))
        for run in going if len(going) == 3 else ():
            run.end()
    assert most == 3
    assert sorted(name for worker in made for name in worker.began) == sorted(names)


async def test_another_key_is_another_queue(workers: Workers) -> None:
    one, two = await workers(at_once=1), await workers(at_once=1, key="another")
    one.start("a")
    two.start("b")
    await eventually(lambda: one.going == two.going == 1, "both to begin")


async def test_interpreters_leave_one_place_to_programs_at_all_workers(workers: Workers) -> None:
    one, two = await workers(), await workers()
    one.start("talk", repl=True)
    await eventually(lambda: one.began == ["talk"], "it to begin")
    two.start("more talk", repl=True)
    await eventually(lambda: two.places["more talk"] == [1], "it to wait")
    two.start("program")
    await eventually(lambda: two.began == ["program"], "it to begin")


async def test_who_is_stopped_while_waiting_lets_those_at_other_workers_move_up(
    workers: Workers,
) -> None:
    one, two = await workers(at_once=1), await workers(at_once=1)
    one.start("first")
    await eventually(lambda: one.going == 1, "it to begin")
    waits = one.start("second")
    await eventually(lambda: one.places["second"] == [1], "a place")
    two.start("third")
    await eventually(lambda: two.places["third"] == [2], "a place")
    waits.stop()
    await eventually(lambda: two.places["third"] == [2, 1], "its new place")


async def test_places_of_a_worker_that_died_are_given_back(workers: Workers) -> None:
    one, two = await workers(at_once=1), await workers(at_once=1)
    one.start("first")
    await eventually(lambda: one.going == 1, "it to begin")
    one.start("second")
    await eventually(lambda: one.places["second"] == [1], "a place")
    two.start("third")
    await eventually(lambda: two.places["third"] == [2], "a place")
    await one.die()
    await eventually(lambda: two.began == ["third"], "the place to be free")
    assert two.places["third"][-1] <= 2


async def test_a_worker_that_closes_leaves_its_places_at_once(workers: Workers) -> None:
    one, two = await workers(at_once=1), await workers(at_once=1)
    one.start("first")
    await eventually(lambda: one.going == 1, "it to begin")
    two.start("second")
    await eventually(lambda: two.places["second"] == [1], "a place")
    await one.queue.close()
    await eventually(lambda: two.began == ["second"], "it to begin", LEASE_SECONDS / 2)


# -- without Redis ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["kill", "pause"])
async def test_while_redis_is_away_each_worker_goes_by_its_own_count(
    workers: Workers, redis: RedisProcess, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = await workers(at_once=1), await workers(at_once=1)
    one.start("first")
    await eventually(lambda: one.going == 1, "it to begin")
    two.start("second")
    await eventually(lambda: two.places["second"] == [1], "a place")
    getattr(redis, how)()
    await eventually(lambda: two.began == ["second"], "its own count to hold")
    one.start("third")
    await eventually(lambda: one.queue._away, "both to know")
    await eventually(lambda: one.places["third"] == [1], "a place")
    if how == "kill":
        redis.start()
    else:
        redis.resume()
    await eventually(lambda: not (one.queue._away or two.queue._away), "Redis to be back")
    one.run("first").end()
    two.start("fourth")
    await eventually(lambda: two.places["fourth"], "a place")
    assert one.began + two.began == ["first", "second"], "a place of another was taken"
    two.run("second").end()
    for _ in range(2):
        await eventually(lambda: one.going + two.going == 1, "the next one")
        assert one.going + two.going == 1
        next(run for run in (*one.runner.runs, *two.runner.runs) if not run.over).end()
    assert sorted(one.began + two.began) == ["first", "fourth", "second", "third"]
    assert capsys.readouterr().out.count("own count") == 2


async def test_a_redis_that_goes_and_comes_loses_no_run_and_starts_none_twice(
    workers: Workers, redis: RedisProcess
) -> None:
    made = [await workers() for _ in range(2)]
    names = [f"run{number}" for number in range(40)]
    for number, name in enumerate(names):
        made[number % 2].start(name)

    async def serve(until: int) -> None:
        async with asyncio.timeout(60):
            while sum(len(worker.began) for worker in made) < until:
                await asyncio.sleep(0.001)
                for worker in made:
                    for run in worker.runner.runs:
                        run.end()

    for until, change in ((10, redis.kill), (20, redis.start), (30, redis.pause)):
        await serve(until)
        change()
    redis_back = asyncio.get_running_loop().call_later(0.5, redis.resume)
    await serve(40)
    redis_back.cancel()
    redis.resume()
    assert sorted(name for worker in made for name in worker.began) == sorted(names)


async def test_the_first_run_of_a_worker_that_never_reached_redis_begins(
    workers: Workers, redis: RedisProcess
) -> None:
    redis.kill()
    one = await workers()
    run = one.queue.start(Job("python", {"a": ""}, "a"))
    await eventually(lambda: one.began == ["a"], "it to begin")
    one.run("a").begin()
    one.run("a").end()
    kinds = [type(event) async for event in run.events()]
    assert kinds == [Started, Finished]
