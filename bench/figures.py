"""Small statistics and what the operating system says of a process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

Figures = dict[str, float]

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of ``values`` do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def latencies(seconds: Sequence[float], name: str) -> Figures:
    """p50, p95 and p99 in milliseconds."""
    return {f"{name} p{p} ms": 1000 * percentile(seconds, p) for p in (50, 95, 99)}


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def summary(runs: Sequence[Figures]) -> dict[str, dict[str, Any]]:
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
