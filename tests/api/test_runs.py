"""Runs over HTTP: the room's own code, for those who may write."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, register
from tests.helpers.server import wait_until


@pytest.fixture
def session(host: Person) -> str:
    return str(host.create_session()["_id"])


def test_the_rooms_own_code_runs_and_is_kept(host: Person, session: str) -> None:
    answer = host.http.post(f"/api/sessions/{session}/runs", json={"language": "python"})
    assert answer.status_code == 202
    started = answer.json()["run"]
    assert started["by"] == {"_id": host.id, "name": "Hedy Lamarr"}

    def newest() -> dict[str, Any]:
        run: dict[str, Any] = host.call("GET", f"/api/sessions/{session}/runs")["runs"][-1]
        return run

    wait_until(lambda: newest()["status"] == "finished", "the run to end")
    ended = newest()
    assert ended["_id"] == started["_id"]
    assert ended["verdict"] == "ok", ended
    assert ended["exitCode"] == 0
    assert ended["matchesExpected"] is False  # the starter solves nothing yet


@pytest.mark.parametrize(
    "body", [{"language": "cobol"}, {"language": 1}, {"code": "print()"}, {"stdin": 1}]
)
def test_a_run_takes_a_language_it_knows_and_no_code(
    host: Person, session: str, body: dict[str, object]
) -> None:
    answer = host.http.post(f"/api/sessions/{session}/runs", json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_body"
    assert answer.json()["field"] in body


def test_a_server_without_a_runner_says_so(
    make_server: ServerFactory, database_process: DatabaseProcess
) -> None:
    server = make_server(DB_URL=database_process.url, DB_NAME="no-runner", RUNNER="off").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    answer = host.http.post(f"/api/sessions/{session}/runs")
    assert answer.status_code == 503
    assert answer.json()["code"] == "runner_off"
    (row,) = [line for line in server.output.splitlines() if line.startswith("  runner")]
    assert row.split() == ["runner", "off", "turned", "off", "RUNNER"]
