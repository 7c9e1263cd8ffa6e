"""The database: one client, the collections, every index in one table.

A driver's failure to reach it becomes StorageUnavailable here and nowhere else. "Not there" is
told by None or by an error of its own, never by the same type.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from bson import ObjectId
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, DESCENDING, AsyncMongoClient, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    InvalidOperation,
    PyMongoError,
    WaitQueueTimeoutError,
)

from server.errors import StartupError, StorageUnavailable
from server.store import driver

driver.mend()

Document = dict[str, Any]
Collection = AsyncCollection[Document]

SELECTION_MS: Final = 3_000  # a lost database answers 503 after this, not after the usual 30 s
SOCKET_MS: Final = 15_000  # a database that hangs; above the slowest batch of the journal

USERS = "users"
SESSIONS = "sessions"
MEMBERS = "members"
INVITES = "invites"
RUNS = "runs"
CHAT = "chat"
CHAT_READ = "chatread"
JOURNAL = "journal"
HISTORY = "history"
DOCUMENTS = "documents"
PROBLEMS = "problems"
PROGRESS = "progress"
WORKERS = "workers"
PICTURES = "pictures"
DEPARTED = "departed"
DELIVERIES = "deliveries"
LEASES = "leases"

NEWEST_FIRST: Final = [("createdAt", DESCENDING), ("_id", DESCENDING)]
ENDING: Final = ("status", "documentClosed", "remote", "remoteNextAt")
"""What is still to be done for a session that was completed."""

INDEXES: Final[dict[str, list[IndexModel]]] = {
    # an address is somebody's own only where it signs in: guests have none, and those who come
    # from an issuer may share one with an account
    USERS: [
        IndexModel(
            "email",
            unique=True,
            partialFilterExpression={"password": {"$exists": True}},
            name="account",
        ),
        IndexModel(
            "externalId",
            unique=True,
            partialFilterExpression={"externalId": {"$exists": True}},
            name="external",
        ),
        IndexModel("createdAt", partialFilterExpression={"kind": "guest"}, name="guests"),
        # of a guest who asks twice, as an answer was lost, there is one
        IndexModel(
            "arrival",
            unique=True,
            partialFilterExpression={"arrival": {"$exists": True}},
            name="arrival",
        ),
    ],
    PICTURES: [IndexModel("user", name="user")],
    DELIVERIES: [IndexModel("expiresAt", expireAfterSeconds=0, name="expiry")],
    # each list is one of these read from the newest on (server/store/lists.py)
    SESSIONS: [
        IndexModel([("kind", ASCENDING), ("status", ASCENDING), *NEWEST_FIRST], name="listed"),
        *(
            IndexModel(
                [("kind", ASCENDING), (who, ASCENDING), ("status", ASCENDING), *NEWEST_FIRST],
                name=f"listed-{who}",
            )
            for who in ("host", "participant")
        ),
        # of two who start to practise at once, one makes the session and the other finds it
        IndexModel(
            [("host", ASCENDING), ("problemId", ASCENDING)],
            unique=True,
            partialFilterExpression={"kind": "practice", "status": "active"},
            name="practice",
        ),
        # background jobs (server/store/upkeep.py)
        IndexModel([(name, ASCENDING) for name in ENDING], name="ending"),
        IndexModel([("tidiedAt", ASCENDING), ("updatedAt", ASCENDING)], name="tidied"),
        IndexModel("lastSeenAt", name="seen"),
        # calls at a service (server/store/elsewhere.py)
        IndexModel("recordingSeenAt", sparse=True, name="recording"),
        IndexModel("callId", name="call"),
    ],
    MEMBERS: [
        IndexModel([("session", ASCENDING), ("user", ASCENDING)], unique=True, name="member"),
        IndexModel([("user", ASCENDING), ("role", ASCENDING), ("_id", DESCENDING)], name="roles"),
        IndexModel([("session", ASCENDING), ("role", ASCENDING)], name="people"),
        IndexModel([("session", ASCENDING), ("invite", ASCENDING)], name="invites"),
        IndexModel([("session", ASCENDING), ("removedAt", ASCENDING)], name="removals"),
    ],
    INVITES: [
        IndexModel("expiresAt", expireAfterSeconds=0, name="expiry"),
        IndexModel("session", name="session"),
    ],
    RUNS: [
        IndexModel([("session", ASCENDING), ("createdAt", DESCENDING)], name="session"),
        # somebody's figures are answered from the index alone, without the runs' output
        IndexModel(
            [("by._id", ASCENDING), ("createdAt", ASCENDING), ("matchesExpected", ASCENDING)],
            name="figures",
        ),
        # one run goes on in a room (server/store/runs.py)
        IndexModel(
            "session",
            unique=True,
            partialFilterExpression={"active": {"$exists": True}},
            name="going",
        ),
        IndexModel("active.worker", sparse=True, name="claims"),
    ],
    CHAT: [
        # one number has one message, and one key of one author too (server/store/chat.py)
        IndexModel(
            [("session", ASCENDING), ("channel", ASCENDING), ("number", ASCENDING)],
            unique=True,
            name="order",
        ),
        IndexModel(
            [("session", ASCENDING), ("author._id", ASCENDING), ("key", ASCENDING)],
            unique=True,
            name="key",
        ),
    ],
    CHAT_READ: [IndexModel("session", name="session"), IndexModel("user", name="user")],
    # journal, workers and leases hold little, and are read whole or by _id
    HISTORY: [
        IndexModel(
            [("room", ASCENDING), ("writer", ASCENDING), ("last", ASCENDING)], name="writers"
        )
    ],
    PROBLEMS: [
        IndexModel(
            [("owner", ASCENDING), ("key", ASCENDING)],
            unique=True,
            partialFilterExpression={"deletedAt": None},
            name="title",
        ),
        IndexModel([("owner", ASCENDING), ("createdAt", DESCENDING)], name="owner"),
    ],
    PROGRESS: [IndexModel("user", name="user")],
    DOCUMENTS: [
        IndexModel("open", sparse=True, name="open"),
        IndexModel("lease.worker", sparse=True, name="lease"),
    ],
}


@contextmanager
def reaching_storage() -> Iterator[None]:
    """Around every use of the driver: raises StorageUnavailable when it cannot be reached.

    Refusals by a database that was reached (a duplicate key, a wrong query) pass as they are.
    """
    try:
        yield
    except (ConnectionFailure, WaitQueueTimeoutError, InvalidOperation) as error:
        # InvalidOperation: the client is closed already, on the way down
        raise StorageUnavailable from error


async def change_one(
    collection: Collection, condition: Document, change: Document
) -> Document | None:
    """Changes the row of this ``_id`` where it meets the whole condition, in one operation; returns
    it as it is by then, or None where it does not.

    Not by findAndModify, for which the embedded database reads the whole collection. What somebody
    else changed a moment later may so be in the row already.
    """
    done = await collection.update_one(condition, change)
    if not done.matched_count:
        return None
    row: Document | None = await collection.find_one({"_id": condition["_id"]})
    return row


def new_id() -> str:
    """An id for anything stored: 24 hexadecimal digits that grow with time."""
    return str(ObjectId())


def now() -> datetime:
    """This moment in UTC, to the millisecond: what the database keeps."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Database:
    """One client for the whole server; `collection(name)` for what is stored."""

    def __init__(self, url: str, name: str) -> None:
        """Raises StartupError when the address cannot be understood."""
        self.name = name
        try:
            self._client: AsyncMongoClient[Document] = AsyncMongoClient(
                url,
                serverSelectionTimeoutMS=SELECTION_MS,
                connectTimeoutMS=SELECTION_MS,
                socketTimeoutMS=SOCKET_MS,
                appname="interview-room",
            )
            self._database = self._client.get_database(
                name, codec_options=CodecOptions(tz_aware=True, tzinfo=UTC)
            )
        except (ConfigurationError, PyMongoError, ValueError) as error:
            raise StartupError(f"DB_URL or DB_NAME cannot be used: {error}.") from error

    def collection(self, name: str) -> Collection:
        return self._database.get_collection(name)

    async def start(self) -> None:
        """Creates the indexes that are missing. Raises StartupError when it cannot be reached."""
        try:
            await asyncio.gather(
                *(self.collection(name).create_indexes(rows) for name, rows in INDEXES.items())
            )
        except PyMongoError as error:
            raise StartupError(
                f"The database does not answer as it should: {_first_line(error)}. "
                "Check DB_URL, or leave it empty to use the embedded database."
            ) from error

    async def ping(self, within: float = 1.0) -> None:
        """Returns if the database answers within that many seconds, else StorageUnavailable."""
        try:
            with reaching_storage():
                await asyncio.wait_for(self._database.command("ping"), within)
        except (TimeoutError, PyMongoError) as error:
            raise StorageUnavailable from error

    async def clock(self) -> datetime:
        """The time at the database, the same for all who ask. Raises StorageUnavailable."""
        with reaching_storage():
            answer = await self._database.command("hello")
        moment: datetime = answer["localTime"]  # of a command, so without a zone
        return moment.replace(tzinfo=UTC)

    async def close(self) -> None:
        await self._client.close()


def _first_line(error: Exception) -> str:
    """What the driver says, without the topology it goes on to describe."""
    return str(error).splitlines()[0].split(", Timeout:")[0].rstrip(".") if str(error) else "?"
