"""`interview check`: what is configured, and whether it works."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

import msgspec

from server import VERSION
from server.commands.checks import CHECKS, Context, Outcome
from server.commands.terminal import BOLD, GREEN, RED, YELLOW, Row, Style, lines_of, quiet_settings
from server.errors import StartupError
from server.settings import Settings, SettingsError

COLOURS: Final = {"ok": GREEN, "off": YELLOW, "failed": RED}


def run(arguments: argparse.Namespace) -> int:
    """0 when everything that is configured works, else 1."""
    try:
        outcomes = asyncio.run(outcomes_of(quiet_settings()))
    except SettingsError as error:
        outcomes = [Outcome("settings", "failed", problem, ".env") for problem in error.problems]
    well = all(outcome.state != "failed" for outcome in outcomes)
    if arguments.json:
        report = {"version": VERSION, "ok": well, "checks": outcomes}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    else:
        sys.stdout.write(_table(outcomes))
    return 0 if well else 1


async def outcomes_of(settings: Settings) -> list[Outcome]:
    """What every check finds, in their order. A check that cannot be made is a failed one."""
    outcomes: list[Outcome] = []
    async with AsyncExitStack() as stack:
        context = Context(settings, stack)
        for name, check in CHECKS.items():
            try:
                outcomes += await check(context)
            except StartupError as error:
                outcomes.append(Outcome(name, "failed", str(error)))
    return outcomes


def _table(outcomes: Sequence[Outcome]) -> str:
    style = Style(sys.stdout)
    rows = [
        Row(each.name, each.state, COLOURS[each.state], each.what, each.setting)
        for each in outcomes
    ]
    failed = sum(each.state == "failed" for each in outcomes)
    if failed:
        told = style(
            f"{failed} of {len(outcomes)} {'does' if failed == 1 else 'do'} not work.", RED
        )
    else:
        told = "Everything that is configured works."
    title = style(f"Interview Room {VERSION}", BOLD)
    return "\n".join(["", title, "", *lines_of(rows, style), "", f"  {told}", "", ""])
