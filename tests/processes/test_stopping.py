"""How a worker ends: people are sent away at once, and nothing is waited for that hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from server.processes import child as child_module
from server.processes.child import Child, told
from server.processes.link import Ask, Welcome
from server.processes.serving import STOP_SECONDS
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, bearer, register
from tests.helpers.processes import alive, children_of, workers_of
from tests.helpers.rawclient import RawClient, raw_client
from tests.helpers.runs import write
from tests.helpers.server import ServerProcess, environment, wait_until
from tests.processes.conftest import Factory

GAVE_UP = "timeout graceful shutdown exceeded"
"""What uvicorn says once it has waited for a request as long as it may."""


@asynccontextmanager
async def joined(server: ServerProcess, host: Person, session: str) -> AsyncIterator[RawClient]:
    async with raw_client(server, session, host.ticket(session), events="1") as client:
        await client.sync()
        yield client


def slow_request(server: ServerProcess, person: Person) -> socket.socket:
    """A request whose body does not come, so that it is being answered for as long as it may."""
    host, port = server.url.removeprefix("http://").split(":")
    head = [
        "POST /api/sessions/create HTTP/1.1",
        f"Host: {host}:{port}",
        *(f"{name}: {value}" for name, value in bearer(person.token).items()),
        "Content-Type: application/json",
        "Content-Length: 100",
    ]
    connection = socket.create_connection((host, int(port)))
    connection.sendall(("\r\n".join(head) + '\r\n\r\n{"problem').encode())
    return connection


async def test_people_are_sent_away_with_1012_and_what_was_saved_is_there(
    make_two: Factory,
) -> None:
    server = make_two().start()
    host = register(server.url)
    session = host.create_session()["_id"]
    async with joined(server, host, session) as client:
        await client.type("# kept ")
        while (await client.event("saved"))["frames"] < 1:
            pass
        os.kill(server.pid, signal.SIGTERM)
        assert await asyncio.wait_for(client.close_code(), STOP_SECONDS) == 1012
    assert await asyncio.to_thread(server.wait) == 0
    assert "Traceback" not in server.output
    server.start()
    files = host.call("GET", f"/api/sessions/{session}/files")["files"]
    assert any("# kept" in file["text"] for file in files)


async def test_a_request_that_does_not_end_holds_nobody_else_up(make_server: ServerFactory) -> None:
    server = make_server().start()
    host = register(server.url)
    session = host.create_session()["_id"]
    async with joined(server, host, session) as client:
        with closing(slow_request(server, host)) as request:
            os.kill(server.pid, signal.SIGTERM)
            assert await client.close_code() == 1012
            request.setblocking(False)
            with pytest.raises(BlockingIOError):  # it is still waited for
                request.recv(1)
            assert await asyncio.to_thread(server.wait) == 0


@pytest.mark.parametrize("make", ["make_server", "make_two"])
@pytest.mark.parametrize("signals", [1, 2])
async def test_a_second_signal_waits_for_no_request(
    make: str, signals: int, request: pytest.FixtureRequest
) -> None:
    server: ServerProcess = request.getfixturevalue(make)().start()
    host = register(server.url)
    async with joined(server, host, host.create_session()["_id"]) as client:
        with closing(slow_request(server, host)):
            os.kill(server.pid, signal.SIGTERM)
            assert await client.close_code() == 1012  # the first is being followed
            if signals == 2:
                os.kill(server.pid, signal.SIGTERM)
            assert await asyncio.to_thread(server.wait) == 0
    assert (GAVE_UP in server.output) == (signals == 1)


def test_a_program_that_runs_is_ended_and_told_as_stopped(make_server: ServerFactory) -> None:
    server = make_server(RUNNER="auto").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    write(server.url, host, session, "main.py", "import time\ntime.sleep(1000)\n")
    host.call("POST", f"/api/sessions/{session}/runs", {"language": "python"})

    def newest() -> Any:
        return host.call("GET", f"/api/sessions/{session}/runs")["runs"][-1]

    wait_until(lambda: newest()["status"] == "running", "the program to run")
    os.kill(server.pid, signal.SIGTERM)
    assert server.wait() == 0
    server.start()
    assert (newest()["status"], newest()["verdict"]) == ("finished", "stopped")


async def test_one_that_hangs_is_killed(
    database_process: DatabaseProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(child_module, "STOP_SECONDS", 0.2)
    settings = {"DB_URL": database_process.url, "DB_NAME": "hangs", "RUNNER": "off"}
    for name, value in environment(**settings, DATA_DIR=str(tmp_path)).items():
        monkeypatch.setenv(name, value)

    def nobody_asks(_child: Child, _ask: Ask) -> None:
        raise AssertionError

    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = await Child.start(Welcome(1, 1, ""), listener, nobody_asks)
        await child.listening()
        os.kill(child.pid, signal.SIGSTOP)
        await child.end()
        assert await child.ended() == -signal.SIGKILL
        assert not alive(child.pid)
    assert (told(-9), told(75), told(-250)) == ("SIGKILL", "exit code 75", "signal 250")


def test_one_process_alone_stays_at_sighup_and_says_why(make_server: ServerFactory) -> None:
    server = make_server().start()
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: "WEB_CONCURRENCY" in server.output, "it to say why")
    assert server.is_ready()
    assert not workers_of(server.pid)
    assert children_of(server.pid) == []
