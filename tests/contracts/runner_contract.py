"""What every runner must do, in Python programs; a backend's tests subclass it."""

from __future__ import annotations

import asyncio

import pytest

from server.runner.base import Finished, Job, Limits, Output, Runner, Started, UnknownLanguage
from tests.runner.programs import execute, job, result, until_printed


class RunnerContract:
    """Subclasses give a fixture `runner`, with at least Python."""

    async def test_it_is_on_and_names_its_languages(self, runner: Runner) -> None:
        assert runner.reason is None
        assert "python" in {language.id for language in runner.languages()}

    async def test_events_begin_with_started_and_end_with_finished(self, runner: Runner) -> None:
        run = await execute(runner, "print('hello')")
        assert isinstance(run.events[0], Started)
        assert isinstance(run.events[-1], Finished)
        assert all(isinstance(event, Output) for event in run.events[1:-1])
        assert (run.stdout, run.stderr, run.verdict) == ("hello\n", "", "ok")
        assert run.finished.exit_code == 0

    async def test_streams_are_told_apart(self, runner: Runner) -> None:
        run = await execute(runner, "import sys; print('a'); print('b', file=sys.stderr)")
        assert (run.stdout, run.stderr) == ("a\n", "b\n")

    async def test_another_exit_code_is_an_error(self, runner: Runner) -> None:
        run = await execute(runner, "raise SystemExit(7)")
        assert (run.verdict, run.finished.exit_code, run.finished.signal) == ("error", 7, None)

    async def test_given_input_is_read_and_then_ends(self, runner: Runner) -> None:
        run = await execute(runner, "import sys; print(sys.stdin.read().upper())", stdin="höß\n")
        assert run.stdout.strip() == "HÖSS"

    async def test_output_arrives_while_the_program_still_runs(self, runner: Runner) -> None:
        run = runner.start(job("print('ready'); print('got', input())", live=True))
        events = run.events()
        await until_printed(events, "ready\n")
        assert run.write_stdin("this\n")
        await until_printed(events, "got this")
        assert isinstance([event async for event in events][-1], Finished)

    async def test_stop_ends_a_run_in_the_middle(self, runner: Runner) -> None:
        run = runner.start(job("print('ready')\nwhile True: pass"))
        events = run.events()
        await until_printed(events, "ready\n")
        run.stop()
        *_, last = [event async for event in events]
        assert isinstance(last, Finished)
        assert last.verdict == "stopped"
        assert not run.write_stdin("too late\n")

    async def test_a_loop_without_end_is_a_timeout(self, runner: Runner) -> None:
        limits = Limits(wall_seconds=1, cpu_seconds=1)
        run = await execute(runner, "print('on')\nwhile True: pass", limits=limits)
        assert (run.verdict, run.stdout) == ("timeout", "on\n")

    async def test_characters_are_never_split(self, runner: Runner) -> None:
        text = (
            "import os, time\n"
            "for byte in 'añ日🎉'.encode():\n"
            "    os.write(1, bytes([byte])); time.sleep(0.03)\n"
        )
        run = await execute(runner, text)
        assert run.stdout == "añ日🎉"

    async def test_more_output_than_allowed_is_cut_and_ends_the_run(self, runner: Runner) -> None:
        limits = Limits(output_bytes=1000)
        run = await execute(runner, "while True: print('x' * 99)", limits=limits)
        assert (run.verdict, run.finished.truncated) == ("output", True)
        assert len(run.stdout) <= 1000

    async def test_a_language_that_is_not_there_is_refused(self, runner: Runner) -> None:
        with pytest.raises(UnknownLanguage):
            runner.start(Job("cobol", {"main.cob": ""}, "main.cob"))

    async def test_runs_side_by_side_do_not_mix(self, runner: Runner) -> None:
        runs = [runner.start(job(f"print({number})")) for number in range(6)]
        results = await asyncio.gather(*(result(run) for run in runs))
        assert [run.stdout for run in results] == [f"{number}\n" for number in range(6)]
