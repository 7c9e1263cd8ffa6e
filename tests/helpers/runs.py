"""Code typed into a room and run, as a page does it."""

from __future__ import annotations

from typing import Any

from pycrdt import Doc, Text
from websockets.sync.client import connect

from crdt import frames
from crdt.frames import SyncStep1, SyncStep2, Update
from tests.helpers.people import Person
from tests.helpers.server import wait_until


def write(url: str, person: Person, session: str, path: str, text: str) -> None:
    """Replaces a file of the room by ``text``; returns when the server has it."""
    room = f"{url.replace('http', 'ws', 1)}/ws/rooms/{session}"
    doc = Doc[Any]()
    with connect(f"{room}?ticket={person.ticket(session)}") as socket:
        socket.send(frames.encode(SyncStep1(doc.get_state())))
        while True:
            message = socket.recv(timeout=30)
            assert isinstance(message, bytes)
            if isinstance(frame := frames.decode(message), SyncStep2):
                break
        doc.apply_update(frame.update)
        before = doc.get_state()
        file = doc.get(f"file:{path}", type=Text)
        file.clear()
        file += text
        socket.send(frames.encode(Update(doc.get_update(before))))
        wait_until(lambda: text in _files(person, session), "the edit to arrive")


def ran(person: Person, session: str, **order: Any) -> dict[str, Any]:
    """Runs the room's code and returns the run once it has ended."""
    body = {"language": "python", **order}
    started = person.call("POST", f"/api/sessions/{session}/runs", body)["run"]
    assert started["cases"] is None

    def newest() -> dict[str, Any]:
        runs = person.call("GET", f"/api/sessions/{session}/runs")["runs"]
        (run,) = [run for run in runs if run["_id"] == started["_id"]]
        return dict(run)

    wait_until(lambda: newest()["status"] == "finished", "the run to end")
    return newest()


def _files(person: Person, session: str) -> list[str]:
    files = person.call("GET", f"/api/sessions/{session}/files")["files"]
    return [file["text"] for file in files]
