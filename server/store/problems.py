"""Problems that people wrote themselves; one that was deleted stays for its sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from server.errors import NoSuchProblem, TitleTaken, TooManyProblems
from server.problems import Draft, Problem, complete, key
from server.store.database import PROBLEMS, Database, Document, change_one, now, reaching_storage

MOST_PROBLEMS: Final = 200
"""That one person may have at a time."""


class OwnProblem(msgspec.Struct, frozen=True):
    """A problem with its owner's id; `draft` is what the owner wrote."""

    id: str
    owner: str
    draft: Draft
    created_at: datetime
    updated_at: datetime

    @property
    def problem(self) -> Problem:
        return complete(self.draft, self.id)


class OwnSummary(msgspec.Struct, frozen=True):
    """What a list shows of one."""

    id: str = msgspec.field(name="_id")
    title: str
    difficulty: str
    tags: list[str]


class OwnProblems:
    """Every draft that comes in has been checked."""

    def __init__(self, database: Database) -> None:
        self._problems = database.collection(PROBLEMS)

    async def add(self, problem_id: str, owner: str, draft: Draft) -> OwnProblem:
        """Raises TitleTaken when the owner has one of this title, or TooManyProblems."""
        with reaching_storage():
            count = await self._problems.count_documents(_living(owner), limit=MOST_PROBLEMS)
        if count >= MOST_PROBLEMS:
            raise TooManyProblems(f"You have {MOST_PROBLEMS} problems; delete one first.")
        moment = now()
        row = {
            "_id": problem_id,
            "owner": owner,
            **_fields(draft),
            "createdAt": moment,
            "updatedAt": moment,
            "deletedAt": None,
        }
        with reaching_storage():
            try:
                await self._problems.insert_one(row)
            except DuplicateKeyError as error:
                raise TitleTaken(field="title") from error
        return _read(row)

    async def replace(self, problem_id: str, owner: str, draft: Draft) -> OwnProblem:
        """Raises NoSuchProblem, or TitleTaken."""
        change = {"$set": {**_fields(draft), "updatedAt": now()}}
        with reaching_storage():
            try:
                row = await change_one(
                    self._problems, {"_id": problem_id, **_living(owner)}, change
                )
            except DuplicateKeyError as error:
                raise TitleTaken(field="title") from error
        if row is None:
            raise NoSuchProblem
        return _read(row)

    async def delete(self, problem_id: str, owner: str) -> None:
        """Raises NoSuchProblem, also when it has been deleted already."""
        with reaching_storage():
            done = await self._problems.update_one(
                {"_id": problem_id, **_living(owner)}, {"$set": {"deletedAt": now()}}
            )
        if not done.matched_count:
            raise NoSuchProblem

    async def find(self, id_or_title: str, owner: str) -> OwnProblem | None:
        """One of this owner's by its id, or by its title whatever the case."""
        with reaching_storage():
            row = await self._problems.find_one({**_living(owner), "_id": id_or_title})
            if row is None:
                row = await self._problems.find_one({**_living(owner), "key": key(id_or_title)})
        return _read(row) if row else None

    async def of_session(self, problem_id: str) -> OwnProblem | None:
        """Anybody's, deleted or not: for those who are in a session about it."""
        with reaching_storage():
            row = await self._problems.find_one({"_id": problem_id})
        return _read(row) if row else None

    async def of_owner(self, owner: str) -> list[OwnSummary]:
        """All of one person's, the newest first."""
        shown = {"title": 1, "difficulty": 1, "tags": 1}
        with reaching_storage():
            rows = (
                await self._problems.find(_living(owner), shown)
                .sort([("createdAt", DESCENDING), ("_id", DESCENDING)])
                .to_list(MOST_PROBLEMS)
            )
        return [msgspec.convert(row, OwnSummary) for row in rows]


def _living(owner: str) -> Document:
    return {"owner": owner, "deletedAt": None}


def _fields(draft: Draft) -> dict[str, Any]:
    """What the owner wrote, and the `key` that keeps titles apart."""
    return {**msgspec.to_builtins(draft), "key": key(draft.title)}


def _read(row: Document) -> OwnProblem:
    written = {field: row[field] for field in _DRAFT_FIELDS}
    return OwnProblem(
        id=row["_id"],
        owner=row["owner"],
        draft=msgspec.convert(written, Draft),
        created_at=row["createdAt"],
        updated_at=row["updatedAt"],
    )


_DRAFT_FIELDS: Final = [field.encode_name for field in msgspec.structs.fields(Draft)]
