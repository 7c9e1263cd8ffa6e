"""Which worker keeps the call of a room, where several have the room open.

Everything about a call (who is in it, who was muted, who agreed to be recorded) is decided in one
place, or two people could be told different things. The worker at which somebody first joins keeps
it for as long as anybody is in it; the others pass on what their people ask, and show what the
keeper says. Of two that took it at the same time the one with the smaller name goes on. When the
keeper is gone, so is what it knew: each worker says anew which of its pages are in the call, and a
recording ends, as with the server's restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from crdt.replica import Peer
from server.rooms import between
from server.rooms.call import Call
from server.rooms.recording import OFF

KEPT: Final = "call.kept"
ASKED: Final = "call.asked"


class Neighbourhood(Protocol):
    """The other workers that have the room open."""

    @property
    def names(self) -> list[str]: ...
    def of(self, peer: Peer) -> str | None: ...
    def publish(self, message: bytes) -> None: ...
    def tell(self, name: str, message: bytes) -> None: ...


class Keeping:
    """The call of one room, as this worker has it: its own, or another's as that tells of it."""

    def __init__(
        self,
        own: str,
        call: Call,
        neighbours: Neighbourhood,
        *,
        everybody: Callable[[], Iterable[Peer]],
        do: Callable[[Peer, dict[str, Any]], None],
        tell: Callable[[dict[str, Any]], None],
        changed: Callable[[], None],
        recorded: Callable[[dict[str, Any]], None],
    ) -> None:
        """``own``: this worker's end of the bus; ``everybody``: all who are connected, anywhere;
        ``do``: carry out what somebody asks of the call here; ``tell``: an event to everybody
        here; ``changed``: the roster says something else; ``recorded`` hears of each new state of
        the consent, wherever it is decided."""
        self._own = own
        self._call = call
        self._neighbours = neighbours
        self._everybody = everybody
        self._do = do
        self._tell = tell
        self._changed = changed
        self._recorded = recorded
        self._keeper: str | None = None
        """Another worker; None: this one, if anybody is in the call."""
        self._rows: dict[str, list[dict[str, Any]]] = {}
        """What the keeper says of connections, by their id."""
        self._recording: dict[str, Any] = OFF
        self._pages: dict[Peer, dict[str, Any]] = {}
        """The connections here that are in the call, and how they joined."""
        self._said: dict[str, Any] = {"rows": {}, "recording": OFF}

    # -- what the room shows -----------------------------------------------------------------

    @property
    def elsewhere(self) -> bool:
        """Whether another worker keeps the call."""
        return self._keeper is not None

    def rows(self, peer: Peer) -> list[dict[str, Any]]:
        """What the roster says of one connection in the call."""
        return self._rows.get(peer.id, []) if self.elsewhere else self._call.rows(peer)

    @property
    def recording(self) -> dict[str, Any]:
        """The consent, as ``Recording.shown``."""
        return self._recording if self.elsewhere else self._call.recording.shown()

    # -- what people here ask ----------------------------------------------------------------

    def passes_on(self, peer: Peer, payload: dict[str, Any]) -> bool:
        """Note what somebody connected here asks of the call; returns whether the keeper was
        asked to do it, and so it must not be done here."""
        if self._neighbours.of(peer) is not None:
            return False  # another worker asks this one, the keeper
        self._note(peer, payload)
        if self._keeper is None:
            return False
        self._pass_on(self._keeper, peer, payload)
        return True

    def lose(self, peer: Peer) -> None:
        """A connection of this worker, or of another, is gone."""
        self._pages.pop(peer, None)
        self._call.lose(peer)

    def _note(self, peer: Peer, payload: dict[str, Any]) -> None:
        kind = payload["type"]
        if kind == "call.join":
            self._pages[peer] = payload
        elif kind == "call.leave":
            self._pages.pop(peer, None)
        elif kind == "call.state" and peer in self._pages:
            state = {name: payload.get(name) for name in ("mic", "camera", "screen")}
            self._pages[peer] = {**self._pages[peer], **state}

    def _pass_on(self, keeper: str, peer: Peer, payload: dict[str, Any]) -> None:
        asked = {"type": ASKED, "by": between.identity(peer), "payload": payload}
        self._neighbours.tell(keeper, between.event(asked))

    # -- what the workers tell each other ----------------------------------------------------

    def decided(self, recording: dict[str, Any]) -> None:
        """Here, about the consent; people here were told."""
        self._recorded(recording)
        self.publish()

    def publish(self) -> None:
        """Tell the others how the call stands, if it is kept here and is another than was said."""
        now = self.told()
        if not self.elsewhere and now != self._said:
            self._say(now)

    def _say(self, now: dict[str, Any]) -> None:
        self._said = now
        self._neighbours.publish(between.event({"type": KEPT, **now}))

    def told(self) -> dict[str, Any]:
        """How the call stands that is kept here: no rows when it is not."""
        in_it: dict[str, list[dict[str, Any]]] = {}
        if not self.elsewhere:
            every = {peer.id: self._call.rows(peer) for peer in self._everybody()}
            in_it = {id_: rows for id_, rows in every.items() if rows}
        return {"rows": in_it, "recording": self.recording if in_it else OFF}

    def heard(self, origin: str, kept: dict[str, Any]) -> None:
        """Another worker says how the call stands that it keeps."""
        rows: dict[str, list[dict[str, Any]]] = kept["rows"]
        if not rows:
            if origin == self._keeper:
                self._leave_keeper()
            return
        ours = self._own if self._keeper is None and self._call.pages else self._keeper
        if ours is not None and ours < origin:
            self._say(self.told())  # that one steps back when it hears of this call
            return
        news = origin != self._keeper
        if self._keeper is None:
            self._call.give_up()
        self._keeper = origin
        self._rows = rows
        self._show(kept["recording"])
        if news:
            for peer, payload in self._pages.items():
                self._pass_on(origin, peer, payload)
        self._changed()

    def lost(self, origin: str) -> None:
        """A worker is gone: with its call, if it kept one, its knowledge of that is too."""
        if origin == self._keeper:
            self._leave_keeper()

    def tick(self) -> None:
        """Now and then: pages that the keeper does not know are told to it again."""
        if self._keeper is None:
            return
        for peer, payload in self._pages.items():
            if not self._rows.get(peer.id):
                self._pass_on(self._keeper, peer, payload)

    def _leave_keeper(self) -> None:
        self._keeper = None
        self._rows = {}
        self._show(OFF)
        self._changed()
        if not self._pages:
            return
        new = min([self._own, *self._neighbours.names])
        for peer, payload in list(self._pages.items()):
            if new == self._own:
                self._do(peer, payload)
            else:
                self._pass_on(new, peer, payload)

    def _show(self, recording: dict[str, Any]) -> None:
        if recording != self._recording:
            self._recording = recording
            self._tell({"type": "recording", **recording})
            self._recorded(recording)
