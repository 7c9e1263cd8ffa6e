"""An interpreter that is typed to, beside the files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.runner.base import (
    Event,
    Finished,
    Job,
    Limits,
    Run,
    Started,
    UnknownLanguage,
    Waiting,
)
from server.runner.queue import Queued
from server.runner.sandbox import Sandbox
from tests.runner.programs import gather, job, marked, processes_of, until_printed, wait_until_there

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILES = {"lib/answer.py": "value = 6 * 7\n", "answer.js": "module.exports = 6 * 7\n"}
PROMPTS = {"python": ">>> ", "javascript": "> "}


def repl(language: str, limits: Limits | None = None) -> Job:
    return Job(language, FILES, "", live=True, repl=True, limits=limits or Limits().of_repl())


async def prompted(run: Run, language: str) -> AsyncIterator[Event]:
    events = run.events()
    await until_printed(events, PROMPTS[language])
    return events


async def rest(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


@pytest.mark.parametrize(
    ("language", "asks", "ends"),
    [
        ("python", "from lib.answer import value; value * 10", "\x04"),
        ("python", "import lib.answer; lib.answer.value * 10", "quit()\r"),
        ("javascript", "require('./answer.js') * 10", "\x04"),
        ("javascript", "require('./answer.js') * 10", ".exit\r"),
    ],
)
async def test_an_interpreter_answers_and_sees_the_files(
    sandbox: Sandbox, language: str, asks: str, ends: str
) -> None:
    run = sandbox.start(repl(language))
    events = await prompted(run, language)
    run.write_stdin(asks + "\r")
    await until_printed(events, "420")  # in colour, where the interpreter does that
    run.write_stdin(ends)
    ended = gather(await rest(events))
    assert (ended.verdict, ended.finished.exit_code) == ("ok", 0)


@pytest.mark.parametrize(
    ("language", "loop"),
    [
        ("python", "print('o' + 'n'); __import__('time').sleep(600)\r"),
        ("javascript", "console.log('o' + 'n'); while (true) {}\r"),
    ],
)
async def test_ctrl_c_ends_what_was_asked_and_not_the_interpreter(
    sandbox: Sandbox, language: str, loop: str
) -> None:
    run = sandbox.start(repl(language))
    events = await prompted(run, language)
    run.write_stdin(loop)
    await until_printed(events, "on\n")
    run.write_stdin("\x03")
    run.write_stdin("'go' + 'es on'\r")
    await until_printed(events, "goes on")
    run.stop()
    assert gather(await rest(events)).verdict == "stopped"


async def test_it_ends_when_nothing_is_typed(sandbox: Sandbox) -> None:
    limits = replace(Limits(), wall_seconds=600, idle_seconds=1)
    run = sandbox.start(repl("python", limits))
    ended = gather(await rest(run.events()))
    assert (ended.verdict, ended.finished.message) == (
        "timeout",
        "Ended, as nothing was typed for some minutes.",
    )


async def test_typing_keeps_it(sandbox: Sandbox) -> None:
    limits = replace(Limits(), wall_seconds=600, idle_seconds=3)
    run = sandbox.start(repl("python", limits))
    events = await prompted(run, "python")
    run.write_stdin("import time\r")
    for number in range(3):  # longer together than it may be idle
        run.write_stdin(f"time.sleep(1.2); 'still' + ' here {number}'\r")
        await until_printed(events, f"still here {number}")
    run.stop()
    assert gather(await rest(events)).verdict == "stopped"


async def test_it_leaves_nothing(sandbox: Sandbox) -> None:
    mark = marked()
    run = sandbox.start(repl("python"))
    events = await prompted(run, "python")
    run.write_stdin("import subprocess\r")
    run.write_stdin(f"subprocess.Popen(['sh', '-c', 'sleep 600; true', '{mark}']) and 'a' + 'b'\r")
    await until_printed(events, "'ab'")
    wait_until_there(mark)
    run.stop()
    assert gather(await rest(events)).verdict == "stopped"
    assert not processes_of(mark)


async def test_not_every_language_can_be_typed_to(sandbox: Sandbox) -> None:
    with pytest.raises(UnknownLanguage):
        sandbox.start(repl("java"))
    with pytest.raises(UnknownLanguage):
        Queued(sandbox, 1).start(repl("java"))
    typed = {language.id for language in sandbox.languages() if language.repl}
    assert typed == {"python", "javascript"}


async def test_it_has_no_program_and_no_given_input() -> None:
    with pytest.raises(ValueError, match="REPL"):
        Job("python", {"main.py": ""}, "main.py", live=True, repl=True)
    with pytest.raises(ValueError, match="REPL"):
        Job("python", {}, "", "given", live=True, repl=True)
    with pytest.raises(ValueError, match="REPL"):
        Job("python", {}, "", repl=True)


async def test_they_leave_a_place_to_programs(sandbox: Sandbox) -> None:
    queue = Queued(sandbox, 2)
    first, second = queue.start(repl("python")), queue.start(repl("python"))
    await prompted(first, "python")
    program = queue.start(job("print(1)"))
    ended = gather(await rest(program.events()))
    assert (ended.stdout, ended.verdict) == ("1\n", "ok")
    waiting = second.events()
    assert await anext(waiting) == Waiting(1)
    first.stop()
    assert isinstance(await anext(waiting), Started)
    second.stop()
    *_, last = await rest(waiting)
    assert isinstance(last, Finished)
