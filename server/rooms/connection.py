"""One peer's connection: its place in the room, its pace, and what it still has to be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from crdt import frames
from crdt.errors import CloseCode
from crdt.limits import FRAMES_BURST, FRAMES_PER_SECOND, UNSENT_BYTES
from crdt.replica import Peer
from server.rooms.wire import Turn, framed

NEVER: Final = datetime.min.replace(tzinfo=UTC)

REASON_BYTES: Final = 120
"""A close reason has at most 123 bytes (RFC 6455 section 5.5)."""


def short(reason: str) -> str:
    """``reason`` as long as a close frame can carry it."""
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")


class Socket(Protocol):
    """How bytes leave. No call waits or raises, also when the other side is gone."""

    def write(self, frames: bytes) -> int:
        """Send whole server frames in one write; return how many bytes have not left yet."""

    def close(self, code: CloseCode, reason: str) -> None:
        """Begin to close; what was written before still leaves first."""


class Connection:
    """A peer with its socket.

    ``turn`` says when a turn of the event loop ends; ``clock`` gives seconds (the loop's) and
    paces the peer.
    """

    __slots__ = (
        "_clock",
        "_out",
        "_refilled",
        "_saved_due",
        "_socket",
        "_tokens",
        "_told",
        "_turn",
        "_unsaved",
        "closed_with",
        "open",
        "peer",
        "ticket_from",
    )

    def __init__(
        self,
        peer: Peer,
        socket: Socket,
        turn: Turn,
        clock: Callable[[], float],
        ticket_from: datetime = NEVER,
    ) -> None:
        self.peer = peer
        self.ticket_from = ticket_from
        """When its ticket was made: what happened to its person since may end it."""
        self.open = True
        self.closed_with: CloseCode | None = None
        """Why we sent it away; None: it went by itself, or is here."""
        self._socket = socket
        self._turn = turn
        self._clock = clock
        self._out: list[bytes] = []
        self._tokens = float(FRAMES_BURST)
        self._refilled = clock()
        self._unsaved: deque[tuple[int, int]] | None = None
        self._told = 0
        self._saved_due = False

    def send(self, message: bytes) -> None:
        """Send one message at the end of this turn."""
        self.send_frames(framed(message))

    def send_frames(self, frames: bytes) -> None:
        """Send what was framed already at the end of this turn."""
        if not self._out:
            if not self.open:
                return
            self._turn.write(self._flush)
        self._out.append(frames)

    def send_now(self, frames: bytes) -> None:
        """Send what was framed already in this very moment, and what was waiting before it."""
        if self._out or self._saved_due:
            self._out.append(frames)
            self._flush()
        elif self.open:
            self._write(frames)

    def send_event(self, payload: dict[str, Any]) -> None:
        """Send a room event, if this peer speaks them."""
        if self.peer.events:
            self.send(frames.event(payload))

    def close(self, code: CloseCode, reason: str) -> None:
        """Close once; what was sent before still leaves first."""
        if self.open:
            self._flush()
            self._close(code, reason)

    def paced(self) -> bool:
        """Whether one more frame is within the rate (a token bucket)."""
        if self._tokens < 1:
            now = self._clock()
            gained = (now - self._refilled) * FRAMES_PER_SECOND
            self._tokens = min(FRAMES_BURST, self._tokens + gained)
            self._refilled = now
            if self._tokens < 1:
                return False
        self._tokens -= 1
        return True

    def _flush(self) -> None:
        """Write what is waiting, if anything still is."""
        out, self._out = self._out, []
        if self._saved_due:
            self._saved_due = False
            out.append(framed(frames.saved(self._told)))
        if out and self.open:
            self._write(out[0] if len(out) == 1 else b"".join(out))

    def _write(self, frames: bytes) -> None:
        """Write; one that does not keep up is closed: it resumes by state vector, which is less
        than what it missed."""
        if self._socket.write(frames) > UNSENT_BYTES:
            self._close(CloseCode.TOO_FAST, "too far behind")

    def _close(self, code: CloseCode, reason: str) -> None:
        self.open = False
        self.closed_with = code
        self._socket.close(code, short(reason))

    # -- saved -----------------------------------------------------------------------------

    def note(self, position: int) -> None:
        """All document frames so far are safe once the journal is durable up to ``position``."""
        if self._unsaved is None:
            self._unsaved = deque()
        elif self._unsaved and self._unsaved[-1][0] == position:
            self._unsaved.pop()
        self._unsaved.append((position, self.peer.frames))

    def tell_saved(self, durable: int) -> bool:
        """Say how many document frames are safe, if that is news: with the next write, or soon.
        A peer with a refused edit is told nothing until it has been asked for it again.

        Returns whether there are frames that are not safe yet.
        """
        unsaved = self._unsaved
        if not unsaved or self.peer.refused:
            return bool(unsaved)
        count = self._told
        while unsaved and unsaved[0][0] <= durable:
            count = unsaved.popleft()[1]
        if count > self._told:
            self._told = count
            self.tell_saved_again()
        return bool(unsaved)

    def tell_saved_again(self) -> None:
        """Repeat the last count: it ends ``degraded`` for those who typed nothing meanwhile."""
        if self.peer.events and not self._saved_due:
            self._saved_due = True
            self._turn.write_soon(self._flush)
