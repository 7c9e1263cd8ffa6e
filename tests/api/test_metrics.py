"""Figures for Prometheus: they move with what happens, and only those who may read them do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from crdt.frames import Update
from server.bus.memory import MemoryBus
from server.rooms.hub import Hub
from server.rooms.pulse import SAMPLE_MASK
from server.store.database import Database, new_id
from server.store.journal import Journal
from tests.conftest import ServerFactory
from tests.helpers.embedded import Storage, eventually
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import accept_invite, api, bearer, register
from tests.helpers.rawclient import raw_client
from tests.helpers.redis import RedisProcess
from tests.helpers.server import ServerProcess, wait_until
from tests.helpers.watching import watching
from tests.helpers.wires import Client, nobody

TOKEN = "a token for the figures"
KEYS = SAMPLE_MASK * 2 + 2


class Figures:
    """All samples at one moment."""

    def __init__(self, server: ServerProcess) -> None:
        answer = api(server.url).get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        families = list(text_string_to_metric_families(answer.text))
        self._samples = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return self._samples.get((f"interview_{name}", tuple(sorted(labels.items()))), 0.0)

    def has(self, name: str) -> bool:
        return any(name == each for each, _ in self._samples)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One nobody else uses, so that figures are this test's."""
    made = ServerProcess(tmp_path_factory.mktemp("metrics"))
    yield made.start()
    made.close()


async def test_a_room_moves_the_figures(server: ServerProcess) -> None:
    host = register(server.url)
    session = host.create_session()["_id"]
    guest = accept_invite(server.url, host.invite(session))
    before = Figures(server)
    async with (
        raw_client(server, session, host.ticket(session)) as typing,
        raw_client(server, session, guest.ticket(session)) as reading,
    ):
        await typing.sync()
        await reading.sync()
        for _ in range(KEYS):
            await typing.type("x")
            await reading.until(lambda frame: isinstance(frame, Update))
        during = Figures(server)
        await typing.send(b"\xff")
        assert await typing.close_code() == 4400
    assert during("rooms") == before("rooms") + 1
    for role in ("host", "participant"):
        assert during("connections", role=role) == before("connections", role=role) + 1
    assert during("updates_total") == before("updates_total") + KEYS
    assert during("messages_total") >= before("messages_total") + KEYS
    assert during("message_seconds_count") >= before("message_seconds_count") + 2
    assert during("message_seconds_sum") > before("message_seconds_sum")
    wait_until(lambda: Figures(server)("journal_pending_edits") == 0, "everything to be saved")
    wait_until(lambda: Figures(server)("connections", role="host") == 0, "the room to be empty")
    after = Figures(server)
    assert after("journal_commit_seconds_count") > before("journal_commit_seconds_count")
    assert after("journal_pending_bytes") == after("journal_oldest_pending_seconds") == 0
    assert after("websocket_closes_total", code="4400") == 1
    assert after("websocket_closes_total", code="client") >= 1


def test_what_is_said_who_is_in_a_call_and_what_is_recorded_are_counted(
    server: ServerProcess,
) -> None:
    host = register(server.url)
    session = host.create_session()["_id"]
    with watching(server.url, host, session) as page:
        page.tell("chat.send", channel="everybody", text="hello", key="k" * 20)
        page.until("chat.message")
        page.tell("call.join", key="page-of-the-host____", mic=True, camera=False)
        page.tell("recording.ask")
        while page.until("recording")["state"] != "on":
            pass
        during = Figures(server)
    assert during("chat_messages_total") == 1
    assert during("call_pages") == during("calls_recorded") == 1
    wait_until(lambda: Figures(server)("call_pages") == 0, "the page to be out of the call")


async def test_who_is_refused_at_the_door_is_counted(server: ServerProcess) -> None:
    async with raw_client(server, new_id(), "no ticket") as client:
        assert await client.close_code() == 4401
    assert Figures(server)("websocket_closes_total", code="4401") == 1


def test_who_goes_away_in_the_middle_of_a_body_is_no_error_of_ours(server: ServerProcess) -> None:
    head = b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as client:
        client.sendall(head)
    login = {"method": "POST", "route": "/api/auth/login"}

    def counted(status: str) -> float:
        return Figures(server)("http_requests_total", status=status, **login)

    wait_until(lambda: counted("408") + counted("500"), "the request to be over")
    assert counted("500") == 0
    assert "Traceback" not in server.output


def test_a_bus_whose_redis_is_away_is_told_of_until_it_is_there(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    redis = RedisProcess(tmp_path, "--requirepass", "a-secret")  # not started
    server = make_server(REDIS_URL=redis.url.replace("//", "//:a-secret@")).start()
    try:
        assert Figures(server)("bus_degraded") == 1
        row = next(line for line in server.output.splitlines() if line.startswith("  bus"))
        assert row.split()[1] == "off"
        assert "Redis cannot be reached" in row
        redis.start()
        wait_until(lambda: Figures(server)("bus_degraded") == 0, "the bus to carry")
        assert Figures(server)("bus_silent_seconds") < 2
        wait_until(lambda: "the bus carries again" in server.output, "the log to say so")
        assert "a-secret" not in server.output
    finally:
        redis.kill()


def test_requests_are_counted_by_their_route(server: ServerProcess) -> None:
    route = "/api/problems/{name}"
    before = Figures(server)
    for problem, answered in (("two-sum", 200), ("none", 404)):
        assert api(server.url).get(f"/api/problems/{problem}").status_code == answered
    api(server.url).get("/api/nothing/here")
    api(server.url).get("/sessions/whatever")
    after = Figures(server)
    for status in ("200", "404"):
        labels = {"method": "GET", "route": route, "status": status}
        name = "http_requests_total"
        assert after(name, **labels) == before(name, **labels) + 1
    assert after("http_request_seconds_count", method="GET", route=route) == 2
    assert after("http_requests_total", method="GET", route="/api", status="404") >= 1
    wait_until(  # a file is closed, and only then the request is over, after it was sent
        lambda: Figures(server)("http_request_seconds_count", method="GET", route="web") >= 1,
        "the page to be counted",
    )


def test_a_run_is_counted_when_it_ends(server: ServerProcess) -> None:
    host = register(server.url)
    session = host.create_session()["_id"]
    host.call("POST", f"/api/sessions/{session}/runs", {"language": "python"})
    wait_until(
        lambda: Figures(server)("runs_total", language="python", verdict="ok") == 1,
        "the run to be counted",
    )
    figures = Figures(server)
    assert figures("run_seconds_count", language="python") == 1
    assert figures("runs_going") == 0


def test_the_process_and_its_loop_are_there(server: ServerProcess) -> None:
    wait_until(lambda: Figures(server)("event_loop_lag_seconds_count") > 0, "the loop's lag")
    figures = Figures(server)
    assert figures.has("process_resident_memory_bytes")
    assert figures.has("interview_build_info")


async def test_what_cannot_be_saved_grows_older(away: Storage) -> None:
    journal = Journal(away.database, 0.005)
    await journal.start()
    hub = Hub(
        journal=journal, bus=MemoryBus(), grace_seconds=60, removals=nobody, snapshot_every=500
    )
    try:
        session = new_id()
        await hub.create(session, [], "")
        client = Client()
        client.enter(hub, await hub.open(session))
        await away.process.stop()
        journal.append(hub.rooms[session].log, "ada", b"\x00\x00")
        await eventually(lambda: journal.trouble, "the trouble to be noticed")
        first = journal.lag
        journal.append(hub.rooms[session].log, "ada", b"\x00\x00")
        second = journal.lag
        assert (first.edits, second.edits) == (1, 2)
        assert second.bytes > first.bytes > 0
        await eventually(lambda: journal.lag.seconds > first.seconds, "it to grow older")
        await away.process.start()
        await eventually(lambda: journal.lag == (0, 0, 0.0), "everything to be saved")
        assert journal.written == 2
    finally:
        await hub.close()
        await journal.stop()


async def test_one_server_counts_nothing_of_another(database: Database) -> None:
    journals = [Journal(database, 0.005) for _ in range(2)]
    hubs = [
        Hub(journal=each, bus=MemoryBus(), removals=nobody, grace_seconds=60, snapshot_every=500)
        for each in journals
    ]
    hubs[0].pulse.messages += 1
    assert hubs[1].pulse.messages == 0


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=1.2.3.4"}, {"Via": "1.1 a"}]
)
def test_without_a_token_only_this_machine_reads_them(
    server: ServerProcess, headers: dict[str, str]
) -> None:
    answer = api(server.url).get("/metrics", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"


def test_with_a_token_whoever_has_it_reads_them(
    make_server: ServerFactory, database_process: DatabaseProcess
) -> None:
    server = make_server(
        DB_URL=database_process.url, DB_NAME="token", METRICS_TOKEN=TOKEN, RUNNER="off"
    ).start()

    def ask(headers: dict[str, str]) -> httpx.Response:
        return api(server.url).get("/metrics", headers=headers)

    for headers in ({}, bearer("another token"), {"Authorization": TOKEN}):
        answer = ask(headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_signed_in"
    assert ask(bearer(TOKEN)).status_code == 200
    assert ask(bearer(TOKEN) | {"X-Forwarded-For": "203.0.113.9"}).status_code == 200
    assert TOKEN not in server.output
