"""Recordings at Stream: only while everybody agrees, listed afterwards, and webhooks about them.

Who agrees is decided in the room; here it is what the test says, in an app in this process.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from server.api.services import Services
from server.app import create_app
from server.settings import load_settings
from server.store.database import new_id
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import PASSWORD, bearer, fresh_email
from tests.helpers.server import environment, wait_until
from tests.helpers.stream import SECRET, Call, StreamService, stream_service


@pytest.fixture
def service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


@dataclass
class World:
    app: Starlette
    http: httpx.AsyncClient
    service: StreamService
    agreed: set[str]

    @property
    def services(self) -> Services:
        found: Services = self.app.state.services
        return found

    async def person(self) -> dict[str, str]:
        """The headers of somebody new."""
        body = {"name": "Hedy", "email": fresh_email(), "password": PASSWORD}
        answer = await self.http.post("/api/auth/register", json=body)
        return bearer(answer.json()["token"])

    async def session(self) -> tuple[dict[str, str], dict[str, Any], Call]:
        """(its host's headers, a new session, its call)"""
        host = await self.person()
        body = {"problem": "two-sum"}
        answer = await self.http.post("/api/sessions/create", json=body, headers=host)
        session = answer.json()["session"]
        cid = f"default:{session['callId']}"
        await self.until(lambda: cid in self.service.calls, "the call")
        return host, session, self.service.calls[cid]

    async def record(self, host: dict[str, str], session: dict[str, Any]) -> httpx.Response:
        return await self.http.post(f"/api/sessions/{session['_id']}/recording", headers=host)

    async def stop(self, host: dict[str, str], session: dict[str, Any]) -> httpx.Response:
        return await self.http.delete(f"/api/sessions/{session['_id']}/recording", headers=host)

    async def listed(self, host: dict[str, str], session: dict[str, Any]) -> Any:
        path = f"/api/sessions/{session['_id']}/recordings"
        answer = await self.http.get(path, headers=host)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def hear(self, event: dict[str, Any], packed: bool = False) -> httpx.Response:
        body, headers = self.service.signed(event)
        return await self.send(gzip.compress(body) if packed else body, headers)

    async def send(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.http.post("/api/webhooks/stream", content=body, headers=headers)

    async def until(self, met: Any, what: str) -> None:
        await asyncio.to_thread(wait_until, met, what)

    async def known(self, session: dict[str, Any], *, on: bool) -> None:
        """Waits until the server takes a recording to go on, or not."""
        found = await self.services.sessions.get(session["_id"])
        async with asyncio.timeout(30):
            while True:
                if await self.services.recorder.is_on(found) is on:
                    return
                await asyncio.sleep(0.01)


@pytest.fixture
async def world(
    tmp_path: Path, database_process: DatabaseProcess, service: StreamService
) -> AsyncIterator[World]:
    chosen = {
        "DATA_DIR": str(tmp_path / "data"),
        "DB_URL": database_process.url,
        "DB_NAME": f"recordings-{new_id()}",
        "RUNNER": "off",
        "RATE_LIMITS": "off",
        "JOBS": "off",
    }
    app = create_app(load_settings(environment(**chosen, **service.settings())))
    agreed: set[str] = set()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://here.example") as http,
    ):

        async def has(session_id: str) -> bool:
            return session_id in agreed

        app.state.services.recorder.agreed = has
        yield World(app, http, service, agreed)


async def test_nobody_is_recorded_who_has_not_agreed(world: World) -> None:
    host, session, call = await world.session()
    refused = await world.record(host, session)
    assert (refused.status_code, refused.json()["code"]) == (409, "recording_consent")
    assert not call.recording
    assert await world.listed(host, session) == {"recordings": [], "recording": False}


async def test_the_host_records_stops_and_finds_the_recording(world: World) -> None:
    host, session, call = await world.session()
    world.agreed.add(session["_id"])
    for _ in range(2):
        assert (await world.record(host, session)).json() == {"recording": True}
        assert call.recording
    assert (await world.listed(host, session))["recording"] is True
    for _ in range(2):
        assert (await world.stop(host, session)).json() == {"recording": False}
        assert not call.recording
    found = await world.listed(host, session)
    assert found["recording"] is False
    [row] = found["recordings"]
    assert set(row) == {"filename", "url", "startedAt", "endedAt"}
    assert row["url"].startswith(world.service.url)


async def test_only_the_host_records_and_sees_recordings(world: World) -> None:
    _, session, call = await world.session()
    world.agreed.add(session["_id"])
    other = await world.person()
    await world.http.post(f"/api/sessions/join/{session['_id']}", headers=other)
    path = f"/api/sessions/{session['_id']}/recording"
    for answer in (
        await world.record(other, session),
        await world.stop(other, session),
        await world.http.get(f"{path}s", headers=other),
        await world.http.post(path, headers=await world.person()),
    ):
        assert answer.status_code == 403
    assert not call.recording


async def test_a_recording_stops_as_soon_as_somebody_takes_it_back(world: World) -> None:
    host, session, call = await world.session()
    world.agreed.add(session["_id"])
    await world.record(host, session)
    world.agreed.clear()
    await world.until(lambda: not call.recording, "the recording to stop")
    await world.known(session, on=False)


async def test_an_answer_taken_back_while_it_starts_stops_it(world: World) -> None:
    host, session, call = await world.session()
    answers = iter([True, False])

    async def answer(_session_id: str) -> bool:
        return next(answers)

    world.services.recorder.agreed = answer
    refused = await world.record(host, session)
    assert refused.json()["code"] == "recording_consent"
    assert not call.recording
    await world.known(session, on=False)


async def test_after_the_end_nothing_is_recorded_and_what_was_is_listed(world: World) -> None:
    host, session, call = await world.session()
    world.agreed.add(session["_id"])
    await world.record(host, session)
    await world.stop(host, session)
    await world.http.post(f"/api/sessions/end/{session['_id']}", headers=host)
    await world.until(lambda: call.ended_at, "the call to end")
    assert (await world.record(host, session)).json()["code"] == "session_ended"
    assert len((await world.listed(host, session))["recordings"]) == 1


async def test_stream_being_away_is_told_and_leaves_nothing_recording(world: World) -> None:
    host, session, call = await world.session()
    world.agreed.add(session["_id"])
    world.service.fails = 2  # the start, and the look whether it goes on all the same
    refused = await world.record(host, session)
    assert (refused.status_code, refused.json()["code"]) == (503, "calls_unavailable")
    assert refused.headers["retry-after"] == "5"
    assert (await world.listed(host, session))["recording"] is False
    await world.record(host, session)
    world.service.fails = 2
    refused = await world.stop(host, session)
    assert refused.json()["code"] == "calls_unavailable"
    assert "tried again" in refused.json()["message"]
    assert call.recording
    store = world.services.recorder._store
    assert [each for each, _ in await store.forsaken(datetime.now(UTC))] == [session["_id"]], (
        "the job finds it"
    )


# -- webhooks --------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
async def test_a_recording_that_nobody_asked_for_is_stopped(world: World, packed: bool) -> None:
    _, session, call = await world.session()
    call.recording = True  # somebody started it at Stream itself
    event = {"type": "call.recording_started", "call_cid": call.cid}
    assert (await world.hear(event, packed)).json() == {"message": "Received."}
    await world.until(lambda: not call.recording, "it to be stopped")
    await world.known(session, on=False)


async def test_ones_own_recording_goes_on(world: World) -> None:
    host, session, call = await world.session()
    world.agreed.add(session["_id"])
    await world.record(host, session)
    await world.hear({"type": "call.recording_started", "call_cid": call.cid})
    await world.hear({"type": "call.recording_stopped", "call_cid": call.cid})  # of an earlier one
    assert call.recording
    assert (await world.listed(host, session))["recording"] is True


async def test_a_recording_that_failed_at_stream_is_known_to_be_over(world: World) -> None:
    host, session, call = await world.session()
    world.agreed.add(session["_id"])
    await world.record(host, session)
    call.recording = False
    await world.hear({"type": "call.recording_failed", "call_cid": call.cid})
    await world.known(session, on=False)


async def test_a_message_counts_once_whatever_its_headers_say(world: World) -> None:
    _, _, call = await world.session()
    body, headers = world.service.signed({"type": "call.recording_ready", "call_cid": call.cid})
    assert (await world.send(body, headers)).status_code == 200
    replayed = await world.send(
        body, headers | {"X-Webhook-Id": "another", "X-Webhook-Attempt": "9"}
    )
    assert (replayed.status_code, replayed.json()["code"]) == (409, "webhook_replayed")
    packed = await world.send(gzip.compress(body), headers)
    assert packed.status_code == 409, "also when it is packed anew"


async def test_what_is_forged_old_or_nonsense_is_refused(world: World) -> None:
    body, headers = world.service.signed({"type": "call.ended"})
    without = {name: value for name, value in headers.items() if name != "X-Signature"}
    old = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    late, late_headers = world.service.signed({"type": "call.ended", "created_at": old})
    for answer in (
        await world.send(body + b" ", headers),
        await world.send(body, without),
        await world.send(body, headers | {"X-Signature": "0" * 64}),
        await world.send(late, late_headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    for nonsense in (b"[]", b"{}", b"not json", b'{"type": 1}'):
        signature = hmac.new(SECRET.encode(), nonsense, hashlib.sha256).hexdigest()
        answer = await world.send(nonsense, {"X-Signature": signature})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_body")


async def test_what_is_about_something_else_is_acknowledged(world: World) -> None:
    for event in (
        {"type": "message.new", "cid": "messaging:x"},
        {"type": "call.recording_ready", "call_cid": "default:unknown"},
        {"type": "call.recording_ready"},
    ):
        assert (await world.hear(event)).status_code == 200, json.dumps(event)
