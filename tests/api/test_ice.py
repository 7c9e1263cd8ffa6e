"""Which STUN and TURN servers people of a session are told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.auth.turn import turn_credential
from tests.conftest import ServerFactory
from tests.helpers.people import Person, accept_invite, register
from tests.helpers.server import ServerProcess

SECRET = "shared with coturn alone"
TURN = {
    "STUN_URLS": "stun:stun.example.com:3478",
    "TURN_URLS": "turn:turn.example.com:3478?transport=udp, turns:turn.example.com:5349",
    "TURN_SECRET": SECRET,
    "TURN_TTL_SECONDS": "3600",
}


def ice(person: Person, session: str) -> dict[str, Any]:
    found: dict[str, Any] = person.call("GET", f"/api/sessions/{session}/ice")
    return found


def test_without_settings_there_are_no_servers(host: Person) -> None:
    session = host.create_session()["_id"]
    assert ice(host, session) == {"iceServers": [], "expiresAt": None}


@pytest.fixture
def server(make_server: ServerFactory) -> ServerProcess:
    return make_server(**TURN).start()


def test_everybody_gets_a_name_and_a_password_of_their_own(server: ServerProcess) -> None:
    host = register(server.url)
    session = host.create_session()["_id"]
    guest = accept_invite(server.url, host.invite(session))
    watcher = accept_invite(server.url, host.invite(session, "spectator"))
    for person in (host, guest, watcher):
        before = datetime.now(UTC).replace(microsecond=0)
        found = ice(person, session)
        until = datetime.fromisoformat(found["expiresAt"])
        assert before <= until - timedelta(hours=1) <= datetime.now(UTC)
        stun, turn = found["iceServers"]
        assert stun == {"urls": ["stun:stun.example.com:3478"]}
        username, credential = turn_credential(SECRET, person.id, until)
        assert turn == {
            "urls": ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:5349"],
            "username": username,
            "credential": credential,
        }
        assert SECRET not in str(found)


def test_nobody_gets_a_password_for_practice_or_after_the_end(server: ServerProcess) -> None:
    host = register(server.url)
    practice = host.call("POST", "/api/problems/two-sum/practice")["session"]["_id"]
    session = host.create_session()["_id"]
    host.call("POST", f"/api/sessions/end/{session}")
    for which, status, code in ((practice, 400, "practice"), (session, 400, "session_ended")):
        answer = host.http.get(f"/api/sessions/{which}/ice")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "credential" not in answer.text


def test_where_calls_are_not_built_in_there_are_no_servers(make_server: ServerFactory) -> None:
    server = make_server(**TURN, VIDEO="off").start()
    host = register(server.url)
    assert ice(host, host.create_session()["_id"]) == {"iceServers": [], "expiresAt": None}
