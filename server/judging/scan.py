"""Marks in a stream of text: a nonce, a colon, and the rest of the line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """What stood behind a nonce."""

    text: str


class Scanner:
    """Tells marks from all other text, wherever the pieces are cut."""

    def __init__(self, nonce: str) -> None:
        self._sign = f"{nonce}:"
        self._held = ""

    def feed(self, piece: str) -> list[str | Mark]:
        """Text and marks in their order; what may become a mark is kept until it is known."""
        found: list[str | Mark] = []
        rest = self._held + piece
        while True:
            at = rest.find(self._sign)
            if at < 0:
                break
            end = rest.find("\n", at)
            if at:
                found.append(rest[:at])
            if end < 0:
                self._held = rest[at:]
                return found
            found.append(Mark(rest[at + len(self._sign) : end]))
            rest = rest[end + 1 :]
        keep = self._beginning(rest)
        self._held = rest[len(rest) - keep :]
        if text := rest[: len(rest) - keep]:
            found.append(text)
        return found

    def end(self) -> str:
        """What was kept and has become no mark."""
        held, self._held = self._held, ""
        return "" if held.startswith(self._sign) else held

    def _beginning(self, text: str) -> int:
        """How many characters at the end of the text may be a sign's beginning."""
        for size in range(min(len(text), len(self._sign) - 1), 0, -1):
            if text.endswith(self._sign[:size]):
                return size
        return 0
