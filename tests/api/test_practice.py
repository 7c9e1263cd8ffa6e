"""Solo practice: one room a person and problem, and the progress that comes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from server.problems import LANGUAGES, PATHS, Language
from tests.helpers.people import Person, bearer, register
from tests.helpers.rawclient import raw_client
from tests.helpers.runs import ran, write
from tests.helpers.server import ServerProcess
from tests.problems.drafts import draft, filled, signature
from tests.problems.harness import PROBLEMS, solved

TWO_SUM = next(problem for problem in PROBLEMS if problem.id == "two-sum")
PATH = "/api/problems/two-sum/practice"


def practise(person: Person, path: str = PATH) -> dict[str, Any]:
    session: dict[str, Any] = person.call("POST", path)["session"]
    return session


def progress(person: Person, problem: str = "two-sum") -> str | None:
    rows = person.call("GET", "/api/problems")["problems"]
    (row,) = [row for row in rows if row["_id"] == problem]
    one = person.call("GET", f"/api/problems/{problem}")["problem"]
    assert one["progress"] == row["progress"]
    state: str | None = row["progress"]
    return state


def test_a_problem_is_practised_in_one_session_of_ones_own(host: Person, other: Person) -> None:
    session = practise(host)
    assert session["kind"] == "practice"
    assert session["problemId"] == "two-sum"
    assert session["role"] == "host"
    assert session["participant"] is None
    assert practise(host) == session
    assert practise(host, "/api/problems/Two Sum/practice") == session
    assert practise(other)["_id"] != session["_id"]
    assert practise(host, "/api/problems/three-sum/practice")["_id"] != session["_id"]
    assert host.http.post("/api/problems/none/practice").status_code == 404


@pytest.mark.parametrize("path", [PATH, f"{PATH}/reset"])
async def test_of_many_requests_at_once_all_get_a_session_that_is_there(
    url: str, path: str
) -> None:
    person = register(url)
    async with httpx.AsyncClient(base_url=url, timeout=30, headers=bearer(person.token)) as client:
        answers = await asyncio.gather(*(client.post(path) for _ in range(8)))
    ids = {answer.json()["session"]["_id"] for answer in answers}
    assert {answer.status_code for answer in answers} == {200}
    if path == PATH:
        assert ids == {practise(person)["_id"]}
    else:
        assert practise(person)["_id"] in ids


def test_practice_is_its_owners_alone(host: Person, other: Person) -> None:
    session = practise(host)["_id"]
    for path in ("", "/files", "/runs", "/problem"):
        assert other.http.get(f"/api/sessions/{session}{path}").status_code == 403
    assert other.http.post(f"/api/sessions/{session}/ticket").status_code == 403
    for person in (host, other):
        for which in ("active", "recent"):
            rows = person.call("GET", f"/api/sessions/{which}")["sessions"]
            assert session not in [row["_id"] for row in rows]


def test_practice_is_never_joined_shared_or_ended(host: Person, other: Person) -> None:
    session = practise(host)["_id"]
    refused = [
        host.http.post(f"/api/sessions/join/{session}"),
        other.http.post(f"/api/sessions/join/{session}"),
        host.http.post(f"/api/sessions/{session}/invites", json={"role": "spectator"}),
        host.http.post(f"/api/sessions/end/{session}"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (400, "practice")
    ] * len(refused)
    assert other.http.post(f"/api/sessions/end/{session}").status_code == 403
    assert practise(host)["status"] == "active"


def test_what_was_written_is_there_the_next_time(url: str, host: Person) -> None:
    session = practise(host)["_id"]
    write(url, host, session, "main.py", "print('kept')\n")
    files = host.call("GET", f"/api/sessions/{practise(host)['_id']}/files")["files"]
    assert "print('kept')\n" in [file["text"] for file in files]


def test_starting_over_gives_a_fresh_document(url: str, host: Person) -> None:
    old = practise(host)["_id"]
    write(url, host, old, "main.py", "print('gone')\n")
    fresh = practise(host, f"{PATH}/reset")
    assert fresh["_id"] != old
    assert practise(host) == fresh
    files = host.call("GET", f"/api/sessions/{fresh['_id']}/files")["files"]
    assert {file["text"] for file in files} == {text for _, _, text in TWO_SUM.seed_files()}
    answer = host.http.post(f"/api/sessions/{old}/ticket")
    assert (answer.status_code, answer.json()["code"]) == (400, "session_ended")
    assert old not in [s["_id"] for s in host.call("GET", "/api/sessions/recent")["sessions"]]


def test_starting_over_without_a_session_makes_one(host: Person) -> None:
    fresh = practise(host, f"{PATH}/reset")
    assert practise(host) == fresh


def test_progress_follows_the_runs_and_what_is_solved_stays_solved(url: str, host: Person) -> None:
    session = practise(host)["_id"]
    assert progress(host) is None
    assert ran(host, session, tests=True)["cases"][0]["state"] == "wrong"
    assert progress(host) == "tried"
    write(url, host, session, "main.py", solved(TWO_SUM, "python"))
    plain = ran(host, session)
    assert plain["matchesExpected"] is True
    assert plain["cases"] is None
    assert progress(host) == "tried"  # only a run against the tests solves it
    for _ in range(2):
        assert all(case["state"] == "passed" for case in ran(host, session, tests=True)["cases"])
        assert progress(host) == "solved"
    practise(host, f"{PATH}/reset")
    ran(host, practise(host)["_id"], tests=True)
    assert progress(host) == "solved"
    assert progress(host, "three-sum") is None


def test_visible_tests_alone_solve_nothing(url: str, host: Person) -> None:
    session = practise(host)["_id"]
    known = {str(test.args): test.expected for test in TWO_SUM.tests}
    text = f"KNOWN = {known}\ndef two_sum(*args): return KNOWN.get(str(list(args)))\n"
    write(url, host, session, "main.py", text)
    run = ran(host, session, tests=True)
    assert [case["state"] for case in run["cases"] if not case["hidden"]] == ["passed"] * 3
    assert {case["state"] for case in run["cases"] if case["hidden"]} == {"failed"}
    assert progress(host) == "tried"


def test_what_a_program_prints_solves_nothing(url: str, host: Person) -> None:
    session = practise(host)["_id"]
    write(url, host, session, "main.py", f"print({TWO_SUM.expected_output('python')!r}, end='')\n")
    run = ran(host, session, tests=True)
    assert run["verdict"] == "error"
    assert "no function two_sum" in run["cases"][0]["error"]
    assert progress(host) == "tried"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_of_ones_own_is_solved_in_every_language(
    url: str, host: Person, language: Language
) -> None:
    tests = [{"args": [text, 2], "expected": text * 2} for text in ("é→", "🙂 ok", "")]
    body = draft(signature=signature({"text": "string", "times": "integer"}, "string"))
    made = host.call("POST", "/api/problems", {**body, "tests": tests, "hiddenTests": tests})
    problem = made["problem"]
    session = practise(host, f"/api/problems/{problem['_id']}/practice")["_id"]
    untouched = ran(host, session, tests=True, language=language)
    assert untouched["verdict"] == "ok"
    assert [case["got"] is None for case in untouched["cases"][:3]] == [False] * 3
    assert progress(host, problem["_id"]) == "tried"
    twice = {
        "python": "return text * times",
        "javascript": "return text.repeat(times);",
        "java": "return text.repeat(times);",
    }
    text = filled(problem["starter"][language], language, [twice[language]])
    write(url, host, session, PATHS[language], text)
    run = ran(host, session, tests=True, language=language)
    assert [case["state"] for case in run["cases"]] == ["passed"] * 6, run
    assert run["matchesExpected"] is True
    assert progress(host, problem["_id"]) == "solved"


async def test_starting_over_tells_every_tab(server_process: ServerProcess, host: Person) -> None:
    session = practise(host)["_id"]
    async with (
        raw_client(server_process, session, host.ticket(session), events="1") as one,
        raw_client(server_process, session, host.ticket(session), events="1") as two,
    ):
        for tab in (one, two):
            await tab.event("hello")  # who is still coming when it ends hears only the close code
        await asyncio.to_thread(practise, host, f"{PATH}/reset")
        for tab in (one, two):
            assert (await tab.event("session.ended"))["reason"].startswith("You started over")
            assert await tab.close_code() == 4410


def test_an_interview_is_nobodys_progress(url: str, host: Person) -> None:
    session = host.create_session("two-sum")["_id"]
    write(url, host, session, "main.py", solved(TWO_SUM, "python"))
    assert all(case["state"] == "passed" for case in ran(host, session, tests=True)["cases"])
    assert progress(host) is None
