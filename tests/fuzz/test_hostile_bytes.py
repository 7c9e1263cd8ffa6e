"""Bytes that are nearly right, and what may come of them: a closed list."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

import pytest

from crdt import frames
from crdt.errors import FrameError
from crdt.frames import Event, PermissionDenied, Presence, PresenceEntry, SyncStep2, Update
from tests.fuzz.mutate import mutated
from tests.helpers.server import ROOT

MUTATIONS = 1500
SEEDS = [int(os.environ["FUZZ_SEED"])] if "FUZZ_SEED" in os.environ else list(range(3))
HONEST = [
    frames.encode(frame)
    for frame in (
        Update(bytes.fromhex("0101070004010c66696c653a6d61696e2e70790761c3a9f09f988000")),
        SyncStep2(b"\x00\x00"),
        Presence((PresenceEntry(7, 1, '{"user":{"name":"Zoë"}}'), PresenceEntry(8, 2, None))),
        PermissionDenied("nicht erlaubt: ü"),
        Event('{"type":"x","é":[{}]}'),
    )
]


@pytest.mark.rule("FR1", "FR2")
@pytest.mark.parametrize("seed", SEEDS)
def test_mutated_messages_are_a_frame_or_a_frame_error(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(20 * MUTATIONS):
        message = mutated(rng.choice(HONEST), rng)
        try:
            frame = frames.decode(message)
        except FrameError:
            continue
        assert frames.encode(frame) == message


@pytest.mark.rule("FR1", "FR9")
@pytest.mark.parametrize("message", HONEST)
def test_a_message_cut_short_anywhere_is_a_frame_error(message: bytes) -> None:
    for end in range(len(message)):
        with pytest.raises(FrameError):
            frames.decode(message[:end])


@pytest.mark.rule("SY14", "SY10")
@pytest.mark.parametrize("seed", SEEDS)
def test_mutated_updates_end_in_effects_or_an_error_of_ours(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.hostile_updates", str(seed), str(MUTATIONS)],
        cwd=ROOT,
        env={**os.environ, "RUST_BACKTRACE": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert sum(outcomes.values()) == MUTATIONS
    assert outcomes["effects"] > MUTATIONS / 20, outcomes
    assert "panicked" not in done.stderr, "vetting can refuse this: see rule VT5"
