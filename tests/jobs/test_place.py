"""Where jobs are done: in the server, by a worker, when Inngest calls, or nowhere."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from crdt.errors import CloseCode
from tests.conftest import ServerFactory
from tests.helpers.command import interview, refused
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, register
from tests.helpers.rawclient import raw_client
from tests.helpers.server import ServerProcess, environment, wait_until
from tests.jobs.inngest_side import SIGNING_KEY, InngestSide


@pytest.fixture
def shared_database(tmp_path: Path) -> Iterator[DatabaseProcess]:
    """One that a server and a worker both use."""
    (tmp_path / "shared").mkdir()
    process = DatabaseProcess(tmp_path / "shared").start()
    try:
        yield process
    finally:
        process.kill()


OLD = datetime(2020, 1, 1, tzinfo=UTC)


def make_idle(url: str, session_id: str) -> None:
    """Nobody was there for a long time."""
    change(url, session_id, createdAt=OLD, lastSeenAt=OLD)


def complete(url: str, session_id: str) -> None:
    """Ended long ago, and not closed."""
    change(url, session_id, status="completed", endedAt=OLD, updatedAt=OLD)


def change(url: str, session_id: str, **values: Any) -> None:
    with MongoClient[dict[str, Any]](url, tz_aware=True) as client:
        changed = client["interview"]["sessions"].update_one({"_id": session_id}, {"$set": values})
    assert changed.matched_count == 1


def is_over(host: Person, session_id: str) -> bool:
    session = host.call("GET", f"/api/sessions/{session_id}")["session"]
    return bool(session["status"] == "completed")


def test_the_server_does_them_and_counts(
    shared_database: DatabaseProcess, make_server: ServerFactory
) -> None:
    server = make_server(DB_URL=shared_database.url).start()
    assert "jobs" in server.output
    host = register(server.url)
    session_id = host.create_session()["_id"]
    make_idle(shared_database.url, session_id)
    assert server.stop() == 0
    server.start()  # its jobs are done within seconds of the start
    wait_until(lambda: is_over(host, session_id), "the session to be completed")
    assert host.call("GET", f"/api/sessions/{session_id}/files")["files"], "the code stays"
    figures = httpx.get(f"{server.url}/metrics").text
    assert 'interview_job_runs_total{job="idle"}' in figures
    wait_until(
        lambda: (
            'job_last_success_timestamp_seconds{job="guests"}'
            in httpx.get(f"{server.url}/metrics").text
        ),
        "all to be done once",
    )


@dataclass
class WorkerProcess:
    """`interview worker`."""

    folder: Path
    settings: dict[str, str]

    def start(self) -> WorkerProcess:
        with (self.folder / "worker.log").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "worker"],
                cwd=self.folder,
                env=environment(**self.settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return self

    @property
    def output(self) -> str:
        return (self.folder / "worker.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_does_them_beside_a_server_that_does_not(
    shared_database: DatabaseProcess,
    make_server: ServerFactory,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    settings = {"DB_URL": shared_database.url, "JOBS": "worker"}
    server = make_server(**settings).start()
    host = register(server.url)
    session_id = host.create_session()["_id"]
    make_idle(shared_database.url, session_id)
    worker = WorkerProcess(tmp_path, settings).start()
    try:
        wait_until(lambda: is_over(host, session_id), "the session to be completed")
        assert "Doing background jobs" in worker.output
        worker.process.send_signal(number)
        assert worker.process.wait(10) == 0, worker.output
        assert "Traceback" not in worker.output
    finally:
        worker.process.kill()
        worker.process.wait()
    with MongoClient[dict[str, Any]](shared_database.url) as client:
        assert client["interview"]["leases"].count_documents({}) == 0, "given back"


def test_a_worker_ends_promptly_while_the_database_is_away(
    shared_database: DatabaseProcess, tmp_path: Path
) -> None:
    settings = {"DB_URL": shared_database.url, "LOG_LEVEL": "debug"}
    worker = WorkerProcess(tmp_path, settings).start()
    try:
        wait_until(lambda: "lease taken" in worker.output, "it to work")
        shared_database.kill()
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(10) == 0, worker.output
    finally:
        worker.process.kill()
        worker.process.wait()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "set DB_URL"),
        ({"DB_URL": "mongodb://127.0.0.1:1"}, "Check DB_URL"),
        ({"DB_URL": "mongodb://127.0.0.1:1", "JOBS": "off"}, "set JOBS=worker"),
        ({"DB_URL": "mongodb://127.0.0.1:1", "INNGEST_SIGNING_KEY": "x"}, "start no worker"),
        ({"JOBS": "elsewhere"}, "JOBS must be one of server, worker, off"),
    ],
)
def test_a_worker_that_cannot_or_need_not_be_says_why(
    tmp_path: Path, settings: dict[str, str], says: str
) -> None:
    assert says in refused(interview(tmp_path, "worker", **settings))


def test_half_of_streams_settings_stop_the_start(tmp_path: Path) -> None:
    told = refused(interview(tmp_path, "serve", STREAM_API_KEY="key"))
    assert "STREAM_API_SECRET is missing" in told


@pytest.mark.parametrize(
    ("jobs", "row"), [("off", ["off", "turned", "off"]), ("worker", ["off", "left", "to"])]
)
def test_a_server_that_does_none_says_so(
    shared_database: DatabaseProcess, make_server: ServerFactory, jobs: str, row: list[str]
) -> None:
    server = make_server(DB_URL=shared_database.url, JOBS=jobs).start()
    rows = {line.split()[0]: line for line in server.output.splitlines() if line.startswith("  ")}
    assert rows["jobs"].split()[1:4] == row
    assert httpx.get(f"{server.url}/api/inngest").status_code == 404


# -- Inngest -------------------------------------------------------------------------------


def send(request: httpx.Request) -> httpx.Response:
    with httpx.Client(timeout=30) as client:
        return client.send(request)


@pytest.fixture
def called(shared_database: DatabaseProcess, make_server: ServerFactory) -> ServerProcess:
    """A server whose jobs Inngest calls."""
    key = f"signkey-prod-{SIGNING_KEY}"
    # INNGEST_DEV is what the SDK would read to look at no signatures
    settings = {"INNGEST_SIGNING_KEY": key, "INNGEST_DEV": "1", "LOG_LEVEL": "debug"}
    return make_server(DB_URL=shared_database.url, **settings).start()


def test_inngest_is_told_what_there_is_and_runs_it(
    called: ServerProcess, shared_database: DatabaseProcess
) -> None:
    inngest = InngestSide(called.url)
    told = send(inngest.sync())
    assert told.status_code == 200
    functions = {each["id"]: each for each in told.json()["functions"]}
    names = {"calls", "idle", "guests", "journals", "remote"}
    assert set(functions) == {f"interview-room-{name}" for name in names}
    for function in functions.values():
        assert function["triggers"][0]["cron"].split()[-1] == "*"
        url = function["steps"]["step"]["runtime"]["url"]
        assert url.startswith(f"{inngest.url}?fnId=")
    host = register(called.url)
    session_id = host.create_session()["_id"]
    make_idle(shared_database.url, session_id)
    answer = send(inngest.call("interview-room-idle"))
    assert (answer.status_code, answer.json()) == (200, 1)
    assert is_over(host, session_id)
    assert send(inngest.call("interview-room-idle")).json() == 0
    assert 'interview_job_things_total{job="idle"} 1.0' in httpx.get(f"{called.url}/metrics").text
    assert "called by Inngest" in called.output
    assert "lease taken" not in called.output, "nothing of ours runs them"


async def test_whoever_is_in_the_room_stays_although_the_database_does_not_know(
    called: ServerProcess, shared_database: DatabaseProcess
) -> None:
    """It was away all day, say."""
    host = register(called.url)
    session_id = host.create_session()["_id"]
    async with raw_client(called, session_id, host.ticket(session_id), events="1") as client:
        await client.event("hello")
        make_idle(shared_database.url, session_id)
        assert send(InngestSide(called.url).call("interview-room-idle")).json() == 0
    assert not is_over(host, session_id)


async def test_whoever_is_still_in_the_room_of_a_completed_session_is_told(
    called: ServerProcess, shared_database: DatabaseProcess
) -> None:
    """Whoever completed it died before closing it."""
    host = register(called.url)
    session_id = host.create_session()["_id"]
    async with raw_client(called, session_id, host.ticket(session_id), events="1") as client:
        await client.event("hello")
        complete(shared_database.url, session_id)
        assert send(InngestSide(called.url).call("interview-room-idle")).json() == 1
        ended = await client.event("session.ended")
        assert ended["reason"] == "The session has ended."
        assert ended["session"]["status"] == "completed"
        assert await client.close_code() == CloseCode.SESSION_ENDED


def test_what_is_not_signed_by_inngest_gets_nothing(called: ServerProcess) -> None:
    inngest, other = InngestSide(called.url), InngestSide(called.url, "f" * 32)
    body = json.dumps({"url": inngest.url}).encode()
    stale = inngest.signed(body, time.time() - 600)
    answers = [
        httpx.get(inngest.url),
        httpx.put(inngest.url, content=body),
        httpx.put(inngest.url, content=body, headers={"x-inngest-sync-kind": "in_band"}),
        httpx.post(inngest.url, params={"fnId": "interview-room-idle"}, content=body),
        httpx.post(inngest.url, params={"probe": "trust"}, content=b""),
        httpx.get(inngest.url, headers=other.signed(b"")),
        send(other.sync()),
        send(other.call("interview-room-idle")),
        httpx.put(inngest.url, content=body, headers=stale),
        httpx.put(inngest.url, content=b'{"url": "x"}', headers=inngest.signed(body)),
        httpx.get(inngest.url, headers={b"x-inngest-signature": "t=²&s=1".encode()}),
        httpx.get(inngest.url, headers={"x-inngest-signature": f"t={int(time.time())}"}),
    ]
    assert [answer.status_code for answer in answers] == [401] * len(answers)
    large = b" " * (5 * 1024 * 1024)
    answer = httpx.post(inngest.url, content=large, headers=inngest.signed(b""))
    assert answer.status_code == 413
    assert send(InngestSide(called.url).sync()).status_code == 200, "and it still works"
