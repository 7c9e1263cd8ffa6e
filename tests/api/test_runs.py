"""Runs over HTTP: the room's own code, for those who may write."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from crdt.limits import UNSENT_BYTES
from server.judging.compare import shown
from server.rooms.record import HELLO_BYTES, for_arrival
from server.rooms.runs import LISTED
from server.settings import Settings
from server.store.database import Database, new_id
from server.store.runs import Runs
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, register
from tests.helpers.rawclient import raw_client
from tests.helpers.runs import ran, write
from tests.helpers.server import wait_until
from tests.problems.harness import PROBLEMS, solved


@pytest.fixture
def session(host: Person) -> str:
    return str(host.create_session()["_id"])


def test_the_rooms_own_code_runs_and_is_kept(host: Person, session: str) -> None:
    answer = host.http.post(f"/api/sessions/{session}/runs", json={"language": "python"})
    assert answer.status_code == 202
    started = answer.json()["run"]
    assert started["by"] == {"_id": host.id, "name": "Hedy Lamarr"}

    def newest() -> dict[str, Any]:
        run: dict[str, Any] = host.call("GET", f"/api/sessions/{session}/runs")["runs"][-1]
        return run

    wait_until(lambda: newest()["status"] == "finished", "the run to end")
    ended = newest()
    assert ended["_id"] == started["_id"]
    assert ended["verdict"] == "ok", ended
    assert ended["exitCode"] == 0
    assert ended["matchesExpected"] is False  # the starter solves nothing yet


@pytest.mark.parametrize(
    "body",
    [{"language": "cobol"}, {"language": 1}, {"code": "print()"}, {"stdin": 1}, {"tests": 1}],
)
def test_a_run_takes_a_language_it_knows_and_no_code(
    host: Person, session: str, body: dict[str, object]
) -> None:
    answer = host.http.post(f"/api/sessions/{session}/runs", json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_body"
    assert answer.json()["field"] in body


def test_all_the_input_a_run_may_have_fits_however_it_is_written(
    host: Person, session: str
) -> None:
    escaped = '{"language": "cobol", "stdin": "' + "\\ud83d\\ude00" * 32_768 + '"}'
    answer = host.http.post(f"/api/sessions/{session}/runs", content=escaped)
    assert (answer.status_code, answer.json()["field"]) == (400, "language")


def test_a_server_without_a_runner_says_so(
    make_server: ServerFactory, database_process: DatabaseProcess
) -> None:
    server = make_server(DB_URL=database_process.url, DB_NAME="no-runner", RUNNER="off").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    answer = host.http.post(f"/api/sessions/{session}/runs")
    assert answer.status_code == 503
    assert answer.json()["code"] == "runner_off"
    (row,) = [line for line in server.output.splitlines() if line.startswith("  runner")]
    assert row.split() == ["runner", "off", "turned", "off", "RUNNER"]


# -- of those that come later -------------------------------------------------------------------


async def test_whoever_comes_is_told_of_all_runs_however_much_they_printed(
    make_server: ServerFactory, database_process: DatabaseProcess
) -> None:
    server = make_server(DB_URL=database_process.url, DB_NAME="much", RUNNER="off").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    database = Database(database_process.url, "much")
    for number in range(LISTED):
        await Runs(database).save(printed(session, number, "\x1b" * 256 * 1024))
    await Runs(database).save(printed(session, LISTED, "little"))
    await database.close()
    async with raw_client(server, session, host.ticket(session), events="1") as client:
        await client.sync()
        runs = (await client.event("hello"))["runs"]
        await client.type("and stays ")
        assert (await client.event("saved"))["frames"] >= 1
    assert len(runs) == LISTED
    assert runs[-1]["output"] == [{"stream": "stdout", "text": "little"}]
    assert not runs[-1]["truncated"]
    assert all(run["output"] == [] and run["truncated"] for run in runs[:-1])
    stored = host.call("GET", f"/api/sessions/{session}/runs")["runs"]
    assert [run["_id"] for run in stored] == [run["_id"] for run in runs]
    assert all(len(run["output"][0]["text"]) == 256 * 1024 for run in stored[:-1])


def printed(session: str, number: int, text: str) -> dict[str, Any]:
    """A run that is over, the `number`-th of its session."""
    at = f"2026-01-01T00:00:{number:02}.000Z"
    run: dict[str, Any] = {"_id": new_id(), "session": session, "language": "python"}
    run |= {"by": {"_id": new_id(), "name": "Ada"}, "path": "main.py", "status": "finished"}
    run |= {"verdict": "ok", "exitCode": 0, "message": "", "wallMs": 1, "truncated": False}
    run |= dict.fromkeys(("signal", "matchesExpected", "cases", "cpuMs", "memoryBytes"))
    run |= {"createdAt": at, "startedAt": at, "finishedAt": at}
    return run | {"output": [{"stream": "stdout", "text": text}]}


def test_a_run_that_goes_on_keeps_its_output_and_the_newest_keep_theirs() -> None:
    third = HELLO_BYTES // 3
    runs = [printed("a session", number, "x" * third) for number in range(5)]
    runs.append(printed("a session", 5, "x" * HELLO_BYTES) | {"status": "running"})
    told = for_arrival(runs)
    assert [bool(run["output"]) for run in told] == [False, False, False, True, True, True]
    assert told[3:] == runs[3:]
    assert len(runs[0]["output"]) == 1, "what is stored is as it was"


def test_one_run_cannot_be_more_than_may_wait_for_somebody() -> None:
    (row,) = [row for row in fields(Settings) if row.name == "run_output_kib"]
    as_json = 6 * row.metadata["high"] * 1024
    assert 2 * as_json + HELLO_BYTES < UNSENT_BYTES  # chunk by chunk, and once more at its end


# -- against the tests --------------------------------------------------------------------------

TWO_SUM = next(problem for problem in PROBLEMS if problem.id == "two-sum")
EXPECTED = [shown(test.expected) for test in TWO_SUM.tests]


VISIBLE, ALL = len(TWO_SUM.tests), len(TWO_SUM.tests) + len(TWO_SUM.hidden_tests)


def states(run: dict[str, Any]) -> list[str]:
    return [case["state"] for case in run["cases"]]


def test_a_run_against_the_tests_tells_each_case(url: str, host: Person, session: str) -> None:
    untouched = ran(host, session, tests=True)
    assert states(untouched) == ["wrong"] * VISIBLE + ["failed"] * (ALL - VISIBLE)
    assert [(case["expected"], case["got"]) for case in untouched["cases"][:VISIBLE]] == [
        (line, "None") for line in EXPECTED
    ]
    assert untouched["matchesExpected"] is False
    write(url, host, session, "main.py", solved(TWO_SUM, "python"))
    run = ran(host, session, tests=True)
    assert states(run) == ["passed"] * ALL
    assert run["cases"][0]["args"] == "nums = [2, 7, 11, 15], target = 9"
    assert run["cases"][0]["ms"] >= 0
    assert run["matchesExpected"] is True


def test_of_hidden_tests_nothing_is_told_but_whether_they_passed(
    url: str, host: Person, session: str
) -> None:
    text = "def two_sum(nums, target):\n    print(nums)\n    return [target]\n"
    write(url, host, session, "main.py", text)
    run = ran(host, session, tests=True)
    for case in run["cases"][VISIBLE:]:
        told = {name: value for name, value in case.items() if value is not None}
        assert told == {"index": case["index"], "hidden": True, "state": "failed"}
    printed = "".join(each["text"] for each in run["output"])
    assert printed.splitlines() == [str(test.args[0]) for test in TWO_SUM.tests]


def test_a_run_that_ends_early_misses_cases(url: str, host: Person, session: str) -> None:
    text = "def two_sum(nums, target):\n    if target == 6: raise SystemExit\n    return [0, 1]\n"
    write(url, host, session, "main.py", text)
    assert states(ran(host, session, tests=True))[:VISIBLE] == ["passed", "error", "error"]
    write(
        url, host, session, "main.py", text.replace("raise SystemExit", "__import__('os')._exit(3)")
    )
    run = ran(host, session, tests=True)
    assert run["verdict"] == "error"
    assert run["matchesExpected"] is None
    assert states(run)[:VISIBLE] == ["passed", "error", "not_run"]


def test_a_run_that_says_nothing_of_tests_has_no_cases(host: Person, session: str) -> None:
    assert ran(host, session)["cases"] is None
    assert ran(host, session, tests=False)["cases"] is None


def test_a_run_against_the_tests_takes_no_input(url: str, host: Person, session: str) -> None:
    text = "import sys\ndef two_sum(nums, target): return sys.stdin.read() or 'nothing'\n"
    write(url, host, session, "main.py", text)
    run = ran(host, session, tests=True)
    assert [case["got"] for case in run["cases"][:VISIBLE]] == ['"nothing"'] * VISIBLE


async def test_a_session_whose_problem_was_taken_out_of_the_file_goes_on_without_tests(
    make_server: ServerFactory, database_process: DatabaseProcess
) -> None:
    server = make_server(DB_URL=database_process.url, DB_NAME="taken-out", RUNNER="auto").start()
    host = register(server.url)
    session = host.create_session("two-sum")["_id"]
    database = Database(database_process.url, "taken-out")
    await database.collection("sessions").update_one(
        {"_id": session}, {"$set": {"problemId": "gone"}}
    )
    answer = host.http.get(f"/api/sessions/{session}/problem")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_problem")
    answer = host.http.post(f"/api/sessions/{session}/runs", json={"tests": True})
    assert (answer.status_code, answer.json()["field"]) == (400, "tests")
    await database.close()
