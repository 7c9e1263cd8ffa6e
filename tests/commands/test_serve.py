"""`interview serve`: starting, refusing to start, stopping, being killed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from server import VERSION
from tests.conftest import ServerFactory
from tests.helpers.command import interview, refused
from tests.helpers.people import register
from tests.helpers.processes import alive, database_of
from tests.helpers.server import wait_until


def test_help_lists_the_commands(tmp_path: Path) -> None:
    for arguments in ((), ("--help",)):
        run = interview(tmp_path, *arguments)
        assert run.returncode == 0
        assert "serve" in run.stdout
    assert VERSION in interview(tmp_path, "--version").stdout


def test_the_version_is_the_projects() -> None:
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    assert f'version = "{VERSION}"' in pyproject.read_text()


def test_wrong_settings_are_told_one_a_line(tmp_path: Path) -> None:
    told = refused(interview(tmp_path, "serve", PORT="x", RUNNER="y"))
    assert told.splitlines() == [
        "interview: PORT must be a whole number, not 'x'.",
        "interview: RUNNER must be one of auto, sandbox, piston, off, not 'y'.",
    ]


def test_a_port_in_use_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = refused(interview(tmp_path, "serve", PORT=str(port)))
    assert f"port {port}" in told
    assert "set PORT" in told


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"DB_URL": "mongodb://127.0.0.1:1"}, "Check DB_URL"),
        ({"PROBLEMS_FILE": "none.yaml"}, "none.yaml"),
        ({"DATA_DIR": "/proc/none"}, "DATA_DIR"),
    ],
)
def test_what_cannot_be_used_names_the_setting(
    tmp_path: Path, settings: dict[str, str], says: str
) -> None:
    assert says in refused(interview(tmp_path, "serve", **settings))


def test_a_second_server_on_the_same_data_says_which_and_what_to_do(
    make_server: ServerFactory,
) -> None:
    first = make_server().start()
    told = refused(interview(first.folder, "serve"))
    assert str(first.data_dir) in told
    assert f"process {first.pid}" in told
    assert "DATA_DIR" in told
    assert first.is_ready()


def test_ctrl_c_stops_everything_quietly(make_server: ServerFactory) -> None:
    server = make_server().start()
    database = database_of(server.pid)
    assert database is not None
    assert server.stop() == 0
    assert not alive(database)
    assert "Traceback" not in server.output


def test_ctrl_c_while_it_still_starts_leaves_nothing(make_server: ServerFactory) -> None:
    server = make_server()
    server.spawn()
    wait_until(lambda: database_of(server.pid), "the database to be started")
    database = database_of(server.pid)
    assert database is not None
    assert server.stop() == 0
    assert not alive(database)
    assert "Traceback" not in server.output


def test_kill_9_takes_the_database_along_and_nothing_acknowledged_is_lost(
    make_server: ServerFactory,
) -> None:
    server = make_server().start()
    host = register(server.url)
    sessions = [host.create_session()["_id"] for _ in range(5)]
    database = database_of(server.pid)
    assert database is not None
    server.kill()
    # at once: the new server has to wait for the old database to let go of the files
    server.start()
    wait_until(lambda: not alive(database), "the old database to end")
    listed = host.call("GET", "/api/sessions/active")["sessions"]
    assert [session["_id"] for session in listed] == sessions[::-1]
    assert host.call("GET", f"/api/sessions/{sessions[0]}/files")["files"]


def test_a_killed_database_is_started_again(make_server: ServerFactory) -> None:
    server = make_server().start()
    host = register(server.url)
    session = host.create_session()["_id"]
    database = database_of(server.pid)
    assert database is not None
    os.kill(database, 9)
    assert host.call("GET", f"/api/sessions/{session}")["session"]["_id"] == session
    assert database_of(server.pid) not in (None, database)


def test_the_table_tells_what_is_on(make_server: ServerFactory) -> None:
    server = make_server().start()
    rows = {line.split()[0]: line for line in server.output.splitlines() if line.startswith("  ")}
    assert set(rows) >= {"database", "bus", "runner", "sign-in", "video", "data", "open"}
    assert rows["database"].split()[1] == "on"
    assert "DB_URL" in rows["database"]
    assert rows["video"].split()[1:] == [
        "on",
        "browser",
        "to",
        "browser,",
        "within",
        "one",
        "network",
        "TURN_URLS",
    ]
    assert str(server.data_dir) in rows["data"]
    assert "\x1b" not in server.output
