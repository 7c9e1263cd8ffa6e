"""One run of a room goes on at a time, and what a worker left is settled once."""

from __future__ import annotations

from typing import Any

import pytest

from server.store.database import Database, new_id
from server.store.runs import Claim, Runs, claim_of

OURS = Claim("one", "first life", "end")
THEIRS = Claim("two", "their life", "other end")


@pytest.fixture
def runs(database: Database) -> Runs:
    return Runs(database)


def queued(session: str = "s") -> dict[str, Any]:
    return {
        "_id": new_id(),
        "session": session,
        "createdAt": "2026-01-01",
        "status": "queued",
        "output": [],
    }


async def test_one_run_goes_on_in_a_session_and_the_next_once_it_has_ended(runs: Runs) -> None:
    first, second = queued(), queued()
    assert await runs.begin(first, OURS)
    assert not await runs.begin(second, THEIRS)
    assert await runs.begin(queued("another"), THEIRS)
    going = await runs.going("s")
    assert going is not None
    assert (going["_id"], claim_of(going)) == (first["_id"], OURS)
    assert await runs.finish({**first, "status": "finished"}, OURS.life)
    assert await runs.going("s") is None
    assert await runs.begin(second, THEIRS)
    listed = await runs.of_session("s")
    assert [row["status"] for row in listed] == ["finished", "queued"]


async def test_many_old_runs_without_a_claim_do_not_stand_in_the_way(runs: Runs) -> None:
    for _ in range(3):
        await runs.save(queued())
    assert await runs.going("s") is None
    assert await runs.begin(queued(), OURS)


async def test_what_a_worker_left_is_settled_once_and_it_stores_nothing_any_more(
    runs: Runs,
) -> None:
    run = queued()
    await runs.begin(run, OURS)
    assert await runs.left("one", but=OURS.life) == []
    (left,) = await runs.left("one", but="second life")
    ended = {**left, "status": "finished", "verdict": "failed"}
    assert await runs.settle(ended, OURS)
    assert not await runs.settle(ended, OURS)
    assert not await runs.finish({**run, "verdict": "ok"}, OURS.life)
    stored = await runs.one(run["_id"])
    assert stored is not None
    assert (stored["verdict"], claim_of(stored)) == ("failed", None)
    for text in ("first", "second"):
        await runs.keep_output(run["_id"], [{"stream": "stdout", "text": text}])
    stored = await runs.one(run["_id"])
    assert stored is not None
    assert stored["output"] == [{"stream": "stdout", "text": "first"}]


async def test_a_run_that_was_never_started_leaves_nothing(runs: Runs) -> None:
    run = queued()
    await runs.begin(run, OURS)
    await runs.drop(run["_id"], THEIRS.life)
    assert await runs.one(run["_id"]) is not None
    await runs.drop(run["_id"], OURS.life)
    assert await runs.one(run["_id"]) is None
