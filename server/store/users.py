"""People: users with an account, and guests who came by an invitation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from pymongo.errors import DuplicateKeyError

from server.auth.principal import Kind
from server.errors import EmailTaken
from server.store.database import (
    USERS,
    Database,
    Document,
    change_one,
    new_id,
    now,
    reaching_storage,
)


class User(msgspec.Struct, frozen=True, rename="camel"):
    """One person; `email` only for kind user, `password` (an argon2 hash) only where it is ours."""

    id: str = msgspec.field(name="_id")
    name: str
    kind: Kind
    created_at: datetime
    email: str | None = None
    password: str | None = None
    profile_image: str = ""
    external_id: str | None = None
    """Whom an issuer's tokens name, for somebody who signs in there."""
    signed_out_at: datetime | None = None
    """Sign-ins made before are not good any more."""


class Users:
    def __init__(self, database: Database) -> None:
        self._users = database.collection(USERS)

    async def register(self, name: str, email: str, password_hash: str) -> User:
        """Raises EmailTaken; addresses differ only by more than case."""
        user = User(
            id=new_id(),
            name=name,
            kind="user",
            created_at=now(),
            email=normal_email(email),
            password=password_hash,
        )
        try:
            await self._insert(user)
        except DuplicateKeyError as error:
            raise EmailTaken(field="email") from error
        return user

    async def add_guest(self, name: str, arrival: str | None = None) -> User:
        """A new guest; the one there is already when somebody of this arrival came before."""
        guest = User(id=new_id(), name=name, kind="guest", created_at=now())
        try:
            await self._insert(guest, **({"arrival": arrival} if arrival else {}))
        except DuplicateKeyError:
            if known := await self.guest_of(arrival):
                return known
            raise  # removed again in this moment
        return guest

    async def guest_of(self, arrival: str | None) -> User | None:
        """The guest of an arrival, if they came before; None for no arrival."""
        if arrival is None:
            return None
        with reaching_storage():
            row = await self._users.find_one({"arrival": arrival})
        return msgspec.convert(row, User) if row else None

    async def remove_guest(self, user_id: str) -> None:
        with reaching_storage():
            await self._users.delete_one({"_id": user_id, "kind": "guest"})

    async def rename_guest(self, user_id: str, name: str) -> None:
        with reaching_storage():
            await self._users.update_one(
                {"_id": user_id, "kind": "guest"}, {"$set": {"name": name}}
            )

    async def get(self, user_id: str) -> User | None:
        return (await self.get_many([user_id])).get(user_id)

    async def get_many(self, user_ids: Iterable[str]) -> dict[str, User]:
        """Those that exist, by id."""
        wanted = list(set(user_ids))
        with reaching_storage():
            rows = await self._users.find({"_id": {"$in": wanted}}).to_list()
        return {row["_id"]: msgspec.convert(row, User) for row in rows}

    async def signed_out(self, user_ids: Iterable[str]) -> dict[str, datetime]:
        """Those of them who were ever signed out everywhere, and when."""
        users = await self.get_many(user_ids)
        return {user.id: user.signed_out_at for user in users.values() if user.signed_out_at}

    async def by_email(self, email: str) -> User | None:
        with reaching_storage():
            row = await self._users.find_one(
                {"email": normal_email(email), "password": {"$exists": True}}
            )
        return msgspec.convert(row, User) if row else None

    async def change(self, user: User, values: Document) -> User | None:
        """Sets fields (as they are stored) of somebody; None when they are gone, or have another
        picture than `user` says: whoever replaces one removes it, and must know which it was."""
        return await self._change({"_id": user.id, "profileImage": user.profile_image}, values)

    async def change_password(self, user: User, password_hash: str) -> User | None:
        """Sets it and ends every sign-in; None when it was changed meanwhile."""
        as_known = {"_id": user.id, "password": user.password}
        change = {"password": password_hash, "signedOutAt": now()}
        return await self._change(as_known, change)

    async def _change(self, condition: Document, values: Document) -> User | None:
        with reaching_storage():
            row = await change_one(self._users, condition, {"$set": values})
        return msgspec.convert(row, User) if row else None

    async def _insert(self, user: User, **more: str) -> None:
        given = msgspec.to_builtins(user, builtin_types=(datetime,)) | more
        # what somebody does not have is not stored: the indexes go by that
        row = {name: value for name, value in given.items() if value is not None}
        with reaching_storage():
            await self._users.insert_one(row)


def normal_email(email: str) -> str:
    return email.strip().casefold()
