"""One peer's connection: its place in the room, its pace, and what it still has to be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from crdt import frames
from crdt.errors import CloseCode
from crdt.limits import FRAMES_BURST, FRAMES_PER_SECOND, UNSENT_BYTES
from crdt.replica import Peer


class Socket(Protocol):
    """How bytes leave. Neither call waits or raises, also when the other side is gone."""

    @property
    def unsent(self) -> int:
        """Bytes that were given to ``send`` and have not left yet."""

    def send(self, message: bytes) -> None: ...

    def close(self, code: CloseCode, reason: str) -> None: ...


class Connection:
    """A peer with its socket.

    ``clock`` gives seconds (the event loop's); it paces the peer.
    """

    def __init__(self, peer: Peer, socket: Socket, clock: Callable[[], float]) -> None:
        self.peer = peer
        self.open = True
        self._socket = socket
        self._clock = clock
        self._tokens = float(FRAMES_BURST)
        self._refilled = clock()
        self._unsaved: deque[tuple[int, int]] = deque()
        self._told = 0

    def send(self, message: bytes) -> None:
        """Send one message, or close a peer that does not keep up: it resumes by state vector."""
        if not self.open:
            return
        self._socket.send(message)
        if self._socket.unsent > UNSENT_BYTES:
            self.close(CloseCode.TOO_FAST, "too far behind")

    def send_event(self, payload: dict[str, Any]) -> None:
        """Send a room event, if this peer speaks them."""
        if self.peer.events:
            self.send(frames.event(payload))

    def close(self, code: CloseCode, reason: str) -> None:
        """Close once; what was sent before still leaves first."""
        if self.open:
            self.open = False
            self._socket.close(code, reason)

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

    # -- saved -----------------------------------------------------------------------------

    def note(self, position: int) -> None:
        """All document frames so far are safe once the journal is durable up to ``position``."""
        if self.peer.events:
            if self._unsaved and self._unsaved[-1][0] == position:
                self._unsaved.pop()
            self._unsaved.append((position, self.peer.frames))

    def tell_saved(self, durable: int) -> None:
        """Say how many document frames are safe, if that is news. A peer with a refused edit
        is told nothing until it has been asked for it again."""
        if self.peer.refused:
            return
        count = self._told
        while self._unsaved and self._unsaved[0][0] <= durable:
            count = self._unsaved.popleft()[1]
        if count > self._told:
            self._told = count
            self.send_event({"type": "saved", "frames": count})

    def tell_saved_again(self) -> None:
        """Repeat the last count: it ends ``degraded`` for those who typed nothing meanwhile."""
        self.send_event({"type": "saved", "frames": self._told})
