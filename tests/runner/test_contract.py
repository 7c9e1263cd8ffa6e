"""The sandbox keeps the contract; on the event loop of the server and on the standard one."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from server.runner.base import Runner
from server.runner.sandbox import Sandbox
from tests.contracts.runner_contract import RunnerContract
from tests.runner.programs import execute, job, result, until_printed


@pytest.mark.asyncio(loop_scope="session")
class TestSandbox(RunnerContract):
    @pytest.fixture
    def runner(self, sandbox: Sandbox) -> Runner:
        return sandbox


def test_it_works_on_uvloop() -> None:
    async def story() -> None:
        sandbox = Sandbox()
        await sandbox.open()
        assert sandbox.reason is None
        spoken = sandbox.start(job("print('ready'); print('got', input())", live=True))
        events = spoken.events()
        await until_printed(events, "ready\n")
        assert spoken.write_stdin("this\n")
        await until_printed(events, "got this")
        endless = sandbox.start(job("while True: print('x' * 1000)"))
        assert (await result(endless)).verdict == "output"
        ignored = await execute(sandbox, "print('not reading')", stdin="x" * 1_000_000)
        assert ignored.stdout == "not reading\n"
        stopped = sandbox.start(job("while True: pass"))
        await sandbox.close()
        assert (await result(stopped)).verdict == "stopped"

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(story())
