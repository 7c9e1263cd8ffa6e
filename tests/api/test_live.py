"""`/ws/live` and the figures it speaks of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from crdt.errors import CloseCode
from tests.conftest import ServerFactory
from tests.helpers.people import Person, accept_invite, bearer, register
from tests.helpers.server import ServerProcess, wait_until

EVERYTHING = {"type": "changed", "what": ["sessions", "stats"]}


@asynccontextmanager
async def listening(
    server: ServerProcess, person: Person | None = None, **headers: str
) -> AsyncIterator[ClientConnection]:
    if person:
        headers |= bearer(person.token)
    async with connect(f"{server.ws_url}/ws/live", additional_headers=headers) as socket:
        yield socket


async def refused(server: ServerProcess, **headers: str) -> int | None:
    async with listening(server, None, **headers) as socket:
        return await close_code(socket)


async def close_code(socket: ClientConnection) -> int | None:
    """The code the server closes with; everything before is read."""
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code


async def told(
    socket: ClientConnection, change: Callable[[], object], *what: str
) -> list[dict[str, Any]]:
    """Make a change and read until all of `what` was told of; returns all that was."""
    await asyncio.to_thread(change)
    events: list[dict[str, Any]] = []
    missing = set(what)
    while missing:
        events.append(json.loads(await socket.recv()))
        missing -= set(events[-1]["what"])
    return events


async def ready(socket: ClientConnection) -> None:
    """Listening begins a moment after the handshake: until that is told."""
    assert json.loads(await socket.recv()) == EVERYTHING


async def test_whoever_listens_is_told_first_that_anything_may_have_changed_meanwhile(
    server_process: ServerProcess, host: Person
) -> None:
    """From there on nothing is missed: a change right after it is told of."""
    async with listening(server_process, host) as socket:
        await ready(socket)
        await told(socket, host.create_session, "sessions", "stats")


async def test_what_changes_lists_and_figures_is_told(
    server_process: ServerProcess, host: Person, other: Person
) -> None:
    async with listening(server_process, host) as socket:
        await ready(socket)
        events = await told(socket, host.create_session, "sessions", "stats")
        assert all(set(event) == {"type", "what"} for event in events)
        assert {event["type"] for event in events} == {"changed"}
        session = host.create_session()["_id"]
        await told(socket, lambda: None, "sessions", "stats")
        joining = f"/api/sessions/join/{session}"
        await told(socket, lambda: other.call("POST", joining), "sessions", "stats")
        running = f"/api/sessions/{session}/runs"
        body = {"language": "python"}
        (event,) = await told(socket, lambda: host.call("POST", running, body), "stats")
        assert event["what"] == ["stats"]
        ending = f"/api/sessions/end/{session}"
        await told(socket, lambda: host.call("POST", ending), "sessions", "stats")


async def test_others_figures_are_not_told_of(
    server_process: ServerProcess, host: Person, other: Person
) -> None:
    async with listening(server_process, other) as socket:
        await ready(socket)
        for event in await told(socket, host.create_session, "sessions"):
            assert event["what"] == ["sessions"]


async def test_who_may_listen(server_process: ServerProcess, host: Person) -> None:
    url = server_process.url
    cookie = f"session={host.token}"
    guest = accept_invite(url, host.invite(host.create_session()["_id"]))
    for headers in ({"Cookie": cookie, "Origin": url}, bearer(guest.token)):
        async with listening(server_process, None, **headers) as socket:
            await ready(socket)
    assert await refused(server_process) == CloseCode.NOT_SIGNED_IN
    assert await refused(server_process, Cookie="session=x") == CloseCode.NOT_SIGNED_IN
    assert await refused(server_process, Authorization="Basic x") == CloseCode.NOT_SIGNED_IN
    evil = {"Cookie": cookie, "Origin": "https://evil.example"}
    assert await refused(server_process, **evil) == CloseCode.NOT_ALLOWED


async def test_nothing_may_be_said_to_it(server_process: ServerProcess, host: Person) -> None:
    async with listening(server_process, host) as socket:
        await socket.send("hello")
        assert await close_code(socket) == CloseCode.BAD_FRAME


async def test_the_server_stops_although_somebody_listens_and_does_not_read(
    make_server: ServerFactory,
) -> None:
    server = make_server().start()
    host = register(server.url)
    async with listening(server, host) as socket, listening(server, host) as silent:
        await ready(socket)
        silent.transport.pause_reading()
        assert await asyncio.to_thread(server.stop) == 0
        assert await close_code(socket) == CloseCode.RESTARTING
    assert "Traceback" not in server.output
    assert "timeout" not in server.output.lower()


# -- figures ---------------------------------------------------------------------------------


def test_figures_are_the_callers_own(host: Person, other: Person) -> None:
    session = host.create_session()["_id"]
    other.call("POST", f"/api/sessions/join/{session}")
    host.create_session()
    host.call("POST", "/api/problems/two-sum/practice")
    host.call("POST", f"/api/sessions/{session}/runs", {"language": "python"})

    def stats(person: Person) -> dict[str, Any]:
        found: dict[str, Any] = person.call("GET", "/api/stats?days=2")
        return found

    wait_until(lambda: stats(host)["passRate"] is not None, "the run to be judged")
    host.call("POST", f"/api/sessions/end/{session}")
    mine, theirs = stats(host), stats(other)
    assert (mine["active"], mine["completed"], mine["people"]) == (1, 1, 1)
    assert (mine["runs"], mine["passed"], mine["passRate"]) == (1, 0, 0)
    assert (theirs["active"], theirs["completed"], theirs["people"]) == (0, 1, 1)
    assert (theirs["runs"], theirs["passRate"]) == (0, None)
    assert len(mine["days"]) == 2
    assert set(mine["days"][0]) == {"date", "sessions", "hours", "runs", "passed"}


@pytest.mark.parametrize("days", ["0", "366", "-1", "many", "1.5"])
def test_days_are_1_to_365(host: Person, days: str) -> None:
    answer = host.http.get("/api/stats", params={"days": days})
    assert answer.status_code == 400
    assert answer.json()["field"] == "days"
    assert len(host.call("GET", "/api/stats")["days"]) == 30
    assert len(host.call("GET", "/api/stats?days=365")["days"]) == 365
