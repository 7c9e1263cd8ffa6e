"""Replay: a journal turned back into the document at any of its moments."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from contextlib import suppress
from itertools import accumulate
from typing import Final, NamedTuple

from crdt.document import Document
from crdt.errors import DocumentPoisoned

CHECKPOINT_EVERY: Final = 1_000
"""Updates between two remembered states: going back applies at most this many again (about
4 ms), at the cost of one encoded document each."""


class Entry(NamedTuple):
    """One update as journalled: when (milliseconds since 1970, UTC), by whom, what."""

    at: int
    author: str
    update: bytes


class History:
    """The moments of one document, in the order of its journal.

    Moment ``n`` is the document after the first ``n`` entries; moment 0 is empty.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._times = list(accumulate((entry.at for entry in self.entries), max))
        self._checkpoints: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def at(self, moment: int) -> Document:
        """The document after the first ``moment`` entries.

        Raises ``IndexError`` outside 0..len, and what ``Document.apply`` raises when an entry
        is damaged.
        """
        if not 0 <= moment <= len(self.entries):
            raise IndexError(f"moment {moment} of {len(self.entries)}")
        document, start = self._nearest(moment)
        for index in range(start, moment):
            document.apply(self.entries[index].update)
            self._remember(index + 1, document)
        return document

    def moment(self, time: int) -> int:
        """How many entries had been written by ``time`` (milliseconds since 1970, UTC).

        Times are those of the workers' clocks; where they run backwards the journal's order
        holds, and an entry counts as written when the latest before it was.
        """
        return bisect_right(self._times, time)

    def _remember(self, moment: int, document: Document) -> None:
        if moment % CHECKPOINT_EVERY == 0 and moment not in self._checkpoints:
            # A document that has no snapshot is had by applying more of the journal.
            with suppress(DocumentPoisoned):
                self._checkpoints[moment] = document.snapshot()

    def _nearest(self, moment: int) -> tuple[Document, int]:
        document = Document()
        start = moment - moment % CHECKPOINT_EVERY
        while start and start not in self._checkpoints:
            start -= CHECKPOINT_EVERY
        if start:
            document.apply(self._checkpoints[start])
        return document, start
