"""What of a session those may see and do who are not, or no longer, part of it: nothing.

One table: every route of a session against everybody who might try. A route that is added and
not listed here fails the first test.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from server.api.openapi import endpoints
from server.app import create_app
from server.settings import Settings
from tests.helpers.people import Person, accept_invite, api, register
from tests.helpers.server import ServerProcess

# for whom: every member, those who may write, or the host alone
ROUTES = {
    ("GET", "/api/sessions/{id}"): "member",
    ("GET", "/api/sessions/{id}/problem"): "member",
    ("GET", "/api/sessions/{id}/files"): "member",
    ("GET", "/api/sessions/{id}/runs"): "member",
    ("GET", "/api/sessions/{id}/chat"): "member",
    ("GET", "/api/sessions/{id}/people"): "member",
    ("GET", "/api/sessions/{id}/ice"): "member",
    ("POST", "/api/sessions/{id}/ticket"): "member",
    ("POST", "/api/sessions/{id}/runs"): "writer",
    ("GET", "/api/sessions/{id}/invites"): "host",
    ("POST", "/api/sessions/{id}/invites"): "host",
    ("DELETE", "/api/sessions/{id}/invites/{invite}"): "host",
    ("DELETE", "/api/sessions/{id}/people/{user}"): "host",
    ("POST", "/api/sessions/{id}/people/{user}/mute"): "host",
    ("POST", "/api/sessions/{id}/recording"): "host",
    ("DELETE", "/api/sessions/{id}/recording"): "host",
    ("GET", "/api/sessions/{id}/recordings"): "host",
    ("POST", "/api/sessions/end/{id}"): "host",
}
OPEN = {("POST", "/api/sessions/join/{id}")}  # anybody with an account may take a free seat


@dataclass
class Cast:
    """A session and everybody who might want something of it."""

    session: str
    invite: str
    people: dict[str, Person | None]

    def call(self, who: str, method: str, path: str) -> httpx.Response:
        participant = self.people["participant"]
        assert participant is not None
        address = path.format(id=self.session, invite=self.invite, user=participant.id)
        person = self.people[who]
        host = self.people["host"]
        assert host is not None
        client = person.http if person else api(str(host.http.base_url))
        return client.request(method, address)


@pytest.fixture(scope="module")
def cast(server_process: ServerProcess) -> Cast:
    url = server_process.url
    host = register(url, "Host")
    session = host.create_session()["_id"]
    invite = host.call("POST", f"/api/sessions/{session}/invites", {"role": "participant"})
    removed = accept_invite(url, host.invite(session))
    host.call("DELETE", f"/api/sessions/{session}/people/{removed.id}")
    other_host = register(url)
    other_session = other_host.create_session()["_id"]
    people: dict[str, Person | None] = {
        "host": host,
        "participant": accept_invite(url, invite["token"]),
        "spectator": accept_invite(url, host.invite(session, "spectator")),
        "stranger": register(url),
        "host elsewhere": other_host,
        "guest elsewhere": accept_invite(url, other_host.invite(other_session)),
        "removed": removed,
        "nobody": None,
    }
    return Cast(session, invite["_id"], people)


def test_every_route_of_a_session_is_in_the_table() -> None:
    found = {
        (endpoint.method, path)
        for path, endpoint in endpoints(create_app(Settings()).routes)
        if path.startswith("/api/sessions/") and "{id}" in path
    }
    assert found == set(ROUTES) | OPEN


@pytest.mark.parametrize(
    "who", ["stranger", "host elsewhere", "guest elsewhere", "removed", "nobody"]
)
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda value: str(value))
def test_those_who_are_no_part_of_it_get_nothing(
    cast: Cast, method: str, path: str, who: str
) -> None:
    answer = cast.call(who, method, path)
    code = {"removed": "removed", "nobody": "not_signed_in"}.get(who, "not_allowed")
    if (who, path) == ("removed", "/api/sessions/end/{id}"):
        code = "not_allowed"
    assert answer.status_code == (401 if who == "nobody" else 403), answer.text
    assert answer.json()["code"] == code
    assert set(answer.json()) == {"message", "code", "requestId"}
    assert cast.session not in answer.text


@pytest.mark.parametrize("who", ["participant", "spectator"])
@pytest.mark.parametrize(
    ("method", "path"), [key for key, who in ROUTES.items() if who == "host"], ids=str
)
def test_what_is_the_hosts_is_nobody_elses(cast: Cast, method: str, path: str, who: str) -> None:
    answer = cast.call(who, method, path)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("who", ["host", "participant", "spectator"])
@pytest.mark.parametrize(
    ("method", "path"), [key for key, who in ROUTES.items() if who == "member"], ids=str
)
def test_members_read_what_is_theirs(cast: Cast, method: str, path: str, who: str) -> None:
    assert cast.call(who, method, path).status_code == 200


@pytest.mark.parametrize("list_", ["active", "recent"])
@pytest.mark.parametrize("who", ["stranger", "guest elsewhere", "removed"])
def test_lists_tell_those_outside_neither_who_is_inside_nor_the_call(
    cast: Cast, who: str, list_: str
) -> None:
    participant, host = cast.people["participant"], cast.people["host"]
    assert participant is not None
    assert host is not None
    answer = cast.call(who, "GET", f"/api/sessions/{list_}?limit=100")
    assert participant.id not in answer.text
    call = host.call("GET", f"/api/sessions/{cast.session}")["session"]["callId"]
    assert call not in answer.text
    if who != "stranger":
        assert cast.session not in answer.text, "a guest sees only the own ones"


@pytest.mark.parametrize("path", ["/api/sessions/active", "/api/sessions/recent", "/api/stats"])
def test_nobody_gets_a_list_or_figures(cast: Cast, path: str) -> None:
    assert cast.call("nobody", "GET", path).status_code == 401
