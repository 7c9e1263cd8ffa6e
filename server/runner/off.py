"""No runner: running says so, and everything else works."""

from __future__ import annotations

from server.runner.base import Execution, Job, LanguageInfo


class NoRunner:
    """A runner that cannot run anything, for ``reason`` (a sentence for people)."""

    def __init__(self, reason: str) -> None:
        self.reason: str | None = reason

    def languages(self) -> list[LanguageInfo]:
        return []

    def start(self, job: Job) -> Execution:
        """Never to be called: whoever starts a job looks at ``reason`` first."""
        raise RuntimeError(self.reason)
