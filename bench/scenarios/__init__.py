"""What is measured: each scenario takes a target that runs and returns its figures by case."""

from __future__ import annotations

from collections.abc import Callable

from bench.figures import Cases
from bench.scenarios.faults import faults
from bench.scenarios.hop import hop
from bench.scenarios.idle import idle
from bench.scenarios.opening import opening
from bench.scenarios.programs import runs
from bench.scenarios.resume import resume
from bench.scenarios.rolling import rolling
from bench.scenarios.rooms import pair, spectate
from bench.targets import Target

Scenario = Callable[[Target, bool], Cases]

SCENARIOS: dict[str, Scenario] = {
    "pair": pair,
    "spectate": spectate,
    "resume": resume,
    "idle": idle,
    "open": opening,
    "runs": runs,
    "hop": hop,
    "rolling": rolling,
    "faults": faults,
}

ON_DEMAND = {"faults"}
"""Only when named: it compares with nobody, and takes ten minutes a run."""
