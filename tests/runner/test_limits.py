"""No program takes more than its share, and nothing of it stays."""

from __future__ import annotations

import asyncio
import os

import pytest

from server.runner.base import FILE_BYTES, OUTPUT_BYTES, STDIN_BYTES, Limits, Output
from server.runner.sandbox import Sandbox
from tests.helpers.embedded import eventually
from tests.helpers.processes import alive, children_of
from tests.runner.programs import (
    execute,
    job,
    marked,
    processes_of,
    result,
    until_printed,
    wait_until_there,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORK_BOMB = """
import os, sys, time
made = 0
try:
    while made < 2000:
        if os.fork() == 0:
            time.sleep(60)
        made += 1
except OSError as error:
    print(made, error.strerror, flush=True)
"""


async def test_sleeping_past_the_wall_clock_is_a_timeout(sandbox: Sandbox) -> None:
    limits = Limits(wall_seconds=0.5)
    run = await execute(sandbox, "import time; time.sleep(60)", limits=limits)
    assert run.verdict == "timeout"
    assert run.finished.exit_code is None
    assert run.finished.signal is None


async def test_cpu_time_of_all_processes_counts_together(sandbox: Sandbox) -> None:
    text = "import os\nos.fork(); os.fork()\nwhile True: pass\n"
    run = await execute(sandbox, text, limits=Limits(wall_seconds=60, cpu_seconds=1))
    assert run.verdict == "timeout"


async def test_cpu_time_of_children_that_ended_counts(sandbox: Sandbox) -> None:
    text = (
        "import os, time\n"
        "while True:\n"
        "    if os.fork() == 0:\n"
        "        began = time.process_time()\n"
        "        while time.process_time() - began < 0.1: pass\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
    )
    run = await execute(sandbox, text, limits=Limits(wall_seconds=60, cpu_seconds=1))
    assert run.verdict == "timeout"


async def test_memory_of_many_processes_counts_together(sandbox: Sandbox) -> None:
    text = (
        "import os, time\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0: break\n"
        "hog = bytearray(os.urandom(2**20)) * 40\n"
        "time.sleep(60)\n"
    )
    limits = Limits(memory_bytes=100 * 2**20, wall_seconds=60)
    assert (await execute(sandbox, text, limits=limits)).verdict == "memory"


async def test_memory_that_processes_share_counts_once(sandbox: Sandbox) -> None:
    text = (
        "import os, time\n"
        "shared = bytearray(os.urandom(2**20)) * 60\n"
        "children = []\n"
        "for _ in range(6):\n"
        "    child = os.fork()\n"
        "    if child == 0: time.sleep(0.5); os._exit(0)\n"
        "    children.append(child)\n"
        "for child in children: os.waitpid(child, 0)\n"
        "print('fine')\n"
    )
    run = await execute(sandbox, text, limits=Limits(memory_bytes=128 * 2**20, wall_seconds=60))
    assert (run.stdout, run.verdict) == ("fine\n", "ok")


async def test_a_fork_bomb_is_contained_and_leaves_nothing(sandbox: Sandbox) -> None:
    mark = marked()
    run = await result(sandbox.start(job(FORK_BOMB, main=mark)))
    made, _, why = run.stdout.partition(" ")
    assert int(made) < Limits().processes
    assert why == os.strerror(11) + "\n"
    assert not processes_of(mark)


async def test_an_endless_fork_bomb_ends_with_the_run(sandbox: Sandbox) -> None:
    mark = marked()
    text = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n"
    limits = Limits(wall_seconds=2, cpu_seconds=1, processes=32)
    run = await result(sandbox.start(job(text, main=mark, limits=limits)))
    assert run.verdict == "timeout"
    assert not processes_of(mark)
    assert (await execute(sandbox, "print('next')")).stdout == "next\n"


async def test_children_left_behind_are_ended(sandbox: Sandbox) -> None:
    mark = marked()
    text = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.close(0); os.close(1); os.close(2); time.sleep(600)\n"
        "    os._exit(0)\n"
        "os.wait(); print('parent done')\n"
    )
    run = await result(sandbox.start(job(text, main=mark)))
    assert (run.stdout, run.verdict) == ("parent done\n", "ok")
    assert not processes_of(mark)


async def test_stop_leaves_nothing(sandbox: Sandbox) -> None:
    mark = marked()
    text = (
        "import os, signal, time\n"
        "for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    signal.signal(each, signal.SIG_IGN)\n"
        "os.fork(); os.fork(); os.write(1, b'ready\\n'); time.sleep(600)\n"
    )
    run = sandbox.start(job(text, main=mark))
    events = run.events()
    await until_printed(events, "ready\n" * 4)
    wait_until_there(mark)
    run.stop()
    assert [event async for event in events][-1].verdict == "stopped"  # type: ignore[union-attr]
    assert not processes_of(mark)


async def test_stop_at_any_moment_gives_one_end(sandbox: Sandbox) -> None:
    mark = marked()
    runs = [sandbox.start(job("import time; time.sleep(600)", main=mark)) for _ in range(30)]
    for turns, run in enumerate(runs):
        for _ in range(turns * 5):
            await asyncio.sleep(0)
        run.stop()
    results = await asyncio.gather(*(result(run) for run in runs))
    assert {each.verdict for each in results} == {"stopped"}
    assert not processes_of(mark)


async def test_a_run_stopped_in_the_queue_never_starts() -> None:
    sandbox = Sandbox(concurrent=1)
    await sandbox.open()
    first = sandbox.start(job("import time; print('on'); time.sleep(600)"))
    await until_printed(first.events(), "on")
    second, third = sandbox.start(job("print(2)")), sandbox.start(job("print(3)"))
    second.stop()
    assert [type(event).__name__ for event in (await result(second)).events] == ["Finished"]
    first.stop()
    assert (await result(third)).stdout == "3\n"
    await sandbox.close()


async def test_a_flood_comes_in_few_events_up_to_the_limit(sandbox: Sandbox) -> None:
    text = "import os\nwhile True: os.write(1, b'y\\n'); os.write(2, b'n\\n')\n"
    run = await execute(sandbox, text)
    assert run.verdict == "output"
    assert run.finished.truncated
    assert len(run.stdout) + len(run.stderr) == OUTPUT_BYTES
    outputs = [event for event in run.events if isinstance(event, Output)]
    assert len(outputs) < OUTPUT_BYTES / 100


async def test_one_file_is_limited(sandbox: Sandbox) -> None:
    text = (
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "f = open('big', 'wb', buffering=0)\n"
        "try:\n"
        "    while True: f.write(bytes(2**20))\n"
        "except OSError as error: print(f.tell(), error.strerror)\n"
    )
    assert (await execute(sandbox, text)).stdout == f"{FILE_BYTES} File too large\n"


@pytest.mark.parametrize("folder", ["/work", "/tmp", "/dev/shm"])
async def test_the_disk_cannot_be_filled(sandbox: Sandbox, folder: str) -> None:
    text = (
        "total = 0\n"
        "try:\n"
        "    for n in range(1000):\n"
        f"        total += open(f'{folder}/{{n}}', 'wb', buffering=0).write(bytes(2**20))\n"
        "except OSError as error: print(total <= 2**25, error.strerror)\n"
    )
    assert (await execute(sandbox, text)).stdout == "True No space left on device\n"


async def test_open_files_are_limited(sandbox: Sandbox) -> None:
    text = (
        "files = []\n"
        "try:\n"
        "    while True: files.append(open('/dev/null'))\n"
        "except OSError as error: print(len(files) < 300, error.strerror)\n"
    )
    assert (await execute(sandbox, text)).stdout == "True Too many open files\n"


async def test_limits_cannot_be_raised_from_inside(sandbox: Sandbox) -> None:
    text = (
        "import resource as r\n"
        "for what in (r.RLIMIT_NPROC, r.RLIMIT_DATA, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE):\n"
        "    try: r.setrlimit(what, (r.RLIM_INFINITY, r.RLIM_INFINITY)); print('raised', what)\n"
        "    except (ValueError, OSError): pass\n"
    )
    assert (await execute(sandbox, text)).stdout == ""


async def test_a_crash_names_its_signal(sandbox: Sandbox) -> None:
    run = await execute(sandbox, "import ctypes; ctypes.string_at(0)")
    assert (run.verdict, run.finished.signal, run.finished.exit_code) == ("error", "SIGSEGV", None)
    assert run.stderr == ""


async def test_big_input_arrives_whole(sandbox: Sandbox) -> None:
    text = "import sys; print(sum(map(int, sys.stdin)))"
    lines = "7\n" * (STDIN_BYTES // 2)
    assert (await execute(sandbox, text, stdin=lines)).stdout == f"{7 * STDIN_BYTES // 2}\n"


async def test_big_input_that_nobody_reads_does_no_harm(sandbox: Sandbox) -> None:
    run = await execute(sandbox, "print('done')", stdin="x" * STDIN_BYTES)
    assert (run.stdout, run.verdict) == ("done\n", "ok")


async def test_input_is_bounded(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="at most"):
        job("", stdin="x" * (STDIN_BYTES + 1))
    run = sandbox.start(job("import time; time.sleep(600)", live=True))
    half = "x" * (STDIN_BYTES // 2)
    assert [run.write_stdin(half) for _ in range(3)] == [True, True, False]
    run.stop()
    assert (await result(run)).verdict == "stopped"


async def test_live_input_can_be_ended(sandbox: Sandbox) -> None:
    run = sandbox.start(job("import sys; print(sys.stdin.read())", stdin="all ", live=True))
    assert run.write_stdin("of it")
    run.close_stdin()
    assert not run.write_stdin("more")
    assert (await result(run)).stdout == "all of it\n"


async def test_runs_leave_no_open_files_or_children(sandbox: Sandbox) -> None:
    async def some() -> None:
        texts = ("print(1)", "1 / 0", "while True: print('x' * 1000)")
        await asyncio.gather(*(execute(sandbox, text) for text in texts))

    await some()
    before = len(os.listdir("/proc/self/fd"))
    await some()
    await eventually(lambda: len(os.listdir("/proc/self/fd")) <= before, "files to be closed")
    assert not [pid for pid in children_of(os.getpid()) if not alive(pid)]


async def test_the_loop_goes_on_while_twenty_runs_are_busy() -> None:
    sandbox = Sandbox(concurrent=20)
    await sandbox.open()
    patient = Limits(wall_seconds=100, cpu_seconds=100)
    busy = job("print('busy', flush=True)\nwhile True: pass", limits=patient)
    runs = [sandbox.start(busy) for _ in range(20)]
    events = [run.events() for run in runs]
    await asyncio.gather(*(until_printed(each, "busy") for each in events))
    for _ in range(50):  # turns of the loop, all of them while twenty compute
        await asyncio.sleep(0.001)
    for run in runs:
        run.stop()
    for each in events:
        assert [event async for event in each][-1].verdict == "stopped"  # type: ignore[union-attr]
    await sandbox.close()
