"""Stream from people's side: who gets which token, who is in which call, and Stream being away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import httpx
import jwt
import pytest

from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, accept_invite, api, register
from tests.helpers.server import ServerProcess, wait_until
from tests.helpers.stream import SECRET, Call, Channel, StreamService, stream_service
from tests.helpers.watching import Watcher, watching


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


# -- what the room decides -------------------------------------------------------------------


def test_a_spectator_speaks_in_the_call_while_the_host_lets_them(
    url: str, host: Person, service: StreamService
) -> None:
    session = host.create_session()
    call, _ = call_of(service, session)
    sam = accept_invite(url, host.invite(str(session["_id"]), "spectator"), "Sam")
    wait_until(lambda: call.revoked.get(sam.id), "the spectator to be silent")

    def said(user: str, silent: bool) -> bool:
        return bool(call.revoked[user]) is silent

    with watching(url, host, str(session["_id"])) as page:
        for speaks in (True, False):
            page.tell("call.let", user=sam.id, speaks=speaks)
            wait_until(partial(said, sam.id, not speaks), "it told")


def test_a_recording_goes_on_for_as_long_as_everybody_in_the_room_agrees(
    url: str, host: Person, other: Person, service: StreamService
) -> None:
    session = host.create_session()
    session_id = str(session["_id"])
    path = f"/api/sessions/{session_id}/recording"
    other.call("POST", f"/api/sessions/join/{session_id}")
    call, _ = call_of(service, session)
    with watching(url, host, session_id) as mine, watching(url, other, session_id) as theirs:
        for page, name in ((mine, "host"), (theirs, "other")):
            page.tell("call.join", key=name.ljust(20, "_"), mic=True, camera=True)
        until_in_call(mine, 2)
        assert host.http.post(path).json()["code"] == "recording_consent"
        mine.tell("recording.ask")
        assert theirs.until("recording")["state"] == "asking"
        assert host.http.post(path).json()["code"] == "recording_consent"
        theirs.tell("recording.answer", agree=True)
        assert theirs.until("recording")["state"] == "on"
        host.call("POST", path)
        assert call.recording
        body, headers = service.signed({"type": "call.recording_started", "call_cid": call.cid})
        assert api(url).post("/api/webhooks/stream", content=body, headers=headers).is_success
        assert theirs.until("recordings")["state"] == "started"
        assert call.recording, "it was asked for"
        theirs.tell("recording.answer", agree=False)
        wait_until(lambda: not call.recording, "the recording to stop")
    assert len(host.call("GET", f"{path}s")["recordings"]) == 1


def until_in_call(page: Watcher, count: int) -> None:
    page.people(lambda people: sum(bool(row["call"]) for row in people) >= count)


# -- away ------------------------------------------------------------------------------------


@pytest.fixture
def own_service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


def ask_everything(url: str) -> tuple[Person, dict[str, object]]:
    """A whole interview, of which the host and the ended session are returned. The host does not
    wait as long for an answer as the server would for Stream (ten seconds)."""
    host, ended = ask_everything_of(url)
    claims_of(host.call("GET", "/api/chat/token")["token"])
    return host, ended


def ask_everything_of(url: str) -> tuple[Person, dict[str, object]]:
    host = register(url)
    host.http.timeout = 9
    session = host.create_session()
    accept_invite(url, host.invite(session["_id"]))
    accept_invite(url, host.invite(session["_id"], "spectator"))
    ended: dict[str, object] = host.call("POST", f"/api/sessions/end/{session['_id']}")["session"]
    assert ended["status"] == "completed"
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


def test_when_a_session_ends_nobody_talks_on_in_its_call(
    host: Person, service: StreamService
) -> None:
    session = host.create_session()
    call, channel = call_of(service, session)
    host.call("POST", f"/api/sessions/end/{session['_id']}")
    wait_until(lambda: call.ended_at and channel.cid not in service.channels, "both to end")


# -- without it ------------------------------------------------------------------------------


@pytest.mark.parametrize("video", ["builtin", "off"])
def test_with_other_calls_chosen_stream_is_left_alone(
    make_server: ServerFactory, own_service: StreamService, video: str
) -> None:
    server = make_server(VIDEO=video, **own_service.settings()).start()
    host, _ = ask_everything_of(server.url)
    assert host.http.get("/api/chat/token").json()["code"] == "stream_off"
    assert "stream" not in host.http.get("/").headers["content-security-policy"]
    server.stop()
    assert own_service.requests == []


def test_without_stream_there_are_no_tokens_and_no_recordings(
    server_process: ServerProcess,
) -> None:
    host = register(server_process.url)
    session = host.create_session()["_id"]
    asked: list[tuple[str, str]] = [
        ("GET", "/api/chat/token"),
        ("POST", f"/api/sessions/{session}/recording"),
        ("DELETE", f"/api/sessions/{session}/recording"),
        ("POST", f"/api/sessions/{session}/people/{host.id}/mute"),
    ]
    for method, path in asked:
        answer: httpx.Response = host.http.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "stream_off"), path
    recorded = host.http.get(f"/api/sessions/{session}/recordings")
    assert (recorded.status_code, recorded.json()) == (200, {"recordings": [], "recording": False})
    assert host.http.post("/api/webhooks/stream", json={}).status_code == 404
