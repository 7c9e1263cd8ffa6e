"""Runs wait their turn, are told their place, and may leave."""

from __future__ import annotations

import pytest

from server.runner.base import Runner
from server.runner.queue import Queued
from server.runner.sandbox import Sandbox
from tests.contracts.queue_contract import MakeQueue, QueueContract
from tests.contracts.runner_contract import RunnerContract


@pytest.mark.asyncio(loop_scope="session")
class TestQueuedRuns(RunnerContract):
    @pytest.fixture
    def runner(self, sandbox: Sandbox) -> Runner:
        return Queued(sandbox, 2)


@pytest.mark.asyncio(loop_scope="session")
class TestQueued(QueueContract):
    @pytest.fixture
    def make_queue(self) -> MakeQueue:
        async def make(runner: Runner, at_once: int) -> Queued:
            return Queued(runner, at_once)

        return make
