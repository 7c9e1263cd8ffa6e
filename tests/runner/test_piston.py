"""Piston keeps the contract where it can, and its quirks do not reach people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from server.errors import RunnerOff
from server.runner.base import Finished, Job, Limits, Output, Run, Runner, Stage, Started
from server.runner.piston.runner import PistonRunner
from tests.contracts.runner_contract import RunnerContract
from tests.helpers.piston import PYTHON, Piston, piston
from tests.runner.programs import execute, gather, job, result, until_printed

QUICK = Limits(wall_seconds=2, cpu_seconds=2)


@pytest.fixture(scope="session", params=[True, False], ids=["new", "old"])
def both(request: pytest.FixtureRequest) -> Iterator[Piston]:
    with piston(modern=request.param) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def runner(both: Piston) -> AsyncIterator[PistonRunner]:
    async with opened(both) as made:
        yield made


@asynccontextmanager
async def opened(made: Piston, **options: Any) -> AsyncIterator[PistonRunner]:
    runner = PistonRunner(made.url, **options)
    await runner.open()
    try:
        yield runner
    finally:
        await runner.close()


@pytest.mark.asyncio(loop_scope="session")
class TestPiston(RunnerContract):
    """Two are not to be had: Piston gives output of a run without typing at its end, and it
    decodes chunks one by one."""

    async def test_stop_ends_a_run_in_the_middle(self, runner: Runner) -> None:
        limits = Limits(wall_seconds=3)
        text = "print('ready')\nwhile True: pass"
        run = runner.start(job(text, live=True, limits=limits))
        events = run.events()
        await until_printed(events, "ready\n")
        run.stop()
        *_, last = [event async for event in events]
        assert isinstance(last, Finished)
        assert last.verdict == "stopped"
        assert "goes on there until its own limit" in last.message
        assert not run.write_stdin("too late\n")

    async def test_characters_are_never_split(self, runner: Runner) -> None:
        run = await execute(runner, "print('añ日🎉')")
        assert run.stdout == "añ日🎉\n"


class TestWithoutTyping:
    async def test_input_comes_as_it_was_given(self) -> None:
        text = "import sys; print(repr(sys.stdin.read()))"
        with piston() as made:
            async with opened(made) as runner:
                assert (await execute(runner, text)).stdout == "''\n"
                assert (await execute(runner, text, stdin="a")).stdout == "'a'\n"

    async def test_more_input_than_a_pipe_holds_is_refused(self) -> None:
        with piston() as made:
            async with opened(made) as runner:
                asked = Job("bash", {"main.sh": "exit"}, "main.sh", "x" * 70_000)
                run = await result(runner.start(asked))
                assert run.verdict == "failed"
                assert "64 kB" in run.finished.message

    async def test_more_than_a_request_may_be_is_refused_before_it_is_sent(self) -> None:
        with piston() as made:
            async with opened(made) as runner:
                before = len(made.bodies)
                run = await execute(runner, "#" * 110_000)
                assert (run.verdict, len(made.bodies)) == ("failed", before)
                assert "100 kB" in run.finished.message

    @pytest.mark.parametrize("modern", [True, False])
    async def test_output_that_piston_cuts_is_told_from_time(self, modern: bool) -> None:
        with piston(modern=modern) as made:
            async with opened(made) as runner:
                run = await execute(runner, "print('x' * 5000)\nwhile True: pass")
                assert (run.verdict, run.finished.truncated) == ("output", True)
                assert "PISTON_OUTPUT_MAX_SIZE" in run.finished.message
                assert run.stderr == ""
                late = await execute(runner, "while True: pass", limits=Limits(wall_seconds=1))
                assert (late.verdict, late.finished.message) == ("timeout", "")

    @pytest.mark.parametrize("live", [True, False])
    async def test_limits_that_are_lower_there_are_learnt_and_told(self, live: bool) -> None:
        limits = {"run_timeout": 400, "run_cpu_time": 300}
        with piston(limits=limits) as made:
            async with opened(made) as runner:
                run = await result(runner.start(job("while True: pass", live=live)))
                assert run.verdict == "timeout"
                assert "0.4 s: raise PISTON_RUN_TIMEOUT" in run.finished.message
                assert made.bodies[-1]["run_cpu_time"] == 300

    async def test_a_death_by_signal_has_its_name_and_no_line_of_bash(self) -> None:
        text = "import os\nos.kill(os.getpid(), 11)"
        with piston() as made:
            async with opened(made) as runner:
                run = await execute(runner, text)
                found = (run.verdict, run.finished.signal, run.finished.exit_code)
                assert found == ("error", "SIGSEGV", None)

    async def test_a_compiler_is_a_stage_of_its_own(self) -> None:
        with piston() as made:
            async with opened(made) as runner:
                asked = Job("typescript", {"main.ts": "broken"}, "main.ts")
                run = await result(runner.start(asked))
                assert [type(event) for event in run.events] == [Started, Stage, Output, Finished]
                assert (run.verdict, run.stderr) == ("error", "main.ts(1,1): error TS1005\n")


class TestTyping:
    async def test_a_compiled_program_is_told_what_was_typed_before_it_ran(self) -> None:
        with piston() as made:
            async with opened(made) as runner:
                text = "read word; echo got $word"
                asked = Job("typescript", {"main.ts": text}, "main.ts", live=True)
                run = runner.start(asked)
                assert run.write_stdin("this\n")
                done = await result(run)
                assert (done.stdout, done.verdict) == ("got this\n", "ok")
                stages = [event.name for event in done.events if isinstance(event, Stage)]
                assert stages == ["compile", "run"]

    async def test_what_does_not_compile_does_not_run(self) -> None:
        with piston() as made:
            async with opened(made) as runner:
                asked = Job("typescript", {"main.ts": "broken"}, "main.ts", live=True)
                run = await result(runner.start(asked))
                assert (run.verdict, run.finished.exit_code) == ("error", 2)

    async def test_input_that_would_end_piston_is_not_taken(self) -> None:
        with piston() as made:
            async with opened(made) as runner:
                run = runner.start(job("print('ready')\ninput()", live=True))
                events = run.events()
                await until_printed(events, "ready\n")
                assert not run.write_stdin("x" * 70_000)
                assert run.write_stdin("\n")
                rest = gather([event async for event in events])
                assert (rest.verdict, made.crashed) == ("ok", False)

    async def test_without_a_websocket_it_runs_and_says_that_nothing_can_be_typed(self) -> None:
        with piston(socket=False) as made:
            async with opened(made) as runner:
                run = await result(runner.start(job("print('hello')", live=True)))
                assert (run.verdict, run.stdout) == ("ok", "hello\n")
                assert "nothing can be typed" in run.finished.message

    async def test_a_piston_that_dies_in_the_middle_is_told(self) -> None:
        with piston(dies=True) as made:
            async with opened(made) as runner:
                run = await result(runner.start(job("print('hello')", live=True)))
                assert (run.verdict, run.stdout) == ("failed", "hello\n")
                assert "broke off" in run.finished.message

    async def test_a_flood_is_cut_and_left_alone(self) -> None:
        with piston() as made:
            async with opened(made) as runner:
                limits = Limits(wall_seconds=1, output_bytes=1000)
                flood = job("while True: print('x' * 99)", live=True, limits=limits)
                run = await result(runner.start(flood))
                assert (run.verdict, run.finished.truncated) == ("output", True)
                assert len(run.stdout) <= 1000
                assert "goes on there" in run.finished.message


class TestBeingThere:
    @pytest.mark.parametrize("status", [401, 403, 429])
    async def test_one_that_does_not_serve_us_is_not_available(self, status: int) -> None:
        with piston(status=status) as made:
            async with opened(made) as runner:
                assert runner.reason is not None
                assert runner.reason.startswith("Not available: ")
                with pytest.raises(RunnerOff):
                    runner.start(job(""))

    async def test_the_authorization_opens_it(self) -> None:
        with piston(authorization="Bearer secret") as made:
            async with opened(made, authorization="Bearer secret") as runner:
                assert (await execute(runner, "print(1)")).stdout == "1\n"
                live = await result(runner.start(job("print(2)", live=True)))
                assert live.stdout == "2\n"

    async def test_one_that_is_not_there_is_found_when_it_comes(self) -> None:
        with piston(status=500) as made:
            async with opened(made, refresh_seconds=0.05) as runner:
                assert runner.reason == "Piston failed with 500."
                made.status = None
                while runner.reason is not None:  # noqa: ASYNC110 - a runner calls nobody back
                    await asyncio.sleep(0)
                assert "python" in {language.id for language in runner.languages()}

    async def test_a_run_that_waits_never_starts_once_stopped(self) -> None:
        with piston() as made:
            async with opened(made, concurrent=1) as runner:
                first = runner.start(job("print('ready'); input()", live=True))
                await until_printed(first.events(), "ready\n")
                second: Run = runner.start(job("print(2)"))
                second.stop()
                assert [type(event) async for event in second.events()] == [Finished]
                first.write_stdin("\n")

    async def test_a_language_that_was_taken_away_there_is_told(self) -> None:
        with piston() as made:
            async with opened(made) as runner:
                made.runtimes = []
                for live in (True, False):
                    run = await result(runner.start(job("", live=live)))
                    assert run.verdict == "failed"
                    assert "no longer has this language" in run.finished.message

    async def test_the_newest_version_is_taken(self) -> None:
        newer = [{**PYTHON, "version": version} for version in ("3.9.4", "3.10.0", "3.10.0-rc1")]
        with piston(runtimes=newer) as made:
            async with opened(made) as runner:
                await execute(runner, "")
                assert made.bodies[-1]["version"] == "3.10.0"
