"""What is measured; each scenario starts the server it needs and returns its figures."""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from pycrdt import Doc, Text

from bench.figures import Figures, cpu_seconds, latencies, percentile, resident_bytes
from bench.rooms import Typist, people_of, room_url
from bench.wire import Wire, connect
from crdt import frames
from crdt.frames import SyncStep1, SyncStep2, Update
from tests.helpers.people import bearer
from tests.helpers.processes import database_of
from tests.helpers.server import ROOT, ServerProcess

TRACE = ROOT.parent / "shared/traces/sveltecomponent.json.gz"

PAIRS = 100
EDITS_PER_SECOND = 10
BURST_SECONDS = 4.0
BURSTS = 4
IDLE_ROOMS = 500


@asynccontextmanager
async def running(**settings: str) -> AsyncIterator[ServerProcess]:
    """A server with data of its own; limits on the machine are as they are."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = ServerProcess(Path(folder), LOG_LEVEL="warning", RUNNER="off", **settings)
        await asyncio.to_thread(server.start)
        try:
            yield server
        finally:
            await asyncio.to_thread(server.close)


async def pair() -> Figures:
    """100 rooms of two, each typing 10 letters a second with a cursor move, in bursts."""
    async with running() as server:
        host, sessions = await asyncio.to_thread(people_of, server, PAIRS)
        pairs = []
        for number, session in enumerate(sessions):
            two = Typist(1000 + 2 * number), Typist(1001 + 2 * number)
            two[0].partner, two[1].partner = two[1], two[0]
            for typist in two:
                await typist.join(await asyncio.to_thread(room_url, server, host, session))
            pairs.append(two)
        typists = [typist for two in pairs for typist in two]
        database = database_of(server.pid)
        assert database is not None
        cpu, database_cpu, began = cpu_seconds(server.pid), cpu_seconds(database), time.time()
        for _ in range(BURSTS):
            await asyncio.gather(*(_burst(typist, n) for n, typist in enumerate(typists)))
        seconds = time.time() - began
        cpu, database_cpu = cpu_seconds(server.pid) - cpu, cpu_seconds(database) - database_cpu
        delivered = sum(len(typist.arrived) for typist in typists)
        lost = sum(len(typist.sent) for typist in typists) - delivered
        return {
            **latencies([each for typist in typists for each in typist.arrived], "edit"),
            **latencies([each for typist in typists for each in typist.saved], "saved"),
            "server CPU per delivered edit us": 1e6 * cpu / delivered,
            "database CPU per delivered edit us": 1e6 * database_cpu / delivered,
            "edits per second": delivered / seconds,
            "edits lost": lost,
        }


async def _burst(typist: Typist, number: int) -> None:
    """Type for a while, each starting at another moment, then wait until all is saved."""
    interval = 1 / EDITS_PER_SECOND
    await asyncio.sleep(interval * (number % 97) / 97)
    for _ in range(int(BURST_SECONDS * EDITS_PER_SECOND)):
        typist.type()
        await asyncio.sleep(interval)
    while not typist.all_saved:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def opening() -> Figures:
    """Opening a session with the document of the sveltecomponent trace (18,451 characters,
    19,749 edits), from asking for a ticket to having all of it: with the room in memory, and
    as the first after a restart of the server."""
    update, length = _svelte_document()
    cold = []
    async with running() as server:
        host, [session] = await asyncio.to_thread(people_of, server, 1)
        keeper, _ = await _sync(await asyncio.to_thread(room_url, server, host, session))
        keeper.send(frames.encode(Update(update)))
        async with httpx.AsyncClient(base_url=server.url, headers=bearer(host.token)) as http:
            warm = [await _time_opening(http, server, session, length) for _ in range(20)]
        keeper.transport.close()
        for _ in range(5):
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            async with httpx.AsyncClient(base_url=server.url, headers=bearer(host.token)) as http:
                await http.get("/api/auth/me")  # the page is open already
                cold.append(await _time_opening(http, server, session, length))
    return {
        "open, in memory p50 ms": 1000 * percentile(warm, 50),
        "open, in memory max ms": 1000 * max(warm),
        "open, after restart p50 ms": 1000 * percentile(cold, 50),
        "open, after restart max ms": 1000 * max(cold),
    }


def _svelte_document() -> tuple[bytes, int]:
    """The trace typed into main.py's front, edit by edit, and how long it is."""
    trace = json.loads(gzip.decompress(TRACE.read_bytes()))
    doc = Doc[Text]()
    text = doc.get("file:main.py", type=Text)
    ascii_only = trace["endContent"].isascii()
    for txn in trace["txns"]:
        with doc.transaction():
            for at, deleted, inserted in txn["patches"]:
                ascii_only = ascii_only and inserted.isascii()
                if deleted:
                    del text[at : at + deleted]
                if inserted:
                    text.insert(at, inserted)
    assert ascii_only, "pycrdt counts bytes, the trace counts characters"
    assert str(text) == trace["endContent"]
    return doc.get_update(), len(trace["endContent"])


async def _time_opening(
    http: httpx.AsyncClient, server: ServerProcess, session: str, length: int
) -> float:
    began = time.perf_counter()
    ticket = (await http.post(f"/api/sessions/{session}/ticket")).json()["ticket"]
    url = f"{server.ws_url}/ws/rooms/{session}?ticket={ticket}&events=1"
    wire, document = await _sync(url)
    seconds = time.perf_counter() - began
    assert len(str(document.get("file:main.py", type=Text))) >= length
    wire.transport.close()
    return seconds


async def _sync(url: str) -> tuple[Wire, Doc[Text]]:
    """Connect and take the document."""
    document = Doc[Text]()
    synced = asyncio.Event()

    def on_message(_: Wire, message: bytes) -> None:
        if message[:2] == b"\x00\x01":
            frame = frames.decode(message)
            assert isinstance(frame, SyncStep2)
            document.apply_update(frame.update)
            synced.set()

    wire = await connect(url, on_message)
    wire.send(frames.encode(SyncStep1(document.get_state())))
    await synced.wait()
    return wire, document


async def idle() -> Figures:
    """Memory of rooms that are open and of connections that say nothing."""
    async with running() as server:
        host, sessions = await asyncio.to_thread(people_of, server, IDLE_ROOMS)
        empty = resident_bytes(server.pid)
        for session in sessions:
            await asyncio.to_thread(host.call, "GET", f"/api/sessions/{session}/files")
        opened = resident_bytes(server.pid)
        typists = [Typist(2000 + number) for number in range(2 * IDLE_ROOMS)]
        for number, typist in enumerate(typists):
            session = sessions[number % IDLE_ROOMS]
            await typist.join(await asyncio.to_thread(room_url, server, host, session))
        connected = resident_bytes(server.pid)
        return {
            "KB per idle room": (opened - empty) / IDLE_ROOMS / 1024,
            "KB per connection": (connected - opened) / len(typists) / 1024,
            "server MB before": empty / 2**20,
        }


SCENARIOS: dict[str, Callable[[], Awaitable[Figures]]] = {
    "pair": pair,
    "open": opening,
    "idle": idle,
}
