"""Runs in rooms that are open at two servers, with one database and one Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.rooms.record import GONE
from server.store.database import new_id
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, api, register
from tests.helpers.redis import RedisProcess
from tests.helpers.runs import ran, write
from tests.helpers.server import ServerProcess, wait_until
from tests.helpers.watching import watching
from tests.problems.harness import PROBLEMS, solved

TWO_SUM = next(problem for problem in PROBLEMS if problem.id == "two-sum")
# each answer in one write: the echo of the next line cannot come in its midst
ECHO = "import sys\nprint('on')\nwhile True: sys.stdout.write(f'got {input()}\\n')\n"

Servers = tuple[ServerProcess, ServerProcess]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    (tmp_path / "redis").mkdir()
    process = RedisProcess(tmp_path / "redis").start()
    yield process
    process.kill()


@pytest.fixture
def servers(
    make_server: ServerFactory, redis: RedisProcess, database_process: DatabaseProcess
) -> Servers:
    shared = {
        "DB_URL": database_process.url,
        "DB_NAME": f"shared-{new_id()}",
        "SECRET_KEY": "x" * 32,
        "REDIS_URL": redis.url,
        "RUNNER": "auto",
        "RUNS_AT_ONCE": "1",
    }
    first, second = (make_server(folder, **shared) for folder in ("first", "second"))
    for server in (first, second):
        server.spawn()
    for server in (first, second):
        server.wait_ready()
    return first, second


def at(server: ServerProcess, person: Person) -> Person:
    """The same person at another server."""
    return Person(person.user, person.token, api(server.url, person.token))


def text_of(run: dict[str, Any]) -> str:
    return "".join(each["text"] for each in run["output"])


def start(person: Person, session: str) -> str:
    body = {"language": "python"}
    return str(person.call("POST", f"/api/sessions/{session}/runs", body)["run"]["_id"])


def has(person: Person, session: str, text: str) -> bool:
    files = person.call("GET", f"/api/sessions/{session}/files")["files"]
    return any(text in file["text"] for file in files)


def newest(person: Person, session: str) -> dict[str, Any]:
    run: dict[str, Any] = person.call("GET", f"/api/sessions/{session}/runs")["runs"][-1]
    return run


def test_a_run_is_seen_typed_to_and_stopped_at_another_server_and_is_the_only_one(
    servers: Servers,
) -> None:
    one, two = servers
    host = register(one.url)
    there = at(two, host)
    session = host.create_session()["_id"]
    write(one.url, host, session, "main.py", ECHO)
    with watching(two.url, there, session) as room:
        run = start(host, session)
        room.until_printed("on\n")
        for line in ("a", "b", "c"):
            room.tell("run.stdin", id=run, data=f"{line}\r")
        assert "got a" in room.until_printed("got c")
        refused = there.http.post(f"/api/sessions/{session}/runs", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "run_busy")
        going = newest(there, session)
        assert (going["_id"], going["status"]) == (run, "running")
        assert "got c" in text_of(going)
        with watching(two.url, there, session) as late:
            (told,) = late.heard[-1]["runs"]
            assert (told["_id"], told["status"], told["terminal"]) == (run, "running", True)
            assert "got c" in text_of(told)
            late.tell("run.stop", id=run)
            assert late.until("run.finished")["run"]["verdict"] == "stopped"
        room.until("run.finished")
        again = start(there, session)
        assert room.until("run.started")["run"]["_id"] == again
        room.tell("run.stop", id=again)
        room.until("run.finished")
    for person in (host, there):
        runs = person.call("GET", f"/api/sessions/{session}/runs")["runs"]
        assert [each["verdict"] for each in runs] == ["stopped", "stopped"]


def test_runs_of_all_servers_of_a_machine_stand_in_one_queue(servers: Servers) -> None:
    one, two = servers
    host = register(one.url)
    there = at(two, host)
    first, second = (host.create_session()["_id"] for _ in range(2))
    write(one.url, host, first, "main.py", ECHO)
    with watching(one.url, host, first) as room, watching(two.url, there, second) as other:
        run = start(host, first)
        room.until_printed("on\n")
        waits = start(there, second)
        assert other.until("run.waiting", id=waits)["place"] == 1
        room.tell("run.stop", id=run)
        room.until("run.finished")
        assert other.until("run.finished")["run"]["verdict"] == "ok"


def test_a_judged_run_counts_once_wherever_it_was_seen(servers: Servers) -> None:
    one, two = servers
    host = register(one.url)
    there = at(two, host)
    session = host.create_session()["_id"]
    write(one.url, host, session, "main.py", solved(TWO_SUM, "python"))
    with watching(two.url, there, session) as room:
        judged = ran(host, session, tests=True)
        told = room.until("run.finished")["run"]
    assert {case["state"] for case in told["cases"]} == {"passed"}
    assert told == judged == newest(there, session)
    for person in (host, there):
        figures = person.call("GET", "/api/stats")
        assert (figures["runs"], figures["passed"], figures["passRate"]) == (1, 1, 1)


@pytest.mark.parametrize("again", [True, False], ids=["started again", "gone for good"])
def test_the_run_of_a_server_that_was_killed_ends_for_all_and_blocks_nobody(
    servers: Servers, again: bool
) -> None:
    one, two = servers
    host = register(one.url)
    there = at(two, host)
    session = host.create_session()["_id"]
    with watching(two.url, there, session) as room:
        write(one.url, host, session, "main.py", ECHO)
        wait_until(lambda: has(there, session, ECHO), "the code to be at the other server")
        run = start(host, session)
        room.until_printed("on\n")
        one.kill()
        if again:
            one.start()
        # else its silence tells, after a while
        ended = room.until("run.finished")["run"]
        assert (ended["_id"], ended["verdict"], ended["message"]) == (run, "failed", GONE)
        assert "on" in text_of(ended)
        wait_until(lambda: "on" in text_of(newest(there, session)), "its output to be kept")
        next_one = start(there, session)
        room.until_printed("on\n")  # the place of the queue was given back
        room.tell("run.stop", id=next_one)
        room.until("run.finished")
