"""What the journal has of one room: as stored, and while it is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Stored(NamedTuple):
    """A room as the store has it: apply ``updates`` in order to an empty document."""

    epoch: str
    closed: bool
    updates: list[bytes]
    seq: int
    """Number of the last edit of the writer who reads it; its next one is one more."""
    covers: Mapping[str, int]
    """Number of the last edit of each writer that ``updates`` hold."""


class Lag(NamedTuple):
    """What is not durable yet."""

    edits: int
    bytes: int
    seconds: float
    """Age of the oldest."""


@dataclass(slots=True, eq=False)
class RoomLog:
    """One open room's end of the journal. Edits are numbered from this writer's first on."""

    room: str
    appended: int
    """Number of the last edit appended."""
    durable: int
    """Number of the last edit that is safe: all up to it are."""
    on_durable: Callable[[], None]
    on_health: Callable[[], None]
    filed: int
    """Number of the last edit in ``history``."""
    entries: list[bytes] = field(default_factory=list)
    """The edits behind it, packed."""
    closed: bool = False
