"""Judging where the programs run at Piston, behind the queue, as a server has it."""

from __future__ import annotations

from server.runner.piston.runner import PistonRunner
from server.runner.queue import Queued
from tests.helpers.piston import piston
from tests.judging.judging import Judged, judged, problem

TWICE = problem(
    {"number": "integer"}, "integer", [([number], 2 * number) for number in range(20)], hidden=1
)
RIGHT = "def solve(number):\n    return 2 * number\n"


async def judged_at(output_max_size: int, text: str) -> Judged:
    with piston(output_max_size=output_max_size) as made:
        runner = PistonRunner(made.url)
        await runner.open()
        try:
            return await judged(Queued(runner, 1), TWICE, "python", text)
        finally:
            await runner.close()


async def test_a_solution_passes_and_a_mistake_is_told() -> None:
    done = await judged_at(65_536, RIGHT)
    assert done.states == ["passed"] * 20
    done = await judged_at(65_536, "def solve(number):\n    return 3 * number\n")
    assert done.states == ["passed", *["wrong"] * 18, "failed"]


async def test_results_that_piston_drops_are_no_mistake_of_the_code_and_say_what_to_raise() -> None:
    done = await judged_at(600, RIGHT)
    [told] = [case["error"] for case in done.cases if case["state"] == "error"]
    assert told is not None
    assert "PISTON_OUTPUT_MAX_SIZE" in told
    assert "wrong" not in done.states
    assert "PISTON_OUTPUT_MAX_SIZE" in done.end.message
