"""The chart that the README shows, drawn from the figures in a folder.

`python -m bench.chart` draws it again without measuring.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

RESULTS = Path(__file__).with_name("results")
CHART = Path(__file__).parents[1] / "docs/bench.svg"

LABELS = {
    "ours": "this server, all on",
    "y-websocket": "@y/websocket-server",
    "hocuspocus": "@hocuspocus/server",
    "relay": "relay without a CRDT",
}
"""What a target is called in the chart; others keep their names. `before` is not drawn."""

WIDTH, LEFT, RIGHT = 760, 170, 80
BAR, STEP, TITLE, GAP = 14, 22, 26, 18

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .name { text-anchor: end; }
  .bar { fill: #afb8c1; }
  .ours { fill: #2563eb; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .bar { fill: #57606a; }
    .ours { fill: #60a5fa; }
  }
"""


class Panel(NamedTuple):
    """One figure of one case, all targets below each other."""

    title: str
    scenario: str
    case: str
    figure: str
    unit: str


PANELS = (
    Panel(
        "100 rooms of two, 10 edits a second each: server CPU per delivered edit",
        "pair",
        "100 rooms of two, 10 edits/s each",
        "server CPU us/edit",
        "µs",
    ),
    Panel(
        "250 rooms of two, 20 edits a second each: server CPU per delivered edit",
        "pair",
        "250 rooms of two, 20 edits/s each",
        "server CPU us/edit",
        "µs",
    ),
    Panel(
        "500 people watch two who type: server CPU per delivered edit",
        "spectate",
        "2 writers, 500 readers",
        "server CPU us/edit",
        "µs",
    ),
    Panel(
        "500 clients open a document of 62 KB at once: server CPU per client",
        "resume",
        "500 clients, 62 KB",
        "server CPU ms/client",
        "ms",
    ),
)


def draw(results: Path, to: Path) -> None:
    """Draw every panel whose figures are there."""
    parts: list[str] = []
    y = 0
    for panel in PANELS:
        if values := _values(results, panel):
            parts += _panel(panel, values, y)
            y += TITLE + STEP * len(values) + GAP
    if not parts:
        return
    to.parent.mkdir(exist_ok=True)
    to.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img">\n'
        "<title>Server CPU: shorter is better</title>\n"
        f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )
    print(f"  -> {to}")


def _values(results: Path, panel: Panel) -> dict[str, float]:
    """The median of every target that has one."""
    path = results / f"{panel.scenario}.json"
    if not path.exists():
        return {}
    rows: dict[str, Any] = json.loads(path.read_text()).get("cases", {}).get(panel.case, {})
    return {
        LABELS.get(target, target): row["figures"][panel.figure]["median"]
        for target, row in rows.items()
        if target != "before"
    }


def _panel(panel: Panel, values: dict[str, float], y: int) -> Iterator[str]:
    yield f'<text class="title" x="0" y="{y + 16}">{escape(panel.title)}</text>'
    scale = (WIDTH - LEFT - RIGHT) / max(values.values())
    for number, (name, value) in enumerate(values.items()):
        top = y + TITLE + number * STEP
        kind = "bar ours" if name == LABELS["ours"] else "bar"
        width = max(1.0, value * scale)
        yield f'<text class="name" x="{LEFT - 10}" y="{top + 12}">{escape(name)}</text>'
        yield (
            f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR}" rx="2"/>'
        )
        shown = f"{value:.0f}" if value >= 20 else f"{value:.1f}"
        yield f'<text x="{LEFT + width + 8:.1f}" y="{top + 12}">{shown} {panel.unit}</text>'


if __name__ == "__main__":
    draw(RESULTS, CHART)
