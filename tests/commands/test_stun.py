"""`interview check` asks STUN and TURN servers as a browser would."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.auth.turn import turn_credential
from server.commands import stun
from server.commands.stun import StunError, ask_stun, ask_turn
from tests.commands.test_check import states
from tests.helpers.command import interview
from tests.helpers.turn import turn_server

SECRET = "shared with the TURN server"


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_a_server_that_takes_the_credential_relays_and_gets_the_relay_back(tcp: bool) -> None:
    with turn_server(SECRET, tcp=tcp) as server:
        where = f"127.0.0.1:{server.port}?transport={'tcp' if tcp else 'udp'}"
        credential = turn_credential(SECRET, "ada", soon())
        ask_turn(f"turn:{where}", credential)
        assert server.let_in == [credential.username]
        assert server.given_back == 1
        ask_stun(f"stun:{where}")


def test_a_credential_that_is_over_or_of_another_secret_is_refused() -> None:
    with turn_server(SECRET) as server:
        over = turn_credential(SECRET, "ada", datetime.now(UTC) - timedelta(minutes=1))
        for credential in (over, turn_credential("another secret", "ada", soon())):
            with pytest.raises(StunError, match="refused: 401 Unauthorized"):
                ask_turn(f"turn:127.0.0.1:{server.port}", credential)
        assert server.let_in == []


def test_a_server_that_is_open_to_everybody_is_told() -> None:
    with turn_server(SECRET) as server:
        server.open = True
        with pytest.raises(StunError, match="open to everybody"):
            ask_turn(f"turn:127.0.0.1:{server.port}", turn_credential(SECRET, "ada", soon()))


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stun, "WAITS", (0.01, 0.01))
    with turn_server(SECRET) as server:
        server.deaf = True
        with pytest.raises(StunError, match="does not answer"):
            ask_stun(f"stun:127.0.0.1:{server.port}")


def test_nobody_there_and_no_such_host_are_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        url = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StunError, match="cannot be reached"):
            ask_stun(f"stun:{url}?transport=tcp")
        with pytest.raises(StunError, match="cannot be reached"):
            ask_stun(f"stuns:{url}")
    with pytest.raises(StunError, match="cannot be found"):
        ask_stun("stun:nobody.invalid")


def test_each_server_is_a_row_of_the_check(tmp_path: Path) -> None:
    with turn_server(SECRET) as good, turn_server("another secret") as bad:
        settings = {
            "STUN_URLS": f"stun:127.0.0.1:{good.port}",
            "TURN_URLS": f"turn:127.0.0.1:{bad.port}",
            "TURN_SECRET": SECRET,
        }
        run = interview(tmp_path, "check", "--json", RUNNER="off", **settings)
    found = states(run)
    assert found["calls"] == ("ok", "browser to browser, or by TURN")
    assert found["STUN"][0] == "ok"
    assert found["TURN"][0] == "failed"
    assert "401" in found["TURN"][1]
    assert SECRET not in run.stdout + run.stderr
