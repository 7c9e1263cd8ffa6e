"""Real runs of a problem's files: solving a starter, its literals."""

from __future__ import annotations

import atexit
import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from server.problems import PATHS, Language, Problem, ValueType, load_problems
from server.problems.nodes import NAMES

ROOT = Path(__file__).parents[2]
SOLUTIONS = Path(__file__).parent / "solutions"
COMMANDS: dict[Language, list[str]] = {
    "python": ["python3"],
    "javascript": ["node"],
    # of the two JVM compilers the quick one is enough, and both would use every core
    "java": ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"],
}
JAVA_RUNNER = Path(__file__).with_name("Runner.java")
RUN_SECONDS = 60
JAVA_TYPES = {
    "integer": "int",
    "number": "double",
    "string": "String",
    "character": "char",
    "boolean": "boolean",
}

PROBLEMS = load_problems(ROOT / "problems.yaml").all()


def starter(problem: Problem, language: Language) -> str:
    return next(text for _, lang, text in problem.seed_files() if lang == language)


def solved(problem: Problem, language: Language) -> str:
    """The starter with its function replaced by the reference solution, the rest untouched."""
    suffix = Path(PATHS[language]).suffix
    solution = (SOLUTIONS / problem.id / f"solution{suffix}").read_text()
    lines = starter(problem, language).splitlines(keepends=True)
    function: str = getattr(problem.signature.name, language)
    start = next(at for at, line in enumerate(lines) if f"{function}(" in line)
    end = start + 1
    while not lines[end].strip() or _indent(lines[end]) > _indent(lines[start]):
        end += 1
    if lines[end].strip() == "}":
        end += 1
    return "".join([*lines[:start], solution, "\n\n", *lines[end:]])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def run(text: str, language: Language, folder: Path) -> str:
    """Its standard output. Fails the test when the program does not end with 0."""
    path = folder / PATHS[language]
    path.write_text(text, newline="\n")
    if language == "java":
        return java().run(path, "Main")
    done = subprocess.run(
        [*COMMANDS[language], str(path)],
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def java() -> Java:
    """The JVM of this test process."""
    return Java()


class Java:
    """One JVM for all programs: starting one for each took a second each time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [*COMMANDS["java"], str(JAVA_RUNNER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        atexit.register(self._process.kill)

    def run(self, source: Path, name: str) -> str:
        """What the main of class ``name`` in ``source`` prints. Fails the test when it does not
        compile or throws."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{source} {name}\n".encode())
        stdin.flush()
        code, size = map(int, stdout.readline().split())
        printed = stdout.read(size).decode()
        assert code == 0, printed
        return printed


def literal(value: Any, kind: ValueType, language: Language) -> str:
    """The value as source text, as an author would write it."""
    if kind.nodes and not kind.depth:
        maker = NAMES[language][kind.nodes][0]
        inner = ", ".join(
            {"python": "None"}.get(language, "null")
            if entry is None
            else literal(entry, ValueType(kind.scalar, 0), language)
            for entry in value
        )
        return f"{maker}({inner})" if language == "java" else f"{maker}([{inner}])"
    if kind.depth:
        inner = ", ".join(literal(entry, kind.element, language) for entry in value)
        if language == "java":
            return f"new {JAVA_TYPES[kind.scalar]}{'[]' * kind.depth}{{{inner}}}"
        return f"[{inner}]"
    if kind.scalar == "number" and language != "javascript":
        return repr(float(value))
    if language == "java" and kind.scalar == "character":
        return f"'{value}'" if value not in "'\\" else f"'\\{value}'"
    return repr(value) if language == "python" and kind.scalar == "boolean" else json.dumps(value)


def literals(problem: Problem, args: list[Any], language: Language) -> list[str]:
    types = [ValueType.parse(parameter.type) for parameter in problem.signature.parameters]
    return [literal(arg, kind, language) for arg, kind in zip(args, types, strict=True)]
