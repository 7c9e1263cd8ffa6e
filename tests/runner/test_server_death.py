"""Whatever ends the server ends the programs it runs."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runner.programs import marked, wait_until_gone

ROOT = Path(__file__).parents[2]

SERVER = """
import asyncio, sys
from server.runner.base import Job, Output
from server.runner.sandbox import Sandbox

async def main():
    sandbox = Sandbox()
    await sandbox.open()
    text = "import os, time; os.fork(); print('on', flush=True); time.sleep(600)"
    run = sandbox.start(Job("python", {sys.argv[1]: text}, sys.argv[1]))
    async for event in run.events():
        if isinstance(event, Output):
            print("on", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_programs_end_with_the_server(how: signal.Signals) -> None:
    mark = marked()
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, mark], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "on\n"
        server.send_signal(how)
    wait_until_gone(mark)
