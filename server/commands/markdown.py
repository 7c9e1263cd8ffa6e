"""An exported session as Markdown for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

OUTPUT_CHARACTERS: Final = 4_000
"""Output of one run that is shown; the JSON has all of it."""

CONTROL: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
"""Colours and the like, as terminals are told them."""

ACTIVE: Final = " (shown last)"

CHANNELS: Final = {"everybody": "", "staff": ", to the interviewers only"}


def written(export: Mapping[str, Any]) -> str:
    """The Markdown of what `export.exported` gives."""
    plain = msgspec.to_builtins(export)  # times as text
    sections = [
        *(_head(plain), _people(plain), _problem(plain), _code(plain), _runs(plain)),
        _chat(plain),
    ]
    lines = [line for section in sections for line in (*section, "")]
    return "\n".join(lines).rstrip() + "\n"


def _head(export: Mapping[str, Any]) -> Iterator[str]:
    session = export["session"]
    ended = session["endedAt"]
    yield f"# {_text(session['problem'])}"
    yield ""
    yield f"- Session: `{session['_id']}`, {session['status']}"
    yield f"- Difficulty: {session['difficulty']}"
    yield f"- Began: {_time(session['createdAt'])}"
    if ended:
        yield f"- Ended: {_time(ended)}"
    yield f"- Exported: {_time(export['exportedAt'])}"


def _people(export: Mapping[str, Any]) -> Iterator[str]:
    yield "## People"
    yield ""
    for person in export["people"]:
        about = [person["role"]]
        if person["kind"] == "guest":
            about.append("guest")
        if email := person.get("email"):
            about.append(email)
        yield f"- {_text(person['name'])}: {', '.join(map(_text, about))}"


def _problem(export: Mapping[str, Any]) -> Iterator[str]:
    problem = export["problem"]
    yield "## Problem"
    yield ""
    if problem is None:
        yield "It is not among this server's problems any more."
        return
    yield from problem["statement"].rstrip().split("\n")
    if problem["notes"]:
        yield ""
        yield from (f"- {note}" for note in problem["notes"])
    for number, example in enumerate(problem["examples"], 1):
        yield ""
        yield f"Example {number}:"
        yield ""
        yield from _fenced(f"{example['input']}\n→ {example['output']}")
        if example["explanation"]:
            yield ""
            yield example["explanation"]
    if problem["constraints"]:
        yield ""
        yield "Constraints:"
        yield ""
        yield from (f"- {constraint}" for constraint in problem["constraints"])


def _code(export: Mapping[str, Any]) -> Iterator[str]:
    yield "## Code"
    for file in export["files"]:
        yield ""
        yield f"### {file['path']}{ACTIVE if file['path'] == export['active'] else ''}"
        yield ""
        yield from _fenced(file["text"], file["language"])


def _runs(export: Mapping[str, Any]) -> Iterator[str]:
    yield "## Runs"
    if not export["runs"]:
        yield ""
        yield "Nothing was run."
    for number, run in enumerate(export["runs"], 1):
        yield ""
        yield f"### {number}. {_what(run)} by {_text(run['by']['name'])}: {_verdict(run)}"
        yield ""
        yield _time(run["createdAt"]) + _took(run)
        if message := run["message"]:
            yield ""
            yield _text(message)
        output = CONTROL.sub("", "".join(chunk["text"] for chunk in run["output"]))
        if output:
            yield ""
            yield from _fenced(output[:OUTPUT_CHARACTERS])
        if (cut := len(output) - OUTPUT_CHARACTERS) > 0:
            yield ""
            yield f"*{cut:,} more characters are left out here; the JSON export has them.*"
        elif run["truncated"]:
            yield ""
            yield "*The program wrote more than a run may; the rest was not kept.*"


def _chat(export: Mapping[str, Any]) -> Iterator[str]:
    yield "## Chat"
    if not export["chat"]:
        yield ""
        yield "Nothing was written."
    for message in export["chat"]:
        author = message["author"]
        yield ""
        yield (
            f"**{_text(author['name'])}** ({author['role']}), {_time(message['createdAt'])}"
            f"{CHANNELS.get(message['channel'], message['channel'])}:"
        )
        yield ""
        yield from _fenced(message["text"])


def _what(run: Mapping[str, Any]) -> str:
    return str(run["path"]) or f"REPL ({run['language']})"


def _verdict(run: Mapping[str, Any]) -> str:
    if run["verdict"] is None:
        return str(run["status"])
    if cases := run["cases"]:
        passed = sum(case["state"] == "passed" for case in cases)
        return f"{run['verdict']}, {passed} of {len(cases)} cases passed"
    judged = {True: ", output as expected", False: ", output not as expected"}
    return str(run["verdict"]) + judged.get(run["matchesExpected"], "")


def _took(run: Mapping[str, Any]) -> str:
    return "" if run["wallMs"] is None else f", {run['wallMs']:,} ms"


def _time(moment: str) -> str:
    return moment[:19].replace("T", " ") + " UTC"


def _text(text: str) -> str:
    """What people chose, so that none of it is taken for Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>#|&])", r"\\\1", " ".join(text.split()))


def _fenced(text: str, language: str = "") -> Iterator[str]:
    """A code block whose fence is longer than any row of backticks in it."""
    longest = max((len(row) for row in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield fence + (language if re.fullmatch(r"[\w+#-]+", language) else "")
    yield from text.removesuffix("\n").split("\n")
    yield fence
