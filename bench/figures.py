"""Small statistics: percentiles, medians over runs, ratios within a run."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

Figures = dict[str, float]
"""What one case measured of one target; the first figure is the one that is compared."""

Cases = dict[str, Figures]
"""A scenario's cases, such as two numbers of rooms."""

BASES = ("y-websocket", "relay")
"""What others are divided by."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of ``values`` do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def latencies(seconds: Sequence[float], name: str) -> Figures:
    """p50, p95 and p99 in milliseconds; nothing when there are none."""
    if not seconds:
        return {}
    return {f"{name} p{p} ms": 1000 * percentile(seconds, p) for p in (50, 95, 99)}


def summary(runs: Sequence[Figures]) -> dict[str, Any]:
    """Each figure's median, smallest and largest over the runs."""
    return {
        name: {
            "median": median(run[name] for run in runs),
            "min": min(run[name] for run in runs),
            "max": max(run[name] for run in runs),
            "runs": [run[name] for run in runs],
        }
        for name in runs[0]
    }


def ratios(runs: Sequence[Figures], base: Sequence[Figures]) -> dict[str, Any]:
    """Each figure divided by the base's of the same run: the median, and all of them."""
    found = {}
    for name in runs[0]:
        pairs = [
            (ours[name], theirs[name])
            for ours, theirs in zip(runs, base, strict=True)
            if theirs.get(name)
        ]
        if pairs:
            each = [ours / theirs for ours, theirs in pairs]
            found[name] = {"median": median(each), "runs": each}
    return found


def compared(measured: dict[str, list[Figures]]) -> dict[str, Any]:
    """One case: every target's figures, and their ratios to each base."""
    return {
        target: {
            "figures": summary(runs),
            "ratios": {
                base: ratios(runs, measured[base])
                for base in BASES
                if base in measured and base != target
            },
        }
        for target, runs in measured.items()
    }
