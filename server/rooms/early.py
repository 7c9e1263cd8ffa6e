"""What happens to a room while it is being opened is kept for it."""

from __future__ import annotations

from server.bus.base import Listener


class Early:
    """Hears what happens to a room while it is being opened, for the room."""

    def __init__(self) -> None:
        self._heard: list[tuple[str | None, bytes | None]] = []

    def hear(self, origin: str, payload: bytes) -> None:
        self._heard.append((origin, payload))

    def missed(self, origin: str | None) -> None:
        self._heard.append((origin, None))

    def tell(self, listener: Listener) -> None:
        """Hand on all of it, in order, once."""
        heard, self._heard = self._heard, []
        for origin, payload in heard:
            if origin is None or payload is None:
                listener.missed(origin)
            else:
                listener.hear(origin, payload)
