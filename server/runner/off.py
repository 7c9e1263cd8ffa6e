"""No runner: running says so, and everything else works."""

from __future__ import annotations

from server.errors import RunnerOff
from server.runner.base import Job, Language, Run


class NoRunner:
    """A runner that cannot run anything, for ``reason`` (a sentence for people)."""

    def __init__(self, reason: str) -> None:
        self.reason: str | None = reason

    def languages(self) -> list[Language]:
        return []

    async def settle(self) -> None:
        """There is nothing to be tried."""

    def start(self, job: Job) -> Run:
        """Raises ``RunnerOff``."""
        raise RunnerOff(self.reason)

    async def close(self) -> None:
        """There is nothing to stop."""
