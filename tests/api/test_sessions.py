"""Sessions: made, seen, joined, ended."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from server.store.database import Database, now
from server.store.upkeep import Upkeep
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, accept_invite, api, bearer, register

NO_SESSIONS = ["000000000000000000000000", "nonsense", "%00", "..", "a" * 500]


def test_a_new_session_is_active_and_hosted(host: Person) -> None:
    answer = host.http.post("/api/sessions/create", json={"problem": "two-sum"})
    assert answer.status_code == 201
    session = answer.json()["session"]
    assert session["problem"] == "Two Sum"
    assert session["difficulty"] == "easy"
    assert session["host"]["_id"] == host.id
    assert session["host"]["name"] == "Hedy Lamarr"
    assert session["participant"] is None
    assert session["status"] == "active"
    assert session["role"] == "host"
    assert session["endedAt"] is None
    assert session["callId"]
    assert (session["problemId"], session["kind"], session["full"]) == (
        "two-sum",
        "interview",
        False,
    )
    assert datetime.fromisoformat(session["createdAt"]).utcoffset() is not None
    assert host.call("GET", f"/api/sessions/{session['_id']}")["session"] == session


def test_a_problem_is_named_by_id_or_title(host: Person) -> None:
    body = {"problem": "Reverse String", "difficulty": "hard"}
    session = host.call("POST", "/api/sessions/create", body)["session"]
    assert session["problem"] == "Reverse String"
    assert session["difficulty"] == "hard"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"problem": "no such thing"}, "problem", "no_such_problem"),
        ({"problem": ""}, "problem", "invalid_body"),
        ({"problem": 1}, "problem", "invalid_body"),
        ({}, "problem", "invalid_body"),
        ({"problem": "two-sum", "host": "me"}, "host", "invalid_body"),
    ],
)
def test_a_session_needs_a_problem_that_exists(
    host: Person, body: Any, field: str, code: str
) -> None:
    answer = host.http.post("/api/sessions/create", json=body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert answer.json()["code"] == code


def test_a_session_starts_with_the_problems_files(host: Person) -> None:
    session = host.create_session()
    files = host.call("GET", f"/api/sessions/{session['_id']}/files")["files"]
    starter = host.call("GET", "/api/problems/two-sum")["problem"]["starter"]
    assert {file["path"]: file["text"] for file in files} == {
        "main.js": starter["javascript"],
        "main.py": starter["python"],
        "Main.java": starter["java"],
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/sessions/{}"),
        ("GET", "/api/sessions/{}/files"),
        ("GET", "/api/sessions/{}/runs"),
        ("POST", "/api/sessions/{}/runs"),
        ("POST", "/api/sessions/{}/ticket"),
        ("POST", "/api/sessions/{}/invites"),
        ("POST", "/api/sessions/join/{}"),
        ("POST", "/api/sessions/end/{}"),
    ],
)
def test_what_is_not_there_is_told_from_what_is_not_yours(
    url: str, host: Person, other: Person, method: str, path: str
) -> None:
    for missing in NO_SESSIONS:
        answer = host.http.request(method, path.format(missing))
        assert answer.status_code in (404, 405), answer.text
    session = host.create_session()["_id"]
    assert api(url).request(method, path.format(session)).status_code == 401
    if "join" not in path:
        answer = other.http.request(method, path.format(session))
        assert answer.status_code == 403
        assert answer.json()["code"] == "not_allowed"


def test_who_joins_takes_the_seat_and_keeps_it(url: str, host: Person, other: Person) -> None:
    session = host.create_session()["_id"]
    for _ in range(2):
        joined = other.call("POST", f"/api/sessions/join/{session}")["session"]
        assert joined["participant"]["_id"] == other.id
        assert joined["role"] == "participant"
    third = register(url).http.post(f"/api/sessions/join/{session}")
    assert third.status_code == 409
    assert third.json()["code"] == "session_full"
    own = host.http.post(f"/api/sessions/join/{session}")
    assert own.status_code == 400
    assert own.json()["code"] == "own_session"


async def test_of_many_who_join_at_once_exactly_one_gets_the_seat(url: str, host: Person) -> None:
    people = [register(url, f"Racer {number}") for number in range(6)]
    for _ in range(5):
        session = host.create_session()["_id"]
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            answers = await asyncio.gather(
                *(
                    client.post(f"/api/sessions/join/{session}", headers=bearer(person.token))
                    for person in people
                )
            )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
        winner = next(answer for answer in answers if answer.status_code == 200)
        stored = host.call("GET", f"/api/sessions/{session}")["session"]
        assert stored["participant"]["_id"] == winner.json()["session"]["participant"]["_id"]


def test_only_the_host_ends_a_session_and_only_once(host: Person, other: Person) -> None:
    session = host.create_session()["_id"]
    other.call("POST", f"/api/sessions/join/{session}")
    assert other.http.post(f"/api/sessions/end/{session}").status_code == 403
    ended = host.call("POST", f"/api/sessions/end/{session}")
    assert ended["message"]
    assert ended["session"]["status"] == "completed"
    assert ended["session"]["endedAt"] is not None
    again = host.http.post(f"/api/sessions/end/{session}")
    assert again.status_code == 400
    assert again.json()["code"] == "session_ended"


def test_an_ended_session_can_be_read_but_not_entered(
    url: str, host: Person, other: Person
) -> None:
    session = host.create_session()["_id"]
    other.call("POST", f"/api/sessions/join/{session}")
    invite = host.invite(session)
    host.call("POST", f"/api/sessions/end/{session}")
    refused = [
        register(url).http.post(f"/api/sessions/join/{session}"),
        host.http.post(f"/api/sessions/{session}/ticket"),
        host.http.post(f"/api/sessions/{session}/runs"),
        host.http.post(f"/api/sessions/{session}/invites", json={"role": "spectator"}),
        api(url).post(f"/api/invites/{invite}/accept", json={"name": "Late"}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (400, "session_ended")
    ] * len(refused)
    for person in (host, other):
        assert person.call("GET", f"/api/sessions/{session}")["session"]["status"] == "completed"
        assert len(person.call("GET", f"/api/sessions/{session}/files")["files"]) == 3


def test_addresses_go_to_their_owner_and_the_host_of_a_shared_session(
    url: str, host: Person, other: Person
) -> None:
    session = host.create_session()["_id"]
    other.call("POST", f"/api/sessions/join/{session}")
    watcher = accept_invite(url, host.invite(session, "spectator"))
    path = f"/api/sessions/{session}"
    seen_by_host = host.call("GET", path)["session"]
    assert seen_by_host["participant"]["email"] == other.user["email"]
    seen_by_other = other.call("GET", path)["session"]
    assert seen_by_other["participant"]["email"] == other.user["email"]
    assert host.user["email"] not in other.http.get(path).text
    for stranger in (watcher, register(url)):
        for listed in (path, "/api/sessions/active", "/api/sessions/recent"):
            text = stranger.http.get(listed).text
            assert host.user["email"] not in text
            assert other.user["email"] not in text
    active = other.http.get("/api/sessions/active").text
    assert host.user["email"] not in active


async def test_a_quiet_session_is_not_idle_from_the_moment_somebody_gets_a_ticket(
    make_server: ServerFactory, database_process: DatabaseProcess
) -> None:
    server = make_server(DB_URL=database_process.url, DB_NAME="tickets", JOBS="off").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    database = Database(database_process.url, "tickets")
    long_ago = now() - timedelta(hours=13)
    await database.collection("sessions").update_one(
        {"_id": session}, {"$set": {"createdAt": long_ago, "lastSeenAt": long_ago}}
    )
    host.ticket(session)
    completing = Upkeep(database).complete_idle(now() - timedelta(hours=12))
    assert [ended.id async for ended in completing] == []
    await database.close()


def test_a_ticket_names_the_room_and_the_role(url: str, host: Person, other: Person) -> None:
    session = host.create_session()["_id"]
    other.call("POST", f"/api/sessions/join/{session}")
    for person, role in ((host, "host"), (other, "participant")):
        ticket = person.call("POST", f"/api/sessions/{session}/ticket")
        assert ticket["role"] == role
        assert ticket["url"] == url.replace("http", "ws") + "/ws/rooms"
        assert ticket["expiresIn"] == 120


def test_spectators_look_at_runs_but_start_none(url: str, host: Person) -> None:
    session = host.create_session()["_id"]
    watcher = accept_invite(url, host.invite(session, "spectator"))
    assert watcher.call("GET", f"/api/sessions/{session}/runs") == {"runs": []}
    answer = watcher.http.post(f"/api/sessions/{session}/runs")
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"


def test_problems_are_listed_without_hidden_tests(url: str) -> None:
    listed = api(url).get("/api/problems").json()["problems"]
    assert len(listed) >= 30
    for row in listed:
        answer = api(url).get(f"/api/problems/{row['_id']}")
        assert answer.json()["problem"]["title"] == row["title"]
        assert "hidden" not in answer.text.lower()
