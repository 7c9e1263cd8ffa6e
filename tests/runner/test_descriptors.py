"""The descriptors that programs are connected by are closed once each. A second time would close
what has that number by then: a file that another thread opened, a connection, another program's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.helpers.server import ROOT

TELLS_OF_A_SECOND_CLOSE = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int close(int descriptor) {
    long result = syscall(SYS_close, descriptor);
    if (result == -1 && errno == EBADF) {
        dprintf(2, "%d is closed already\n", descriptor);
        errno = EBADF;
    }
    return result;
}
"""

ROUNDS = 8
"""More than descriptors may still be open before them, so that one left by each is told apart."""

SERVER = f"""
import asyncio, os, uvloop
from server.runner.base import Job
from server.runner.sandbox import Sandbox

def job(text, **more):
    return Job("python", {{"main.py": text}}, "main.py", **more)

async def end_of(run):
    async for event in run.events():
        last = event
    return last.verdict.value

async def all_ways(sandbox):
    read = await end_of(sandbox.start(job("print(input())", stdin="read")))
    unread = await end_of(sandbox.start(job("print('unread')", stdin="x" * 100_000)))
    typed = sandbox.start(job("print(input())", live=True))
    typed.write_stdin("typed\\n")
    endless = sandbox.start(job("while True: print(1)"))
    stopped = sandbox.start(job("while True: pass"))
    async for event in stopped.events():
        stopped.stop()
    return read, unread, await end_of(typed), await end_of(endless), event.verdict.value

async def main():
    sandbox = Sandbox()
    await sandbox.open()
    await sandbox.settle()
    await all_ways(sandbox)
    before = len(os.listdir("/proc/self/fd"))  # or a few more: whoever looks at programs ends later
    for _ in range({ROUNDS}):
        print(*await all_ways(sandbox))
    async with asyncio.timeout(30):
        while len(os.listdir("/proc/self/fd")) > before:
            await asyncio.sleep(0.01)
    await sandbox.close()

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""


def test_descriptors_of_programs_are_closed_and_closed_once(tmp_path: Path) -> None:
    library = tmp_path / "closes.so"
    (tmp_path / "closes.c").write_text(TELLS_OF_A_SECOND_CLOSE)
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-o", library, tmp_path / "closes.c"],
        check=True,
    )
    server = subprocess.run(
        [sys.executable, "-c", SERVER],
        cwd=ROOT,
        env=os.environ | {"LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
    )
    assert server.stderr == ""
    assert server.stdout == "ok ok ok output stopped\n" * ROUNDS
