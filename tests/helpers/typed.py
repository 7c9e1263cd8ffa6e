"""What became of edits that clients typed from a trace (``tests/interop/fleet.mjs``)."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

SHARED = "shared.txt"
MARK_EACH = 5
MARK = re.compile(r"<([^<>]+):(\d+)>")

Texts = Mapping[str, str]
"""The text of each file, by path."""


class Life(TypedDict):
    """One document of somebody: which file was theirs, and how many edits they made and were told
    are saved. ``over``: they forgot it."""

    path: str
    tried: int
    saved: int
    closes: list[int | None]
    over: bool


class Report(TypedDict):
    """What the clients of one room say at the end."""

    session: str
    texts: dict[str, dict[str, str]]
    lives: list[Life]


@dataclass(slots=True)
class Verdict:
    """``lost``: edits that somebody was told are saved, or that somebody still has, and that are
    not stored. ``doubled``: marks that are there more than once. ``apart``: where two differ."""

    tried: int = 0
    saved: int = 0
    lost: int = 0
    doubled: int = 0
    closes: Counter[int | None] = field(default_factory=Counter)
    apart: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.apart)


def judged(
    trace: Path,
    report: list[Report],
    stored: Mapping[str, Texts],
    exported: Mapping[str, Texts],
) -> Verdict:
    """Hold what clients have against what the database has, and both against what was typed."""
    patches = [txn["patches"] for txn in json.loads(gzip.decompress(trace.read_bytes()))["txns"]]
    verdict = Verdict()
    for room in report:
        texts = stored[room["session"]]
        views = room["texts"] | {"an export": exported[room["session"]]}
        for name, seen in views.items():
            for path in sorted(texts.keys() | seen.keys()):
                if texts.get(path, "") != seen.get(path, ""):
                    verdict.apart.append(f"{name} and a new worker in {path}")
        marks = Counter(MARK.findall(texts.get(SHARED, "")))
        verdict.doubled += sum(count - 1 for count in marks.values())
        for life in room["lives"]:
            _judge(verdict, life, texts.get(life["path"], ""), marks, patches)
    return verdict


def _judge(
    verdict: Verdict, life: Life, text: str, marks: Counter[Any], patches: list[Any]
) -> None:
    owed = life["saved"] if life["over"] else life["tried"]
    verdict.tried += life["tried"]
    verdict.saved += life["saved"]
    verdict.closes.update(life["closes"])
    for number in range(MARK_EACH, owed + 1, MARK_EACH):
        verdict.lost += (life["path"], str(number)) not in marks
    least, most = (count - count // MARK_EACH for count in (owed, life["tried"]))
    there = _how_many(text, patches[:most], least)
    if there is None:
        verdict.apart.append(f"{life['path']} holds what nobody typed")
    elif there < least:
        verdict.lost += least - there


def _how_many(text: str, patches: list[Any], least: int) -> int | None:
    """After how many transactions the trace's text is this: the greatest number, or the first of
    at least ``least``. None: after none."""
    now, found = "", 0 if not text else None
    for number, transaction in enumerate(patches, 1):
        for at, deleted, inserted in transaction:
            now = now[:at] + inserted + now[at + deleted :]
        if now == text:
            found = number
            if number >= least:
                break
    return found
