"""What the database's driver needs in Python 3.11, and from 3.12 on has.

Whoever waits for a server to be found waits at a condition of the driver, half a second at a time,
by ``asyncio.wait_for``. Before Python 3.12 (gh-96764) that waits in a task of its own: somebody who
is cancelled just when the half second is over leaves it behind, and it then takes the condition's
lock for good. No server is found any more after that, however well the database is.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

import pymongo.lock

T = TypeVar("T")


async def wait_for(awaited: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109
    """``asyncio.wait_for`` as it is from Python 3.12 on: it waits in the task that called it.

    Raises ``TimeoutError`` after ``timeout`` seconds."""
    async with asyncio.timeout(timeout):
        return await awaited


def mend() -> None:
    """Have the driver wait that way."""
    if sys.version_info < (3, 12):
        pymongo.lock.wait_for = wait_for  # type: ignore[assignment, attr-defined]
