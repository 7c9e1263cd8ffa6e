"""Is it up, does it work, and what happens when the database goes away and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server import VERSION
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import api, register
from tests.helpers.server import wait_until


def test_health_says_what_it_is(url: str) -> None:
    answer = api(url).get("/health")
    assert answer.status_code == 200
    told = answer.json()
    assert told["msg"] == "api is up and running"
    assert told["version"] == VERSION
    assert told["uptime"] >= 0


def test_ready_lists_every_part(url: str) -> None:
    answer = api(url).get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "parts": {"database": "ok", "journal": "ok"}}


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[DatabaseProcess]:
    database = DatabaseProcess(tmp_path)
    try:
        yield database.start()
    finally:
        database.kill()


def test_a_lost_database_is_unavailable_not_missing_and_is_found_again(
    make_server: ServerFactory, own_database: DatabaseProcess
) -> None:
    server = make_server(DB_URL=own_database.url, DB_NAME="mine").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    own_database.kill()
    answer = host.http.get(f"/api/sessions/{session}")
    assert answer.status_code == 503
    assert answer.json()["code"] == "storage_unavailable"
    ready = host.http.get("/ready")
    assert ready.status_code == 503
    assert ready.json()["parts"]["database"] != "ok"
    assert host.http.get("/health").status_code == 200
    own_database.start()
    wait_until(server.is_ready, "the database to be found again")
    assert host.call("GET", f"/api/sessions/{session}")["session"]["_id"] == session
