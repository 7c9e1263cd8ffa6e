"""What people say in a session: messages numbered by channel, and how far each has read.

Numbers are 1, 2, 3… without a gap, the same for everybody: a message takes the number after the
newest one, and a unique index lets one of two at once have it. (A counter beside the messages
would leave a gap whenever its worker dies before the message is stored.) A message is known by
its author and the key their page made, so that sending it again stores nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pymongo import DESCENDING, UpdateOne
from pymongo.errors import DuplicateKeyError

from server.store.database import CHAT, CHAT_READ, Database, Document, new_id, reaching_storage

Message = Document
"""``{_id, channel, number, author: {_id, name, role}, text, key, createdAt}``, ready for JSON."""


class Page(NamedTuple):
    """Messages of one channel, oldest first; `more`: there are older ones."""

    messages: list[Message]
    more: bool


class ReadMark(NamedTuple):
    """Somebody's place in a channel."""

    session: str
    user: str
    channel: str


class Chat:
    def __init__(self, database: Database) -> None:
        self._messages = database.collection(CHAT)
        self._read = database.collection(CHAT_READ)

    async def add(self, session_id: str, message: Message) -> tuple[Message, bool]:
        """Stores a message, which has everything but `_id` and `number`, as the newest of its
        channel; returns it, and whether it is new: one with the same author and key stays as it
        was."""
        with reaching_storage():
            while True:
                number = await self._last(session_id, message["channel"]) + 1
                row = {"_id": new_id(), "session": session_id, **message, "number": number}
                try:
                    await self._messages.insert_one(row)
                except DuplicateKeyError:
                    known = await self._messages.find_one(
                        {
                            "session": session_id,
                            "author._id": message["author"]["_id"],
                            "key": message["key"],
                        }
                    )
                    if known is not None:
                        return _shown(known), False
                    continue  # somebody else took the number
                return _shown(row), True

    async def page(
        self, session_id: str, channel: str, limit: int, before: int | None = None
    ) -> Page:
        """The newest `limit` messages of a channel, or the newest before that number."""
        wanted: Document = {"session": session_id, "channel": channel}
        if before is not None:
            wanted["number"] = {"$lt": before}
        with reaching_storage():
            rows = await self._messages.find(wanted).sort("number", DESCENDING).to_list(limit + 1)
        return Page([_shown(row) for row in rows[:limit]][::-1], len(rows) > limit)

    async def of_session(self, session_id: str) -> list[Message]:
        """All messages of all channels in the order they were sent."""
        with reaching_storage():
            rows = await self._messages.find({"session": session_id}).to_list()
        return sorted(map(_shown, rows), key=lambda row: (row["createdAt"], row["number"]))

    async def read_marks(self, session_id: str) -> dict[ReadMark, int]:
        """How far everybody has read; who has read nothing is missing."""
        with reaching_storage():
            rows = await self._read.find({"session": session_id}).to_list()
        return {ReadMark(session_id, row["user"], row["channel"]): row["number"] for row in rows}

    async def mark_read(self, marks: Mapping[ReadMark, int]) -> None:
        """Notes how far people have read; nobody goes back."""
        # by _id: the embedded database reads the whole collection to update by anything else
        updates = [
            UpdateOne(
                {"_id": "/".join(mark)},
                {"$max": {"number": number}, "$setOnInsert": mark._asdict()},
                upsert=True,
            )
            for mark, number in marks.items()
        ]
        with reaching_storage():
            await self._read.bulk_write(updates, ordered=False)

    async def _last(self, session_id: str, channel: str) -> int:
        wanted = {"session": session_id, "channel": channel}
        newest = await self._messages.find_one(wanted, {"number": 1}, sort=[("number", DESCENDING)])
        return newest["number"] if newest else 0


def _shown(row: Document) -> Message:
    return {name: value for name, value in row.items() if name != "session"}
