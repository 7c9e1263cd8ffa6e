"""Stream from people's side: who gets which token, who is in which call, and Stream being away."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import jwt
import pytest

from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, accept_invite, api, register
from tests.helpers.server import ServerProcess, wait_until
from tests.helpers.stream import SECRET, Call, Channel, StreamService, stream_service


@pytest.fixture(scope="module")
def service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    database_process: DatabaseProcess,
    service: StreamService,
) -> Iterator[ServerProcess]:
    process = ServerProcess(
        tmp_path_factory.mktemp("server"),
        DB_URL=database_process.url,
        DB_NAME="calls",
        RUNNER="off",
        STREAM_TOKEN_SECONDS="120",
        **service.settings(),
    )
    try:
        yield process.start()
    finally:
        process.close()


@pytest.fixture
def url(server: ServerProcess) -> str:
    return server.url


def claims_of(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, SECRET, algorithms=["HS256"])
    return claims


def call_of(service: StreamService, session: dict[str, object]) -> tuple[Call, Channel]:
    """Call and channel of a session, once they are there."""
    call_id = session["callId"]
    wait_until(lambda: f"default:{call_id}" in service.calls, "the call")
    wait_until(lambda: f"messaging:{call_id}" in service.channels, "the channel")
    return service.calls[f"default:{call_id}"], service.channels[f"messaging:{call_id}"]


# -- tokens ----------------------------------------------------------------------------------


def test_a_token_is_for_whoever_asks(host: Person, other: Person, service: StreamService) -> None:
    for person in (host, other):
        told = person.call("GET", "/api/chat/token")
        claims = claims_of(told["token"])
        assert claims["user_id"] == told["userId"] == person.id
        assert 100 < float(str(claims["exp"])) - time.time() <= 120
        assert "server" not in claims
        assert told["userName"] == person.user["name"]
        assert told["apiKey"] == "stream-key"
        assert (told["callType"], told["channelType"]) == ("default", "messaging")
        assert told["videoUrl"] == told["chatUrl"] == service.url
        assert told["hintUrl"] == f"{service.url}/"


def test_nobody_can_ask_for_the_token_of_another(url: str, host: Person, other: Person) -> None:
    for query in (f"user={other.id}", f"userId={other.id}", f"user_id={other.id}"):
        told = host.call("GET", f"/api/chat/token?{query}")
        assert claims_of(told["token"])["user_id"] == host.id
    assert api(url).get("/api/chat/token").status_code == 401


def test_a_guest_gets_one_too(url: str, host: Person) -> None:
    guest = accept_invite(url, host.invite(host.create_session()["_id"]))
    assert claims_of(guest.call("GET", "/api/chat/token")["token"])["user_id"] == guest.id


def test_a_token_opens_no_route_of_ours(url: str, host: Person) -> None:
    told = host.call("GET", "/api/chat/token")
    assert api(url, told["token"]).get("/api/auth/me").status_code == 401


def test_the_secret_is_told_to_nobody(url: str, host: Person) -> None:
    session = host.create_session()["_id"]
    for path in ("/api/chat/token", f"/api/sessions/{session}", "/openapi.json", "/health"):
        assert SECRET not in host.http.get(path).text


# -- who is in the call ----------------------------------------------------------------------


def test_a_session_comes_with_its_call_and_who_joins_is_in_it(
    url: str, host: Person, other: Person, service: StreamService
) -> None:
    session = host.create_session()
    call, channel = call_of(service, session)
    assert call.members == {host.id: "host"}
    other.call("POST", f"/api/sessions/join/{session['_id']}")
    watching = accept_invite(url, host.invite(session["_id"], "spectator"), "Sam")
    everybody = {host.id, other.id, watching.id}
    wait_until(lambda: set(call.members) == set(channel.members) == everybody, "all to be in")
    wait_until(lambda: call.revoked.get(watching.id), "the spectator to be silent")
    assert not call.revoked.get(other.id)
    assert service.users[watching.id]["name"] == "Sam"


def test_who_is_removed_is_out_of_the_call_until_let_in_again(
    host: Person, other: Person, service: StreamService
) -> None:
    session = host.create_session()
    call, channel = call_of(service, session)
    other.call("POST", f"/api/sessions/join/{session['_id']}")
    wait_until(lambda: other.id in call.members, "the participant to be in")
    host.call("DELETE", f"/api/sessions/{session['_id']}/people/{other.id}")
    wait_until(lambda: other.id in call.blocked and other.id not in channel.members, "them out")
    other.call("POST", f"/api/invites/{host.invite(session['_id'])}/accept")
    wait_until(lambda: other.id not in call.blocked and other.id in channel.members, "them in")


def test_practice_has_no_call(host: Person, service: StreamService) -> None:
    session = host.call("POST", "/api/problems/two-sum/practice")["session"]
    call_of(service, host.create_session())
    assert f"default:{session['callId']}" not in service.calls
    refused = host.http.get(f"/api/sessions/{session['_id']}/recordings")
    assert (refused.status_code, refused.json()["code"]) == (400, "practice")


def test_the_host_mutes_somebody_and_nobody_else_can(
    host: Person, other: Person, service: StreamService
) -> None:
    session = host.create_session()
    path = f"/api/sessions/{session['_id']}/people"
    assert host.http.post(f"{path}/{other.id}/mute").status_code == 404, "not in this session"
    other.call("POST", f"/api/sessions/join/{session['_id']}")
    call, _ = call_of(service, session)
    wait_until(lambda: other.id in call.members, "the participant to be in")
    host.call("POST", f"{path}/{other.id}/mute")
    assert call.muted == [other.id]
    assert other.http.post(f"{path}/{host.id}/mute").status_code == 403


# -- away ------------------------------------------------------------------------------------


@pytest.fixture
def own_service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


def ask_everything(url: str) -> tuple[Person, dict[str, object]]:
    """A whole interview, of which the host and the ended session are returned; each step answers
    within a time that no time-out of ten seconds fits in."""
    started = time.monotonic()
    host = register(url)
    session = host.create_session()
    accept_invite(url, host.invite(session["_id"]))
    accept_invite(url, host.invite(session["_id"], "spectator"))
    claims_of(host.call("GET", "/api/chat/token")["token"])
    ended: dict[str, object] = host.call("POST", f"/api/sessions/end/{session['_id']}")["session"]
    assert ended["status"] == "completed"
    assert time.monotonic() - started < 9
    return host, ended


def test_stream_being_away_stops_no_session(
    make_server: ServerFactory, own_service: StreamService
) -> None:
    own_service.stop()
    server = make_server(**own_service.settings()).start()
    ask_everything(server.url)
    host = register(server.url)
    session = host.create_session()
    assert host.http.get(f"/api/sessions/{session['_id']}/recordings").status_code == 503
    own_service.start()
    call, _ = call_of(own_service, session)
    assert call.members == {host.id: "host"}


def test_stream_that_hangs_stops_no_session(
    make_server: ServerFactory, own_service: StreamService
) -> None:
    own_service.answering.clear()
    server = make_server(**own_service.settings()).start()
    ask_everything(server.url)
    assert own_service.requests, "it was asked"
    own_service.answering.set()
    server.stop()


def test_stream_that_answers_errors_stops_no_session(
    make_server: ServerFactory, own_service: StreamService
) -> None:
    own_service.fails = 10_000
    server = make_server(**own_service.settings()).start()
    ask_everything(server.url)
    host = register(server.url)
    session = host.create_session()
    wait_until(lambda: own_service.requests, "Stream to be asked")
    own_service.fails = 0
    call_of(own_service, session)


def test_after_a_crash_a_call_is_made_all_the_same(
    make_server: ServerFactory, own_service: StreamService
) -> None:
    own_service.stop()
    server = make_server(**own_service.settings()).start()
    host = register(server.url)
    session = host.create_session()
    wait_until(lambda: "not told elsewhere" in server.output, "the first try to fail")
    server.kill()
    own_service.start()
    server.start()
    host.ticket(str(session["_id"]))  # whoever enters need not wait for the job
    call, _ = call_of(own_service, session)
    assert call.members == {host.id: "host"}


@pytest.mark.timeout(180)
def test_when_a_session_ends_its_call_and_channel_go(
    make_server: ServerFactory, own_service: StreamService
) -> None:
    server = make_server(**own_service.settings()).start()
    host = register(server.url)
    session = host.create_session()
    call_of(own_service, session)
    host.call("POST", f"/api/sessions/end/{session['_id']}")
    assert own_service.calls, "the session's status comes first"
    server.stop()
    server.start()  # the job looks soon after a start, and then every minute
    wait_until(lambda: not own_service.calls and not own_service.channels, "both to go", 110)


# -- without it ------------------------------------------------------------------------------


def test_without_stream_there_are_no_tokens_and_no_recordings(
    server_process: ServerProcess,
) -> None:
    host = register(server_process.url)
    session = host.create_session()["_id"]
    asked: list[tuple[str, str]] = [
        ("GET", "/api/chat/token"),
        ("POST", f"/api/sessions/{session}/recording"),
        ("DELETE", f"/api/sessions/{session}/recording"),
        ("GET", f"/api/sessions/{session}/recordings"),
        ("POST", f"/api/sessions/{session}/people/{host.id}/mute"),
    ]
    for method, path in asked:
        answer: httpx.Response = host.http.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "stream_off"), path
    assert host.http.post("/api/webhooks/stream", json={}).status_code == 404
