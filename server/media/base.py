"""What carries a session's video and chat, in words.

- A call and a chat channel are known by the session's `callId`.
- ``check`` returns when it would do what it is asked, else it raises ``MediaUnavailable``.
- ``remove`` returns when nothing of them is left, also when there was nothing; doing it again
  is fine. It raises ``MediaUnavailable`` when that could not be reached.
"""

from __future__ import annotations

from typing import Protocol


class MediaUnavailable(Exception):
    """Whatever carries video and chat did not do what it was asked; the text says why."""


class Media(Protocol):
    async def check(self) -> None: ...

    async def remove(self, call_id: str) -> None: ...

    async def close(self) -> None: ...
