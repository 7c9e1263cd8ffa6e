"""What Piston says of a stage, and what people are told."""

from __future__ import annotations

from typing import Any

import pytest

from server.runner.base import MIB, Job, Limits
from server.runner.piston.client import Client, PistonError, encoded
from server.runner.piston.reply import Stage, errors_of, finished
from server.runner.piston.request import Caps, request
from server.runner.piston.runtimes import Runtime, chosen

LIMITS = {"run_timeout": 3000, "run_cpu_time": 3000}
BASH_SAYS = '/piston/packages/python/3.12.0/run: line 3: 3 Segmentation fault python3.12 "$@"\n'


@pytest.mark.parametrize(
    ("stage", "took_ms", "verdict"),
    [
        ({"code": 0, "status": None}, 10, "ok"),
        ({"code": 1, "status": "RE"}, 10, "error"),
        ({"signal": "SIGKILL", "status": "TO"}, 3102, "timeout"),
        ({"signal": "SIGKILL", "status": "OL"}, 10, "output"),
        ({"signal": "SIGKILL", "status": "EL"}, 10, "output"),
        ({"status": "XX", "message": "Cannot run proxy"}, 10, "failed"),
        ({"code": 137, "status": "RE"}, 10, "memory"),
        ({"code": 1, "status": "RE", "stderr": "Traceback…\nMemoryError\n"}, 10, "memory"),
        ({"signal": "SIGSYS", "status": "SG"}, 10, "error"),
        ({"code": 0}, 10, "ok"),
        ({"signal": "SIGKILL"}, 3100, "timeout"),
        ({"signal": "SIGKILL"}, 900, "output"),
        ({"signal": "SIGKILL"}, None, "timeout"),
    ],
)
def test_a_stage_becomes_a_verdict(
    stage: dict[str, Any], took_ms: float | None, verdict: str
) -> None:
    end = finished(Stage(**stage), took_ms=took_ms, limits=LIMITS)
    assert end.verdict == verdict
    assert end.truncated is (verdict == "output")


def test_figures_are_whole() -> None:
    stage = Stage(code=0, status=None, cpu_time=4033.0000000000005, wall_time=12.4, memory=9e6)
    end = finished(stage, took_ms=99, limits=LIMITS)
    assert (end.cpu_ms, end.wall_ms, end.memory_bytes) == (4033, 12, 9_000_000)


def test_what_piston_itself_writes_to_stderr_is_not_shown() -> None:
    flood = Stage(stderr="mine\nSandbox keeper received fatal signal 6\n", status="OL")
    assert errors_of(flood) == "mine\n"
    fault = Stage(stderr="mine\n" + BASH_SAYS, code=139, status="RE")
    assert errors_of(fault) == "mine\n"
    end = finished(fault, took_ms=5, limits=LIMITS)
    assert (end.verdict, end.signal, end.exit_code) == ("error", "SIGSEGV", None)


def test_what_a_program_writes_is_kept_where_piston_wrote_nothing() -> None:
    text = "Sandbox keeper received fatal signal 6\n"
    assert errors_of(Stage(stderr=text, code=0, status=None)) == text


def test_a_limit_is_never_lifted_and_is_learnt_once() -> None:
    caps = Caps(modern=True)
    assert caps.limits("python", Limits(wall_seconds=0.0001))["run_timeout"] == 1
    said = "run_memory_limit cannot exceed the configured limit of 1000"
    assert caps.learn("python", said)
    assert not caps.learn("python", said)
    assert not caps.learn("python", "language is required as a string")
    assert caps.limits("python", Limits())["run_memory_limit"] == 1000
    assert caps.limits("ruby", Limits())["run_memory_limit"] > 256 * MIB


def test_an_old_piston_is_not_asked_to_limit_a_jvms_addresses() -> None:
    assert "run_memory_limit" not in Caps(modern=False).limits("java", Limits())


def test_the_main_file_is_the_first() -> None:
    job = Job("ruby", {"a.rb": "", "main.rb": "", "b.rb": ""}, "main.rb")
    body = request(job, Runtime("ruby", "3.0.1"), {}, live=False)
    assert [file["name"] for file in body["files"]] == ["main.rb", "a.rb", "b.rb"]


def test_node_is_liked_better_than_deno_and_new_better_than_old() -> None:
    found = chosen(
        [
            Runtime("javascript", "1.32.3", ("deno-js",), "deno"),
            Runtime("javascript", "18.15.0", ("js",), "node"),
            Runtime("javascript", "20.11.1", ("js",), "node"),
            Runtime("c++", "10.2.0", ("cpp",), "gcc"),
            Runtime("typescript", "1.32.3", ("ts",), "deno"),
        ]
    )
    assert found["javascript"].version == "20.11.1"
    assert found["typescript"].runtime == "deno"
    assert list(found) == ["javascript", "typescript", "cpp"]


def test_a_request_is_measured_as_it_is_sent() -> None:
    encoded({"content": "é" * 51_000})
    with pytest.raises(PistonError):
        encoded({"content": "é" * 51_300})


async def test_a_server_that_is_not_a_piston_is_told() -> None:
    client = Client("http://127.0.0.1:1")
    with pytest.raises(PistonError, match="cannot be reached"):
        await client.runtimes()
    await client.close()
