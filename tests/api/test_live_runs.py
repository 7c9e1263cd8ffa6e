"""Runs that are typed to: over the room's socket, seen by all in it."""

from __future__ import annotations

import pytest

from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, register
from tests.helpers.runs import write
from tests.helpers.watching import watching
from tests.problems.harness import PROBLEMS, solved

TWO_SUM = next(problem for problem in PROBLEMS if problem.id == "two-sum")


@pytest.fixture
def session(host: Person) -> str:
    return str(host.create_session()["_id"])


def start(person: Person, session: str, **order: object) -> str:
    path = f"/api/sessions/{session}/runs"
    return str(person.call("POST", path, {"language": "python", **order})["run"]["_id"])


def test_a_run_is_a_terminal_of_the_size_of_whoever_starts_it(
    url: str, host: Person, session: str
) -> None:
    text = "import os\nprint(*os.get_terminal_size())\nprint('got', input('name? '))\n"
    write(url, host, session, "main.py", text)
    with watching(url, host, session) as room:
        run = start(host, session, terminal={"columns": 100, "rows": 30})
        assert room.until("run.started")["run"]["terminal"] is False  # queued
        assert room.until("run.started")["run"]["terminal"] is True
        assert room.until_printed("name? ") == "100 30\nname? "
        room.tell("run.stdin", id=run, data="Ada\r")
        ended = room.until("run.finished")["run"]
    printed = "".join(each["text"] for each in ended["output"])
    assert printed == "100 30\nname? Ada\ngot Ada\n"
    assert {each["stream"] for each in ended["output"]} == {"stdout"}


def test_ctrl_c_is_typed_like_anything_else(url: str, host: Person, session: str) -> None:
    write(url, host, session, "main.py", "print('on')\nwhile True: pass\n")
    with watching(url, host, session) as room:
        run = start(host, session)
        room.until_printed("on\n")
        room.tell("run.stdin", id=run, data="\x03")
        ended = room.until("run.finished")["run"]
    assert (ended["verdict"], ended["signal"], ended["exitCode"]) == ("error", "SIGINT", None)


@pytest.mark.parametrize("size", [{"columns": 0}, {"rows": 10_000}, {"columns": "wide"}])
def test_a_terminal_has_a_size_that_can_be(
    host: Person, session: str, size: dict[str, object]
) -> None:
    answer = host.http.post(f"/api/sessions/{session}/runs", json={"terminal": size})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_body")
    assert answer.json()["field"].startswith("terminal.")


def test_what_is_expected_is_told_apart_from_what_was_typed(
    url: str, host: Person, session: str
) -> None:
    text = solved(TWO_SUM, "python").replace("    print(two_sum", "    input(); print(two_sum")
    assert text.count("input()") == len(TWO_SUM.tests)
    write(url, host, session, "main.py", text)
    with watching(url, host, session) as room:
        run = start(host, session)
        room.tell("run.stdin", id=run, data="next\r" * len(TWO_SUM.tests))
        ended = room.until("run.finished")["run"]
    assert ended["verdict"] == "ok"
    assert ended["matchesExpected"] is True


# -- in the queue -------------------------------------------------------------------------------


def test_a_run_that_waits_is_told_its_place_and_can_be_stopped(
    make_server: ServerFactory, database_process: DatabaseProcess
) -> None:
    server = make_server(
        DB_URL=database_process.url, DB_NAME="queue", RUNNER="auto", RUNS_AT_ONCE="1"
    ).start()
    host = register(server.url)
    sessions = [str(host.create_session()["_id"]) for _ in range(3)]
    write(server.url, host, sessions[0], "main.py", "print('on')\nwhile True: input()\n")
    with (
        watching(server.url, host, sessions[0]) as first,
        watching(server.url, host, sessions[1]) as second,
        watching(server.url, host, sessions[2]) as third,
    ):
        runs = [start(host, sessions[0])]
        first.until_printed("on\n")
        for room, session in ((second, sessions[1]), (third, sessions[2])):
            runs.append(start(host, session))
            room.until("run.waiting", id=runs[-1])
        assert [each["place"] for each in third.heard if each["type"] == "run.waiting"] == [2]
        with watching(server.url, host, sessions[2]) as late:
            (queued,) = late.heard[-1]["runs"]
            assert (queued["status"], queued["place"]) == ("queued", 2)
        second.tell("run.stop", id=runs[1])
        stopped = second.until("run.finished")["run"]
        assert (stopped["verdict"], stopped["place"]) == ("stopped", None)
        assert third.until("run.waiting")["place"] == 1
        first.tell("run.stop", id=runs[0])
        ended = third.until("run.finished")["run"]
    assert (ended["verdict"], ended["place"]) == ("ok", None)


# -- interpreters -------------------------------------------------------------------------------


def test_an_interpreter_sees_the_rooms_files_and_all_see_it(
    url: str, host: Person, session: str
) -> None:
    write(url, host, session, "main.py", "answer = 6 * 7\n")
    with watching(url, host, session) as room:
        offered = {each["language"]: each["repl"] for each in room.heard[-1]["runner"]["languages"]}
        assert offered["python"] is offered["javascript"] is True
        assert offered["java"] is False
        run = host.call("POST", f"/api/sessions/{session}/runs", {"repl": "python"})["run"]
        assert (run["repl"], run["language"], run["path"]) == (True, "python", "")
        room.until_printed(">>> ")
        room.tell("run.stdin", id=run["_id"], data="from main import answer\r")
        room.until_printed(">>> ")
        room.tell("run.stdin", id=run["_id"], data="answer * 10\r")
        room.until_printed("420\n>>> ")
        with watching(url, host, session) as late:
            (going,) = late.heard[-1]["runs"]
            assert (going["status"], going["repl"], going["terminal"]) == ("running", True, True)
            assert "420" in "".join(each["text"] for each in going["output"])
        room.tell("run.stdin", id=run["_id"], data="\x04")
        ended = room.until("run.finished")["run"]
    assert (ended["verdict"], ended["matchesExpected"], ended["cases"]) == ("ok", None, None)
    assert len(ended["output"]) == 1  # keys are not kept one by one


@pytest.mark.parametrize(
    "body",
    [
        {"repl": "java"},
        {"repl": "python", "tests": True},
        {"repl": "python", "stdin": "x"},
        {"repl": "python", "language": "python"},
    ],
)
def test_an_interpreter_is_one_that_can_be_typed_to_and_nothing_else(
    host: Person, session: str, body: dict[str, object]
) -> None:
    answer = host.http.post(f"/api/sessions/{session}/runs", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "repl")


def test_trying_things_out_is_no_attempt_at_a_problem(url: str, host: Person) -> None:
    practised = host.call("POST", "/api/problems/two-sum/practice")["session"]["_id"]
    with watching(url, host, practised) as room:
        run = host.call("POST", f"/api/sessions/{practised}/runs", {"repl": "python"})["run"]
        room.until_printed(">>> ")
        room.tell("run.stdin", id=run["_id"], data="\x04")
        assert room.until("run.finished")["run"]["verdict"] == "ok"
    assert host.call("GET", "/api/problems/two-sum")["problem"]["progress"] is None
