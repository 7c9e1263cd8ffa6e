"""People's own pictures, apart from the people: those are read at every request.

Each has an address of its own that cannot be guessed and never changes what it shows, so that
browsers keep it; another picture has another address.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from server.errors import NoSuchPicture
from server.store.database import PICTURES, Database, now, reaching_storage


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str
    data: bytes


class Pictures:
    def __init__(self, database: Database) -> None:
        self._pictures = database.collection(PICTURES)

    async def add(self, user_id: str, picture: Picture) -> str:
        """Its id; what it replaces stays until it is removed."""
        picture_id = secrets.token_urlsafe(16)
        row = {
            "_id": picture_id,
            "user": user_id,
            "mediaType": picture.media_type,
            "data": picture.data,
            "createdAt": now(),
        }
        with reaching_storage():
            await self._pictures.insert_one(row)
        return picture_id

    async def get(self, picture_id: str) -> Picture:
        """Raises NoSuchPicture."""
        with reaching_storage():
            row = await self._pictures.find_one({"_id": picture_id})
        if row is None:
            raise NoSuchPicture
        return Picture(row["mediaType"], bytes(row["data"]))

    async def remove(self, picture_id: str) -> None:
        with reaching_storage():
            await self._pictures.delete_one({"_id": picture_id})

    async def remove_all(self, user_id: str) -> None:
        """All of somebody's."""
        with reaching_storage():
            await self._pictures.delete_many({"user": user_id})
