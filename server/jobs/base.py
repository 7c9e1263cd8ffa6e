"""A task: one thing to be done again and again, and how that went.

What a task does may be killed at any point and is done again later; doing it twice, or in two
places at once, changes nothing more than doing it once.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

log = structlog.stdlib.get_logger(__name__)

Work = Callable[[], Awaitable[int]]
"""Does what there is to do and returns how many things that were."""


@dataclass(slots=True)
class Figures:
    """What is known of a task since this process started."""

    runs: int = 0
    """How often it ended well."""
    errors: int = 0
    """How often it did not."""
    done: int = 0
    """How many things it has done."""
    last_success: datetime | None = None
    seconds: float = 0.0
    """How long it took the last time it ended well."""


@dataclass(frozen=True, slots=True)
class Task:
    """`every`: seconds between two runs; `cron`: the same, roughly, as Inngest wants it."""

    name: str
    every: float
    cron: str
    work: Work
    figures: Figures = field(default_factory=Figures)

    async def run(self) -> int:
        """Does it once; raises what it raises, counted."""
        started = time.monotonic()
        try:
            done = await self.work()
        except Exception:
            self.figures.errors += 1
            raise
        self.figures.runs += 1
        self.figures.done += done
        self.figures.seconds = time.monotonic() - started
        self.figures.last_success = datetime.now(UTC)
        if done:
            log.info("job done", job=self.name, things=done)
        return done
