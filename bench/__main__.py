"""`make bench [ARGS="pair spectate --runs 5"]`: measure side by side, print, write, draw."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import chart
from bench.figures import Figures, compared
from bench.machine import description, pin_generator, preferred
from bench.scenarios import ON_DEMAND, SCENARIOS
from bench.table import print_case
from bench.targets import PEER_CLASSES, Ours, Target
from tests.helpers.server import ROOT

RESULTS = Path(__file__).with_name("results")
NAMES = ("ours", *PEER_CLASSES)


def main() -> None:
    chosen = _arguments()
    pin_generator()
    with ExitStack() as stack:
        stack.enter_context(preferred())
        targets = _targets(chosen)
        for target in targets:
            stack.callback(target.close)
        for name in chosen.scenarios or [each for each in SCENARIOS if each not in ON_DEMAND]:
            cases = _measured(name, targets, chosen.runs, chosen.quick)
            for case, figures in cases.items():
                print_case(case, figures)
            if chosen.out is not None:
                _write(chosen.out, name, chosen, targets, cases)
    if chosen.out == RESULTS:
        chart.draw(RESULTS, ROOT / "docs/bench.svg")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(SCENARIOS))
    parser.add_argument(
        "--targets", default=",".join(NAMES), help=f"comma separated (default {','.join(NAMES)})"
    )
    parser.add_argument("--runs", type=int, help="runs of each (default 3; with --quick 1)")
    parser.add_argument("--quick", action="store_true", help="small and short; writes nothing")
    parser.add_argument("--server-root", type=Path, default=ROOT, help="checkout that is `ours`")
    parser.add_argument("--against", type=Path, help="another checkout, measured as `before`")
    parser.add_argument(
        "--spread", action="store_true", help="our database on the load generator's core"
    )
    parser.add_argument("--out", type=Path, help="folder for the figures as JSON")
    chosen = parser.parse_args()
    if unknown := set(chosen.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    if unknown := set(chosen.targets.split(",")) - set(NAMES):
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    chosen.runs = chosen.runs or (1 if chosen.quick else 3)
    chosen.out = chosen.out or (None if chosen.quick else RESULTS)
    return chosen


def _targets(chosen: argparse.Namespace) -> list[Target]:
    names = chosen.targets.split(",")
    targets: list[Target] = [PEER_CLASSES[name]() for name in names if name != "ours"]
    if chosen.against is not None:
        targets.insert(0, Ours(chosen.against.resolve(), "before", chosen.spread))
    if "ours" in names:
        targets.insert(0, Ours(chosen.server_root.resolve(), "ours", chosen.spread))
    return targets


def _measured(
    name: str, targets: list[Target], runs: int, quick: bool
) -> dict[str, dict[str, list[Figures]]]:
    """Each case's figures by target, one for each run. All targets take turns in every run, so
    that what changes on the machine changes for all."""
    print(f"\n{name}: {' '.join((SCENARIOS[name].__doc__ or '').split())}", flush=True)
    found: dict[str, dict[str, list[Figures]]] = defaultdict(lambda: defaultdict(list))
    for run in range(runs):
        for target in targets:
            began = time.monotonic()
            for case, figures in SCENARIOS[name](target, quick).items():
                found[case][target.name].append(figures)
            took = time.monotonic() - began
            print(f"    run {run + 1}, {target.name}: {took:.0f} s", flush=True)
    return found


def _write(
    folder: Path,
    name: str,
    chosen: argparse.Namespace,
    targets: list[Target],
    cases: dict[str, dict[str, list[Figures]]],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {
        "scenario": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": chosen.runs,
        "quick": chosen.quick,
        "database": "on the generator's core" if chosen.spread else "on the server's core",
        "machine": description(),
        "targets": {target.name: target.version() for target in targets},
        "cases": {case: compared(figures) for case, figures in cases.items()},
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"  -> {path}")


if __name__ == "__main__":
    main()
