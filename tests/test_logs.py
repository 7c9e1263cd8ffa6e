"""Logs: one line an answer, with its id, and no secret in any."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from server.logs import configure_logs
from server.settings import Settings
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import accept_invite, api, register
from tests.helpers.server import ServerProcess


@pytest.fixture
def talkative(
    make_server: ServerFactory, database_process: DatabaseProcess, tmp_path: Path
) -> ServerProcess:
    return make_server(
        DB_URL=database_process.url, DB_NAME=f"logs-{tmp_path.name}", LOG_LEVEL="debug"
    ).start()


def logged(server: ServerProcess) -> list[dict[str, object]]:
    """The lines of the log; the table before them is not JSON."""
    return [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]


def test_an_answer_is_one_line_with_its_id(talkative: ServerProcess) -> None:
    api(talkative.url).get("/api/none?secret=1", headers={"X-Request-Id": "find-me"})
    assert talkative.stop() == 0  # a line is written when the answer has left
    (line,) = [row for row in logged(talkative) if row.get("request_id") == "find-me"]
    assert line["method"] == "GET"
    assert line["path"] == "/api/none"
    assert line["status"] == 404


def drain(socket: ClientConnection) -> None:
    """Reads until the server has closed the connection."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=30)


def test_no_token_is_ever_logged(talkative: ServerProcess) -> None:
    host = register(talkative.url)
    session = host.create_session()["_id"]
    invite = host.invite(session)
    guest = accept_invite(talkative.url, invite)
    api(talkative.url).get(f"/join/{invite}")
    ticket = guest.ticket(session)
    room = f"{talkative.ws_url}/ws/rooms/{session}"
    with connect(f"{room}?ticket={ticket}") as socket:
        socket.send(b"\xff" * 10)
        drain(socket)
    with connect(f"{room}?ticket={ticket}x&query=visible") as socket:
        drain(socket)
    assert talkative.stop() == 0
    for secret in (host.token, guest.token, invite, ticket, "ticket=", "query=visible"):
        assert secret not in talkative.output


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Where log lines go, as JSON, for this test."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.StringIO()
    configure_logs(Settings(log_format="json"), stream)
    yield stream
    logging.getLogger().handlers, level = before
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def test_tokens_are_masked_wherever_they_turn_up(log: io.StringIO) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VhbA"
    structlog.stdlib.get_logger("ours").error("refused", url=f"/ws?ticket={token}&a=1")
    logging.getLogger("theirs").error("GET %s", f"/join/{token}")
    try:
        raise ValueError(f"bad token {token}")
    except ValueError:
        logging.getLogger("theirs").exception("failed")
    assert token not in log.getvalue()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert lines[0]["url"] == "/ws?ticket=<token>&a=1"
    assert lines[1]["event"] == "GET /join/<token>"
    assert "bad token <token>" in lines[2]["exception"]


def test_what_libraries_say_at_info_is_left_out(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info('"WebSocket /ws?ticket=1" [accepted]')
    structlog.stdlib.get_logger("ours").info("kept")
    assert [json.loads(line)["event"] for line in log.getvalue().splitlines()] == ["kept"]
