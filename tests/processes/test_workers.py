"""Several workers, for real: starting, dying, being replaced, telling their figures."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed

from tests.helpers.command import interview, refused
from tests.helpers.people import api, register
from tests.helpers.processes import alive, children_of, database_of, workers_of
from tests.helpers.rawclient import raw_client
from tests.helpers.redis import RedisProcess
from tests.helpers.server import ServerProcess, wait_until
from tests.processes.conftest import Factory


def lines(server: ServerProcess, event: str) -> list[dict[str, Any]]:
    """The lines of the log that tell of `event`."""
    written = (line for line in server.output.splitlines() if line.startswith("{"))
    return [line for line in map(json.loads, written) if line["event"] == event]


def both(server: ServerProcess) -> bool:
    return len(workers_of(server.pid)) == 2 and server.is_ready()


def ask_until_both_answered(server: ServerProcess) -> None:
    """Each connection goes to whichever worker takes it first."""

    def answered() -> bool:
        api(server.url).get("/health")
        return {line["worker"] for line in lines(server, "request")} == {1, 2}

    wait_until(answered, "both workers to answer")


def test_one_table_tells_of_all_and_each_line_of_the_log_says_whose_it_is(
    make_two: Factory,
) -> None:
    server = make_two().start()
    assert server.output.count("Interview Room") == 1
    (row,) = [line for line in server.output.splitlines() if "WEB_CONCURRENCY" in line]
    assert row.split()[:4] == ["workers", "on", "2", "processes"]
    ask_until_both_answered(server)
    assert len({(server.data_dir / f"worker-{number}").read_text() for number in (1, 2)}) == 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"REDIS_URL": ""}, "needs REDIS_URL"),
        ({"PROBLEMS_FILE": "none.yaml"}, "none.yaml"),
        ({"DB_URL": "mongodb://127.0.0.1:1"}, "Check DB_URL"),  # which a worker finds out
    ],
)
def test_what_cannot_be_used_is_told_once(
    tmp_path: Path, redis: RedisProcess, wrong: dict[str, str], says: str
) -> None:
    two = {"WEB_CONCURRENCY": "2", "REDIS_URL": redis.url}
    (told,) = refused(interview(tmp_path, "serve", **two | wrong)).splitlines()
    assert says in told


def test_a_killed_worker_is_started_again_and_the_database_and_the_others_stay(
    make_two: Factory,
) -> None:
    server = make_two().start()
    database, before = database_of(server.pid), workers_of(server.pid)
    host = register(server.url)
    session = host.create_session()["_id"]
    os.kill(before[1], signal.SIGKILL)
    assert api(server.url, host.token).get(f"/api/sessions/{session}").status_code == 200
    wait_until(lambda: lines(server, "a worker is back"), "the worker to be back")
    after = workers_of(server.pid)
    assert after[1] != before[1]
    assert after[2] == before[2]
    assert database_of(server.pid) == database
    (ended,) = lines(server, "a worker ended; starting it again")
    assert (ended["worker"], ended["how"]) == (1, "SIGKILL")
    # its name, by which it knows what its predecessor left
    assert not (server.data_dir / "worker-3").exists()


def test_a_worker_that_cannot_start_again_is_tried_again_while_another_serves(
    make_two: Factory, break_starts: Callable[[bool], None]
) -> None:
    server = make_two().start()
    break_starts(True)
    os.kill(workers_of(server.pid)[2], signal.SIGKILL)
    wait_until(lambda: len(lines(server, "a worker does not start")) >= 2, "two more tries")
    assert "problems.yaml" in lines(server, "a worker does not start")[0]["reason"]
    assert server.is_ready()
    break_starts(False)
    wait_until(lambda: lines(server, "a worker is back"), "the worker to be back")


def test_when_none_is_left_and_none_can_be_the_server_ends_and_says_why(
    make_two: Factory, break_starts: Callable[[bool], None]
) -> None:
    server = make_two().start()
    database = database_of(server.pid)
    assert database is not None
    break_starts(True)
    for worker in workers_of(server.pid).values():
        os.kill(worker, signal.SIGKILL)
    assert server.wait() == 2
    told = [line for line in server.output.splitlines() if line.startswith("interview: ")]
    assert len(told) == 1
    assert "problems.yaml" in told[0]
    assert not alive(database)


def test_kill_9_of_the_supervisor_ends_everything_and_the_next_start_has_all(
    make_two: Factory,
) -> None:
    server = make_two().start()
    host = register(server.url)
    session = host.create_session()["_id"]
    family = children_of(server.pid)
    assert len(family) == 3
    server.kill()
    wait_until(lambda: not any(map(alive, family)), "workers and database to end")
    server.start()
    assert host.call("GET", f"/api/sessions/{session}/files")["files"]


def test_commands_beside_it_work(make_two: Factory) -> None:
    server = make_two().start()
    session = register(server.url).create_session()["_id"]
    settings = {"DATA_DIR": str(server.data_dir), "PORT": server.url.rpartition(":")[2]}
    checked = interview(server.folder, "check", **settings, RUNNER="off")
    assert f"run by the server (process {server.pid})" in checked.stdout
    exported = interview(server.folder, "export", session, **settings)
    assert exported.returncode == 0
    assert json.loads(exported.stdout)["session"]["_id"] == session
    assert f"process {server.pid}" in refused(interview(server.folder, "serve"))


# -- rolling restart -----------------------------------------------------------------------------


@contextmanager
def asking(server: ServerProcess) -> Iterator[list[str]]:
    """Somebody who connects anew again and again; gives what went wrong."""
    wrong: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                # without keep-alive: whether a connection is taken is the question
                answer = httpx.get(f"{server.url}/health", headers={"Connection": "close"})
                if answer.status_code != 200:
                    wrong.append(str(answer.status_code))
            except httpx.TransportError as error:
                wrong.append(repr(error))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield wrong
    finally:
        over.set()
        thread.join()


def test_sighup_replaces_the_workers_one_by_one_and_nobody_is_refused(make_two: Factory) -> None:
    server = make_two().start()
    database, before = database_of(server.pid), workers_of(server.pid)
    with asking(server) as wrong:
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda: lines(server, "all workers were replaced"), "the restart")
    assert wrong == []
    after = workers_of(server.pid)
    assert set(after) == {1, 2}
    assert not {*after.values()} & {*before.values()}
    assert not any(map(alive, before.values()))
    assert database_of(server.pid) == database
    order = [line["worker"] for line in lines(server, "a worker was replaced")]
    assert order == [1, 2]
    assert not lines(server, "a worker ended; starting it again")


def test_a_new_worker_that_does_not_start_leaves_the_old_ones(
    make_two: Factory, break_starts: Callable[[bool], None]
) -> None:
    server = make_two().start()
    before = workers_of(server.pid)
    break_starts(True)
    os.kill(server.pid, signal.SIGHUP)
    failed = "the new worker does not start; the old ones stay"
    wait_until(lambda: lines(server, failed), "the restart to fail")
    assert "problems.yaml" in lines(server, failed)[0]["reason"]
    assert workers_of(server.pid) == before
    assert server.is_ready()
    break_starts(False)
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: lines(server, "all workers were replaced"), "the restart")


def test_told_to_stop_in_the_middle_of_a_rolling_restart_it_stops(make_two: Factory) -> None:
    server = make_two().start()
    before = workers_of(server.pid)
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: {*children_of(server.pid)} - {*before.values()}, "a new worker")
    family = children_of(server.pid)
    assert server.stop() == 0
    assert not any(map(alive, family))
    assert "Traceback" not in server.output


async def test_what_is_typed_during_a_rolling_restart_is_all_there(make_two: Factory) -> None:
    server = make_two().start()
    host = register(server.url)
    sessions = [host.create_session()["_id"] for _ in range(4)]
    saved: dict[str, list[str]] = {session: [] for session in sessions}
    away: list[int] = []
    over = asyncio.Event()

    async def keep_typing(session: str) -> None:
        """As a page does, but anew after each reconnect: only what was called saved counts."""
        words = (f"<{number}>" for number in itertools.count())
        while not over.is_set():
            ticket = await asyncio.to_thread(host.ticket, session)
            try:
                async with raw_client(server, session, ticket, events="1") as client:
                    await client.sync()
                    while not over.is_set():
                        await client.type(word := next(words))
                        await client.event("saved")
                        saved[session].append(word)
            except ConnectionClosed as closed:
                away.append(closed.rcvd.code if closed.rcvd else 0)
                await asyncio.sleep(0.05)

    typing = [asyncio.create_task(keep_typing(session)) for session in sessions]
    os.kill(server.pid, signal.SIGHUP)
    replaced = partial(lines, server, "all workers were replaced")
    await asyncio.to_thread(wait_until, replaced, "the restart")
    counts = {session: len(words) for session, words in saved.items()}

    def all_are_back() -> bool:
        return all(len(saved[session]) > count for session, count in counts.items())

    await asyncio.to_thread(wait_until, all_are_back, "everybody to type again")
    over.set()
    await asyncio.gather(*typing)
    assert 1012 in away
    assert server.stop() == 0
    server.start()
    for session, words in saved.items():
        files = host.call("GET", f"/api/sessions/{session}/files")["files"]
        text = "".join(file["text"] for file in files)
        assert [word for word in words if word not in text] == []


def test_a_terminal_that_is_closed_ends_it(make_two: Factory) -> None:
    server = make_two()
    ours, terminal = os.openpty()
    with os.fdopen(ours, "wb", 0), os.fdopen(terminal, "rb", 0) as stdin:
        server.spawn(stdin)
        server.wait_ready()
        os.kill(server.pid, signal.SIGHUP)
        assert server.wait() == 0


# -- figures -------------------------------------------------------------------------------------


def figures(server: ServerProcess, name: str) -> dict[str, float]:
    """A figure without labels of its own, by worker."""
    families = [*text_string_to_metric_families(api(server.url).get("/metrics").text)]
    assert len({family.name for family in families}) == len(families), "a figure twice"
    (wanted,) = [family for family in families if family.name == name]
    return {sample.labels["worker"]: sample.value for sample in wanted.samples}


def test_figures_are_those_of_all_whichever_is_asked(make_two: Factory) -> None:
    server = make_two().start()
    ask_until_both_answered(server)
    for _ in range(8):
        assert figures(server, "interview_rooms") == {"1": 0, "2": 0}
        assert figures(server, "interview_worker_up") == {"1": 1, "2": 1}


def test_a_worker_that_hangs_takes_nobody_elses_figures_away(make_two: Factory) -> None:
    server = make_two().start()
    worker = workers_of(server.pid)[2]
    os.kill(worker, signal.SIGSTOP)
    try:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)):
            assert figures(server, "interview_worker_up") == {"1": 1, "2": 0}
            assert figures(server, "interview_rooms") == {"1": 0}
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_until(lambda: figures(server, "interview_worker_up")["2"] == 1, "it to answer again")
