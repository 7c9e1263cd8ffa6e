"""A document that somebody typed in, filed as the journal files it."""

from __future__ import annotations

import random
from typing import Any

from pycrdt import Doc, Text, TransactionEvent

from crdt.document import SeedFile, seed
from crdt.history import Entry
from server.store import filing
from server.store.database import HISTORY, Database
from server.store.edits import pack
from server.store.journal import Journal

WRITER = "writer"


def typed(rng: random.Random) -> list[Entry]:
    """The edits of a document, its seed first."""
    updates = [seed([SeedFile("main.py", "python", "print()\n")], "main.py")]
    doc = Doc[Any](client_id=rng.randrange(2, 2**32))
    doc.apply_update(updates[0])

    def changed(event: TransactionEvent) -> None:
        updates.append(event.update)

    doc.observe(changed)
    text = doc.get("file:main.py", type=Text)
    for _ in range(rng.randint(20, 60)):
        text.insert(rng.randint(0, len(str(text))), rng.choice("abc \n"))
    return [Entry(1_700_000_000_000 + at, "author", update) for at, update in enumerate(updates)]


async def written(database: Database, session_id: str, rng: random.Random) -> list[Entry]:
    """Stores such a document in small chunks behind its first snapshot; returns its edits."""
    entries = typed(rng)
    await Journal(database, 0.01).create(session_id, "epoch", entries[0])
    chunks = []
    first = 1
    while first < len(entries):
        some = entries[first : first + rng.randint(1, 6)]
        chunks.append(filing.chunk(session_id, WRITER, first, [pack(*entry) for entry in some]))
        first += len(some)
    await database.collection(HISTORY).insert_many(chunks)
    return entries
