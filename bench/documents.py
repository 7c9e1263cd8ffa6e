"""Documents that were typed: always the same, made of what people do."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from pycrdt import Doc, Text, TransactionEvent

from bench.messages import TEXT
from tests.helpers.stock import trace

TRACE = trace("sveltecomponent")
LETTERS = "etaoin shrdlu cmfwyp vbgkqj xz\n"
AUTHOR = 2
"""Who typed it: a short id, so that the bytes of a document are many structs, not long ids. Not 1,
which is the id that a new session of ours has text from."""

GROUP = 100
"""Edits of one update: what is sent must stay below the rate that a server allows."""


@dataclass
class Document:
    """The updates that made a document, in their order, and what its text is."""

    updates: list[bytes] = field(default_factory=list)
    text: str = ""
    state_bytes: int = 0
    edits: int = 0


@cache
def typed(edits: int = 0, state_bytes: int = 0) -> Document:
    """Single letters typed in runs at changing places, now and then some deleted again: at least
    that many edits and that many bytes of state."""
    chance = random.Random(1)

    def endless() -> Iterator[tuple[int, int, str]]:
        length, at = 0, 0
        while True:
            at = chance.randint(max(0, at - 400), min(length, at + 400))
            for _ in range(chance.randint(5, 60)):
                yield at, 0, chance.choice(LETTERS)
                at, length = at + 1, length + 1
            for _ in range(chance.randint(0, min(at, 18))):
                at, length = at - 1, length - 1
                yield at, 1, ""

    return _made(endless(), edits, state_bytes)


@cache
def svelte() -> Document | None:
    """The document of the sveltecomponent trace, if the file is there."""
    if not TRACE.exists():
        return None
    told = json.loads(gzip.decompress(TRACE.read_bytes()))
    edits = [tuple(patch) for transaction in told["txns"] for patch in transaction["patches"]]
    document = _made(iter(edits), len(edits), 0)
    assert document.text == told["endContent"]
    return document


def _made(patches: Iterator[tuple[int, int, str]], edits: int, state_bytes: int) -> Document:
    """Apply patches (where, how many letters go, what comes) until there are enough."""
    document, doc = Document(), Doc[Text](client_id=AUTHOR)
    text = doc.get(TEXT, type=Text)

    def keep(event: TransactionEvent) -> None:
        document.updates.append(event.update)

    subscription = doc.observe(keep)
    while document.edits < edits or len(doc.get_update()) < state_bytes:
        group = list(islice(patches, GROUP))
        with doc.transaction():
            for at, deleted, inserted in group:
                assert inserted.isascii(), "pycrdt counts bytes, people count characters"
                if deleted:
                    del text[at : at + deleted]
                if inserted:
                    text.insert(at, inserted)
        document.edits += len(group)
    doc.unobserve(subscription)
    document.text, document.state_bytes = str(text), len(doc.get_update())
    return document


def text_of(state: bytes) -> str:
    """The text that a client has who got this state."""
    doc = Doc[Text]()
    doc.apply_update(state)
    return str(doc.get(TEXT, type=Text))
