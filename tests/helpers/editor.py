"""A client as stock providers are (y-websocket with y-protocols), one message at a time.

Written from y-protocols' ``sync.js`` and ``awareness.js`` and y-websocket's provider: it
answers step 1, sends what it types, and echoes every presence it hears.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pycrdt import Doc, Text, TransactionEvent

from crdt import frames
from crdt.frames import (
    Event,
    PermissionDenied,
    Presence,
    PresenceEntry,
    QueryPresence,
    SyncStep1,
    SyncStep2,
    Update,
)


class Editor:
    """One page: a document, a cursor, and a connection that comes and goes."""

    def __init__(self, client: int, user_id: str) -> None:
        self.client = client
        self.user_id = user_id
        self.denied: list[str] = []
        self._doc = Doc[Any](client_id=client)
        self._text: Text = self._doc.get("file:a", type=Text)
        self._doc.observe(self._changed)
        self._clocks: dict[int, int] = {client: 0}
        self._states: dict[int, str] = {client: "{}"}
        self._send: Callable[[bytes], None] | None = None
        self._remote = False

    # -- the connection ----------------------------------------------------------------

    @property
    def connected(self) -> bool:
        return self._send is not None

    def open(self, send: Callable[[bytes], None]) -> None:
        """A connection is there: say what is here and who."""
        self._send = send
        send(frames.encode(SyncStep1(self._doc.get_state())))
        self._tell([self.client])

    def close(self) -> None:
        """The connection is gone, and with it all that it told of others."""
        self._send = None
        self._states = {self.client: self._states[self.client]}

    def receive(self, message: bytes) -> None:
        """Take one message of the server."""
        match frames.decode(message):
            case SyncStep1(state_vector):
                self._say(frames.encode(SyncStep2(self._doc.get_update(state_vector))))
            case SyncStep2(update) | Update(update):
                self._remote = True
                self._doc.apply_update(update)
                self._remote = False
            case Presence(entries):
                self._tell([entry.client for entry in entries if self._hear(entry)])
            case QueryPresence():
                self._tell(list(self._states))
            case PermissionDenied(reason):
                self.denied.append(reason)
            case Event():
                pass

    # -- what its person does and sees -------------------------------------------------

    @property
    def text(self) -> str:
        return str(self._text)

    def update(self) -> bytes:
        """The whole document as one update."""
        return self._doc.get_update()

    def insert(self, at: int, words: str) -> None:
        """Type ``words`` in front of character ``at``."""
        self._text.insert(self._byte(at), words)

    def delete(self, start: int, end: int) -> None:
        """Delete characters."""
        del self._text[self._byte(start) : self._byte(end)]

    def move(self, cursor: object) -> None:
        """Put the cursor somewhere; the same place renews the presence."""
        self._clocks[self.client] += 1
        self._states[self.client] = json.dumps({"user": self.user_id, "cursor": cursor})
        self._tell([self.client])

    @property
    def cursor(self) -> object:
        return json.loads(self._states[self.client]).get("cursor")

    @property
    def seen(self) -> dict[int, str]:
        """The presence of everybody, by client."""
        return dict(self._states)

    # -- the protocol ------------------------------------------------------------------

    def _byte(self, character: int) -> int:
        # pycrdt counts UTF-8 bytes
        return len(self.text[:character].encode())

    def _changed(self, event: TransactionEvent) -> None:
        if not self._remote:
            self._say(frames.encode(Update(event.update)))

    def _hear(self, entry: PresenceEntry) -> bool:
        clock = self._clocks.get(entry.client, 0)
        removes = entry.state is None and entry.client in self._states
        if entry.clock < clock or (entry.clock == clock and not removes):
            return False
        self._clocks[entry.client] = entry.clock
        if entry.state is not None:
            self._states[entry.client] = entry.state
        elif entry.client == self.client:
            self._clocks[entry.client] += 1  # still here: nobody else can remove it
        else:
            self._states.pop(entry.client, None)
        return True

    def _tell(self, clients: list[int]) -> None:
        entries = tuple(
            PresenceEntry(client, self._clocks[client], self._states.get(client))
            for client in clients
        )
        if entries:
            self._say(frames.encode(Presence(entries)))

    def _say(self, message: bytes) -> None:
        if self._send is not None:
            self._send(message)
