"""A program that is typed to has a terminal, and leaves nothing of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from server.runner.base import STDIN_BYTES, Event, Job, Limits, Output, Run, Size, Stage, Started
from server.runner.languages import RECIPES, Recipe
from server.runner.sandbox import Sandbox
from tests.helpers.embedded import eventually
from tests.helpers.processes import alive, children_of
from tests.runner.programs import (
    execute,
    gather,
    job,
    marked,
    processes_of,
    result,
    until_printed,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


def begun(sandbox: Sandbox, text: str, main: str | None = None) -> tuple[Run, AsyncIterator[Event]]:
    run = sandbox.start(job(text, live=True, main=main))
    return run, run.events()


async def rest(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


async def test_all_three_streams_are_a_terminal(sandbox: Sandbox) -> None:
    text = "import os; print([os.isatty(n) for n in range(3)], os.environ['TERM'])"
    run = await result(sandbox.start(job(text, live=True)))
    assert run.stdout == "[True, True, True] xterm-256color\n"
    assert run.events[0] == Started(terminal=True)


@pytest.mark.parametrize(("stdin", "live"), [("", False), ("given", False), ("given", True)])
async def test_given_input_and_none_at_all_are_pipes(
    sandbox: Sandbox, stdin: str, live: bool
) -> None:
    text = (
        "import os, sys; print([os.isatty(n) for n in range(3)], 'TERM' in os.environ)\n"
        "print('apart', file=sys.stderr)\n"
    )
    run = await result(sandbox.start(job(text, stdin=stdin, live=live)))
    assert (run.stdout, run.stderr) == ("[False, False, False] False\n", "apart\n")
    assert run.events[0] == Started(terminal=False)


async def test_what_is_typed_is_seen_and_lines_end_with_a_line_feed(sandbox: Sandbox) -> None:
    run, events = begun(sandbox, "print('ready')\nprint('got', input('name? '))")
    seen = await until_printed(events, "name? ")
    assert run.write_stdin("Ada\r")  # as the key Enter is in a terminal
    ended = gather([*seen, *await rest(events)])
    assert ended.stdout == "ready\nname? Ada\ngot Ada\n"
    assert (ended.stderr, ended.verdict) == ("", "ok")


async def test_errors_are_part_of_what_the_terminal_shows(sandbox: Sandbox) -> None:
    run = await result(sandbox.start(job("import sys; sys.exit('no')", live=True)))
    assert (run.stdout, run.stderr, run.finished.exit_code) == ("no\n", "", 1)


async def test_a_whole_character_is_rubbed_out(sandbox: Sandbox) -> None:
    run, events = begun(sandbox, "print('ready')\nprint(ascii(input()))")
    await until_printed(events, "ready\n")
    run.write_stdin("a日\x7fb\n")
    assert gather(await rest(events)).stdout.endswith("'ab'\n")


async def test_ctrl_c_is_an_interrupt_that_a_program_may_catch(sandbox: Sandbox) -> None:
    text = (
        "import time\n"
        "try:\n"
        "    print('ready'); time.sleep(600)\n"
        "except KeyboardInterrupt: print('caught')\n"
    )
    run, events = begun(sandbox, text)
    await until_printed(events, "ready\n")
    run.write_stdin("\x03")
    ended = gather(await rest(events))
    assert ended.stdout == "^Ccaught\n"
    assert (ended.verdict, ended.finished.exit_code) == ("ok", 0)


async def test_ctrl_c_ends_a_program_that_does_not_catch_it(sandbox: Sandbox) -> None:
    run, events = begun(sandbox, "print('ready')\nwhile True: pass")
    await until_printed(events, "ready\n")
    run.write_stdin("\x03")
    ended = gather(await rest(events))
    assert "KeyboardInterrupt" in ended.stdout
    assert (ended.verdict, ended.finished.signal) == ("error", "SIGINT")


async def test_ctrl_c_reaches_all_processes_of_a_program(sandbox: Sandbox) -> None:
    text = (
        "import os, signal, time\n"
        "child = os.fork()\n"
        "try:\n"
        "    if child == 0: print('ready')\n"
        "    time.sleep(600)\n"
        "except KeyboardInterrupt:\n"
        "    if child == 0: os._exit(0)\n"
        "    os.wait(); print('both')\n"
    )
    run, events = begun(sandbox, text)
    await until_printed(events, "ready\n")
    run.write_stdin("\x03")
    ended = gather(await rest(events))
    assert (ended.stdout, ended.verdict) == ("^Cboth\n", "ok")


async def test_ctrl_d_ends_the_input(sandbox: Sandbox) -> None:
    run, events = begun(sandbox, "import sys\nprint('ready')\nprint([*sys.stdin])")
    await until_printed(events, "ready\n")
    run.write_stdin("one\ntwo\n\x04")
    assert gather(await rest(events)).stdout.endswith("['one\\n', 'two\\n']\n")


@pytest.mark.parametrize("typed", ["", "a line\n", "half a line"])
async def test_the_input_can_be_ended_for_a_program(sandbox: Sandbox, typed: str) -> None:
    run, events = begun(sandbox, "import sys\nprint('ready')\nprint([sys.stdin.read()])")
    await until_printed(events, "ready\n")
    run.write_stdin(typed)
    run.close_stdin()
    assert not run.write_stdin("more")
    assert gather(await rest(events)).stdout.endswith(f"{[typed]}\n")


async def test_what_is_typed_before_the_program_is_there_reaches_it(sandbox: Sandbox) -> None:
    run = sandbox.start(job("print([input(), input()])", live=True))
    assert run.write_stdin("early\nbird\n")
    assert (await result(run)).stdout == "early\nbird\n['early', 'bird']\n"


async def test_the_window_has_the_size_that_was_asked_for(sandbox: Sandbox) -> None:
    text = "import os; print(*os.get_terminal_size())"
    asked = Job("python", {"main.py": text}, "main.py", live=True, size=Size(columns=100, rows=30))
    assert (await result(sandbox.start(asked))).stdout == "100 30\n"
    assert (await result(sandbox.start(job(text, live=True)))).stdout == "80 24\n"


async def test_a_program_can_use_its_terminal_in_every_way(sandbox: Sandbox) -> None:
    text = (
        "import os, tty, termios, getpass\n"
        "print(open('/dev/tty', 'w').write('tty\\n'))\n"
        "print(open('/dev/stdout', 'w').write('again\\n'))\n"
        "print(os.tcgetpgrp(0) == os.getpgrp(), os.getsid(0) == os.getpid())\n"
        "print('secret', len(getpass.getpass('key: ')))\n"
        "tty.setraw(0, termios.TCSANOW)\n"
        "print('raw'); print(os.read(0, 1))\n"
    )
    run, events = begun(sandbox, text)
    seen = await until_printed(events, "key: ")
    assert gather_text(seen) == "tty\n4\nagain\n6\nTrue True\nkey: "
    run.write_stdin("hidden\n")
    seen = await until_printed(events, "raw\n")
    assert gather_text(seen) == "\nsecret 6\nraw\n"
    run.write_stdin("\x03")
    assert gather(await rest(events)).stdout == "b'\\x03'\n"


def gather_text(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Output))


async def test_output_cannot_be_stopped_with_ctrl_s(sandbox: Sandbox) -> None:
    run, events = begun(sandbox, "print('ready')\nprint('got', input())")
    await until_printed(events, "ready\n")
    run.write_stdin("\x13x\n")
    assert gather(await rest(events)).stdout.endswith("got \x13x\n")


async def test_characters_are_never_split(sandbox: Sandbox) -> None:
    text = (
        "import os, time\n"
        "for byte in 'añ日🎉'.encode():\n"
        "    os.write(1, bytes([byte])); time.sleep(0.03)\n"
    )
    run = await result(sandbox.start(job(text, live=True)))
    assert run.stdout == "añ日🎉"


async def test_more_output_than_allowed_is_cut_and_ends_the_run(sandbox: Sandbox) -> None:
    mark = marked()
    limits = Limits(output_bytes=100_000)
    text = "while True: print('x' * 99)"
    run = await result(sandbox.start(job(text, live=True, main=mark, limits=limits)))
    assert (run.verdict, run.finished.truncated) == ("output", True)
    assert len(run.stdout) == 100_000
    assert not processes_of(mark)


async def test_all_that_is_printed_at_the_end_arrives(sandbox: Sandbox) -> None:
    text = "import os\nfor n in range(2000): print(n, 'x' * 60)\nos._exit(3)"
    run = await result(sandbox.start(job(text, live=True)))
    assert run.stdout.splitlines() == [f"{n} {'x' * 60}" for n in range(2000)]
    assert run.finished.exit_code == 3


async def test_many_lines_typed_at_once_arrive_whole(sandbox: Sandbox) -> None:
    text = "import sys, time\nprint('ready'); time.sleep(0.2)\nprint(sum(map(int, sys.stdin)))"
    run, events = begun(sandbox, text)
    await until_printed(events, "ready\n")
    run.write_stdin("7\n" * 50_000)
    run.close_stdin()
    assert gather(await rest(events)).stdout.endswith("\n350000\n")


async def test_input_that_nobody_reads_does_no_harm(sandbox: Sandbox) -> None:
    run, events = begun(sandbox, "import time\nprint('ready'); time.sleep(600)")
    await until_printed(events, "ready\n")
    half = "x" * (STDIN_BYTES // 2 - 1) + "\n"
    assert [run.write_stdin(half) for _ in range(3)] == [True, True, False]
    run.stop()
    assert gather(await rest(events)).verdict in ("stopped", "output")


async def test_a_terminal_leaves_no_process_and_no_open_file(sandbox: Sandbox) -> None:
    mark = marked()

    async def some() -> None:
        background = (
            "import os, signal, time\n"
            "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
            "if os.fork() == 0: time.sleep(600)\n"
            "print('parent done')\n"
        )
        run = await result(sandbox.start(job(background, live=True, main=mark)))
        assert (run.stdout, run.verdict) == ("parent done\n", "ok")
        stopped, events = begun(sandbox, "print('on')\nwhile True: pass", main=mark)
        await until_printed(events, "on")
        stopped.stop()
        assert gather(await rest(events)).verdict == "stopped"
        assert not stopped.write_stdin("too late\n")

    await some()
    before = len(os.listdir("/proc/self/fd"))
    await some()
    await eventually(lambda: len(os.listdir("/proc/self/fd")) <= before, "files to be closed")
    assert not processes_of(mark)
    assert not [pid for pid in children_of(os.getpid()) if not alive(pid)]


async def test_stop_at_any_moment_gives_one_end(sandbox: Sandbox) -> None:
    mark = marked()
    text = "import time; time.sleep(600)"
    runs = [sandbox.start(job(text, live=True, main=mark)) for _ in range(20)]
    for turns, run in enumerate(runs):
        for _ in range(turns * 5):
            await asyncio.sleep(0)
        run.stop()
    results = await asyncio.gather(*(result(run) for run in runs))
    assert {each.verdict for each in results} == {"stopped"}
    assert not processes_of(mark)


async def test_one_terminal_is_not_another(sandbox: Sandbox) -> None:
    """Characters pushed into its own terminal's input (TIOCSTI) come nowhere else."""
    push = (
        "import fcntl, os, termios\n"
        "for where in ('/dev/tty', '/dev/console', '/proc/1/fd/0'):\n"
        "    try: fcntl.ioctl(os.open(where, os.O_RDWR), termios.TIOCSTI, b'!')\n"
        "    except OSError: pass\n"
        "print('pushed')\n"
    )
    other, events = begun(sandbox, "print('ready')\nprint('got', input())")
    await until_printed(events, "ready\n")
    assert "pushed\n" in (await result(sandbox.start(job(push, live=True)))).stdout
    other.write_stdin("mine\n")
    assert gather(await rest(events)).stdout == "mine\ngot mine\n"


async def test_memory_that_ran_out_is_still_told(sandbox: Sandbox) -> None:
    run = await result(sandbox.start(job("raise MemoryError", live=True)))
    assert run.verdict == "memory"


async def test_a_compiler_and_its_program_are_told_apart(sandbox: Sandbox) -> None:
    text = (
        "#include <stdio.h>\n#include <unistd.h>\n"
        'int main() { char s[9]; scanf("%8s", s); printf("%s %d\\n", s, isatty(1)); }\n'
    )
    run = sandbox.start(job(text, "c", live=True, main="main.c"))
    assert run.write_stdin("early\n")
    ended = await result(run)
    assert ended.stdout == "early\nearly 1\n"
    stages = [event.name for event in ended.events if isinstance(event, Stage)]
    assert stages == ["compile", "run"]
    wrong = await result(sandbox.start(job("int main() { no }", "c", live=True, main="main.c")))
    assert "error" in wrong.stdout
    assert (wrong.verdict, wrong.stderr) == ("error", "")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: str(recipe.language.id))
async def test_every_language_runs_in_a_terminal(sandbox: Sandbox, recipe: Recipe) -> None:
    language = recipe.language
    program = job(recipe.hello, language.id, live=True, main=language.path)
    run = await result(sandbox.start(program))
    assert (run.stdout, run.stderr, run.verdict) == ("hello\n", "", "ok")


async def test_a_run_without_terminal_still_works_beside(sandbox: Sandbox) -> None:
    run, events = begun(sandbox, "print('ready')\nprint('got', input())")
    await until_printed(events, "ready\n")
    assert (await execute(sandbox, "print(input())", stdin="piped\n")).stdout == "piped\n"
    run.write_stdin("typed\n")
    assert gather(await rest(events)).stdout == "typed\ngot typed\n"
