"""What was stored when a room still had one writer."""

from __future__ import annotations

from collections.abc import Iterable

from bson import ObjectId

from crdt import varint
from server.store.database import Document


def pack_record(room: str, number: int, entry: bytes) -> bytes:
    return varint.write_text(room) + varint.write(number) + entry


def commit(records: Iterable[bytes], worker: str, number: int) -> Document:
    """A group commit of all rooms."""
    edits = b"".join(records)
    return {"_id": ObjectId(), "worker": worker, "number": number, "edits": edits}
