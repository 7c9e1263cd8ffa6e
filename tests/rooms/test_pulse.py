"""What rooms count: every message, and the time of one in 64 until its bytes were written."""

from __future__ import annotations

from crdt import frames
from crdt.frames import SyncStep1
from server.rooms.hub import Hub
from server.rooms.pulse import SAMPLE_MASK
from tests.helpers.wires import Client, turn_over


async def test_one_in_64_is_timed_and_only_once_its_bytes_are_written(
    hub: Hub, session_id: str
) -> None:
    room = await hub.open(session_id)
    client = Client()
    client.enter(hub, room)
    written: list[int] = []
    hub.pulse.on_timed = lambda seconds: written.append(client.socket.writes)
    question = frames.encode(SyncStep1(b"\x00"))
    for _ in range(SAMPLE_MASK):
        room.receive(client.connection, question)
        await turn_over()
    assert written == []
    writes = client.socket.writes
    room.receive(client.connection, question)
    assert written == []
    await turn_over()
    assert written == [writes + 1]
    assert hub.pulse.messages == SAMPLE_MASK + 1
