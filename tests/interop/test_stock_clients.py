"""Stock `yjs` and `y-websocket` clients type real traces into the real server."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ServerFactory
from tests.helpers.people import Person, accept_invite, register
from tests.helpers.server import ServerProcess
from tests.helpers.stock import StockClients, trace

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


def read_trace(name: str) -> tuple[Path, dict[str, Any]]:
    path = trace(name)
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the repository (../shared/traces)")
    return path, json.loads(gzip.decompress(path.read_bytes()))


def stored_text(server: ServerProcess, person: Person, session_id: str) -> str:
    files = person.call("GET", f"/api/sessions/{session_id}/files")["files"]
    return next(str(file["text"]) for file in files if file["path"] == "trace.txt")


def two_people(server: ServerProcess) -> tuple[Person, Person, str]:
    host = register(server.url)
    session_id = host.create_session()["_id"]
    guest = accept_invite(server.url, host.invite(session_id))
    return host, guest, session_id


def test_two_authors_lose_nothing_when_the_server_is_killed(make_server: ServerFactory) -> None:
    path, wanted = read_trace("friendsforever")
    server = make_server().start()
    host, guest, session_id = two_people(server)
    with StockClients(
        base=server.url,
        session=session_id,
        tokens=[host.token, guest.token],
        trace=str(path),
        kind="concurrent",
    ) as clients:
        for said in clients.says():
            if said.get("at", 0) >= len(wanted["txns"]) // 2:
                break
        server.kill()
        server.start()
        done = clients.until("done")
        assert done["equal"]
        assert done["length"] == len(wanted["endContent"])
        assert done["closes"], "nobody noticed that the server was killed"

        server.kill()
        server.start()
        assert stored_text(server, host, session_id) == wanted["endContent"]
        clients.tell("late")
        assert clients.until("late")["late"]


def test_one_author_with_many_cursors_survives_kill_and_restart(make_server: ServerFactory) -> None:
    path, wanted = read_trace("sveltecomponent")
    server = make_server().start()
    host = register(server.url)
    session_id = host.create_session()["_id"]
    with StockClients(
        base=server.url,
        session=session_id,
        tokens=[host.token],
        trace=str(path),
        kind="sequential",
    ) as clients:
        # "saved" was said: from here on not even kill -9 may take a letter.
        clients.until("saved")
        server.kill()
        server.start()
        assert clients.until("done")["equal"]
    assert stored_text(server, host, session_id) == wanted["endContent"]
