"""People who sign in elsewhere, known by what their issuer calls them.

Whoever the issuer says is gone stays gone: a token or a message that was under way, or comes
once more, does not bring them back.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec
from pymongo.errors import DuplicateKeyError

from server.auth.profile import Profile
from server.store.database import DEPARTED, USERS, Database, Document, new_id, now, reaching_storage
from server.store.users import User, normal_email

UNNAMED: Final = "Somebody new"
TRIES: Final = 3


class Externals:
    def __init__(self, database: Database) -> None:
        self._users = database.collection(USERS)
        self._departed = database.collection(DEPARTED)

    async def find(self, external_id: str) -> User | None:
        with reaching_storage():
            row = await self._users.find_one({"externalId": external_id})
        return msgspec.convert(row, User) if row else None

    async def upsert(self, external_id: str, profile: Profile) -> User | None:
        """The person, made or brought up to date; as they are when what is known is newer.

        Of two at once one makes them and the other finds them. None: they have left.
        """
        if await self._left(external_id):
            return None
        await self._write(external_id, profile)
        user = await self.find(external_id)
        # they may have left since we looked; whoever comes second of the two takes the row away
        if await self._left(external_id):
            with reaching_storage():
                await self._users.delete_one({"externalId": external_id})
            return None
        return user

    async def leave(self, external_id: str) -> str | None:
        """Forgets somebody for good: their id here, if they ever had one. Doing it again gives
        the same answer, so that whatever follows may be repeated too."""
        user = await self.find(external_id)
        mark = {"_id": external_id}
        with reaching_storage():
            with suppress(DuplicateKeyError):  # somebody marks it at this very moment
                await self._departed.update_one(mark, {"$setOnInsert": {"at": now()}}, upsert=True)
            if user is not None:
                await self._departed.update_one(mark, {"$set": {"user": user.id}})
            await self._users.delete_one({"externalId": external_id})
            row = await self._departed.find_one(mark)
        return row.get("user") if row else None

    async def _left(self, external_id: str) -> bool:
        with reaching_storage():
            return await self._departed.find_one({"_id": external_id}) is not None

    async def _write(self, external_id: str, profile: Profile) -> None:
        """Changes nothing where what is stored is newer."""
        told = _told(profile)
        fresh: Document = {
            "_id": new_id(),
            "kind": "user",
            "createdAt": now(),
            "name": UNNAMED,
            "profileImage": "",
        }
        older = {"externalId": external_id, "externalUpdatedAt": {"$lte": profile.updated_at}}
        change = {
            "$set": told,
            "$setOnInsert": {name: value for name, value in fresh.items() if name not in told},
        }
        for _ in range(TRIES):  # the row may have been made since; it may be older than this
            with suppress(DuplicateKeyError), reaching_storage():
                done = await self._users.update_one(older, change, upsert=True)
                if done.matched_count or done.upserted_id is not None:
                    return


def _told(profile: Profile) -> Document:
    """What an issuer said, as it is stored."""
    told: Document = {"externalUpdatedAt": profile.updated_at}
    if profile.name is not None:
        told["name"] = profile.name
    if profile.email is not None:
        told["email"] = normal_email(profile.email)
    if profile.picture is not None:
        told["profileImage"] = profile.picture
    return told
