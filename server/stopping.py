"""Ending tasks of ours, also those that miss that they were cancelled."""

from __future__ import annotations

import asyncio
from typing import Any, Final

AGAIN_SECONDS: Final = 1.0


async def stop(*tasks: asyncio.Future[Any], again: float = AGAIN_SECONDS) -> None:
    """Cancel ``tasks`` until all are over, whatever they end with; ``again``: once more after so
    many seconds, which must be enough for what they tidy up.

    Once is not always enough: in Python 3.11 ``asyncio.wait_for``, which the database's driver
    uses, forgets a cancellation that comes together with the answer. For the same reason one who
    is cancelled while waiting here waits on, and is told when all are over.
    """
    told: asyncio.CancelledError | None = None
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        try:
            await asyncio.wait(running, timeout=again)
        except asyncio.CancelledError as error:
            told = error
    await asyncio.gather(*tasks, return_exceptions=True)  # or they would be told of in the log
    if told is not None:
        raise told
