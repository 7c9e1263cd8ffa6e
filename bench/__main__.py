"""`make bench [ARGS="pair --runs 3"]`: measure, print a table, write bench/results/."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.figures import Figures, summary
from bench.scenarios import SCENARIOS
from tests.helpers.server import ROOT

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(SCENARIOS))
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default 5)")
    chosen = parser.parse_args()
    unknown = set(chosen.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    for name in chosen.scenarios or SCENARIOS:
        scenario = SCENARIOS[name]
        print(f"\n{name}: {' '.join((scenario.__doc__ or '').split())}")
        runs = [asyncio.run(_measured(name)) for _ in range(chosen.runs)]
        figures = summary(runs)
        _print(figures)
        _write(name, figures)


async def _measured(name: str) -> Figures:
    return await SCENARIOS[name]()


def _print(figures: dict[str, dict[str, Any]]) -> None:
    width = max(map(len, figures))
    print(f"  {'':{width}}  {'median':>10}  {'min':>10}  {'max':>10}")
    for name, row in figures.items():
        shown = "  ".join(f"{row[key]:>10.2f}" for key in ("median", "min", "max"))
        print(f"  {name:{width}}  {shown}")


def _write(name: str, figures: dict[str, dict[str, Any]]) -> None:
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    result = {
        "scenario": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "machine": {
            "cpus": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "pycrdt": version("pycrdt"),
            "uvicorn": version("uvicorn"),
        },
        "figures": figures,
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"  -> {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
