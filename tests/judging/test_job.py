"""The job that a judged run is."""

from __future__ import annotations

import json
from typing import Any

from server.judging import Judge
from server.problems import Problem
from server.runner.base import MIB, Finished, Limits, Output, Verdict
from tests.judging.judging import problem

LIMITS = Limits(wall_seconds=10, cpu_seconds=5, memory_bytes=256 * MIB)
SECRET = 987_654


def about(**changes: Any) -> Problem:
    return problem({"a": "integer"}, "integer", [([1], SECRET), ([2], SECRET)], **changes)


def test_what_is_expected_never_enters_the_sandbox() -> None:
    job = Judge(about(), "python", "main.py", LIMITS).job({"main.py": ""})
    assert str(SECRET) not in job.stdin + "".join(job.files.values())
    _, order, *tests = job.stdin.splitlines()
    assert json.loads(order)["function"] == "solve"
    assert [json.loads(line) for line in tests] == [[1], [2]]
    assert not job.live


def test_the_files_of_the_room_go_along_unchanged() -> None:
    files = {"main.py": "x = 1", "data/words.txt": "a"}
    job = Judge(about(), "python", "main.py", LIMITS).job(files)
    assert {path: job.files[path] for path in files} == files
    assert job.main not in files


def test_limits_of_the_problem_come_before_those_of_any_run() -> None:
    usual = Judge(about(), "python", "main.py", LIMITS).job({}).limits
    assert usual is not None
    assert (usual.wall_seconds, usual.cpu_seconds) == (10.5, 5.5)
    assert usual.memory_bytes == LIMITS.memory_bytes
    own = about(limits={"seconds": 8, "memoryMib": 64})
    limits = Judge(own, "java", "Main.java", LIMITS).job({}).limits
    assert limits is not None
    assert (limits.wall_seconds, limits.cpu_seconds) == (21, 13)  # Java compiles first
    assert limits.memory_bytes == 64 * MIB


def test_a_run_that_was_stopped_or_never_began_has_run_no_test() -> None:
    for verdict in (Verdict.STOPPED, Verdict.FAILED):
        judge = Judge(about(), "python", "main.py", LIMITS)
        states = [case["state"] for case in judge.cases(Finished(verdict))]
        assert states == ["not_run", "failed"]


def test_what_is_no_frame_is_what_the_code_printed() -> None:
    judge = Judge(about(), "python", "main.py", LIMITS)
    assert judge.feed(Output("stdout", "plain")) == [Output("stdout", "plain")]
    nonce = judge.job({}).stdin.splitlines()[0]
    for mark in ("{}", "[]", "x", '{"i": "0"}', '{"i": 99, "v": 1}', "[" * 100_000):
        assert judge.feed(Output("stdout", f"{nonce}:{mark}\n")) == []
    states = [case["state"] for case in judge.cases(Finished(Verdict.OK, exit_code=0))]
    assert states == ["error", "failed"]
