"""Somebody in a room who hears of its runs and types to them, as a page does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from crdt import frames
from crdt.frames import Event, SyncStep1
from tests.helpers.people import Person


class Watcher:
    """`heard`: every event that has come so far."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.heard: list[dict[str, Any]] = []

    def until(self, kind: str, **values: Any) -> dict[str, Any]:
        """The next event of that type which has these values."""
        while True:
            message = self._socket.recv(timeout=30)
            assert isinstance(message, bytes)
            frame = frames.decode(message)
            if not isinstance(frame, Event):
                continue
            event = frame.payload()
            self.heard.append(event)
            if event["type"] == kind and values.items() <= event.items():
                return event

    def until_printed(self, text: str) -> str:
        """Waits until what was printed since the last such call holds `text`; answers all of it."""
        printed = ""
        while text not in printed:
            printed += self.until("run.output")["text"]
        return printed

    def people(self, met: Callable[[list[dict[str, Any]]], object]) -> list[dict[str, Any]]:
        """The newest roster, once it holds of it; it may have come before `hello`."""
        rosters = [each["people"] for each in self.heard if each["type"] == "roster"]
        people: list[dict[str, Any]] = rosters[-1] if rosters else []
        while not met(people):
            people = self.until("roster")["people"]
        return people

    def tell(self, kind: str, **values: Any) -> None:
        self._socket.send(frames.event({"type": kind, **values}))


@contextmanager
def watching(url: str, person: Person, session: str) -> Iterator[Watcher]:
    room = f"{url.replace('http', 'ws', 1)}/ws/rooms/{session}"
    with connect(f"{room}?events=1&ticket={person.ticket(session)}") as socket:
        socket.send(frames.encode(SyncStep1(b"\0")))
        watcher = Watcher(socket)
        watcher.until("hello")
        yield watcher
