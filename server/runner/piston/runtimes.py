"""What Piston has installed, and which of our languages that is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from server.runner.base import MIB, Language


class Runtime(msgspec.Struct, frozen=True):
    """A row of `/runtimes`: one a language and version, in no order."""

    language: str
    version: str
    aliases: tuple[str, ...] = ()
    runtime: str = ""
    """The package, where it provides several languages."""


@dataclass(frozen=True, slots=True)
class Known:
    """One of our languages. `names`: what Piston may call it. `extra_memory` (bytes): what its
    own runtime takes besides the program. `avoid`: a package taken only if there is no other."""

    language: Language
    names: tuple[str, ...]
    extra_memory: int = 32 * MIB
    avoid: str = ""


KNOWN: Final = {
    known.language.id: known
    for known in (
        Known(Language("python", "Python", "main.py"), ("python", "python3")),
        Known(
            Language("javascript", "JavaScript", "main.js"),
            ("javascript", "node-javascript", "node"),
            256 * MIB,
            avoid="deno",  # takes no require()
        ),
        Known(Language("java", "Java", "Main.java"), ("java",), 320 * MIB),
        Known(
            Language("typescript", "TypeScript", "main.ts"),
            ("typescript", "ts"),
            256 * MIB,
            avoid="deno",
        ),
        Known(Language("c", "C", "main.c"), ("c",)),
        Known(Language("cpp", "C++", "main.cpp"), ("c++", "cpp")),
        Known(Language("go", "Go", "main.go"), ("go", "golang"), 256 * MIB),
        Known(Language("rust", "Rust", "main.rs"), ("rust", "rs")),
        Known(Language("ruby", "Ruby", "main.rb"), ("ruby", "rb")),
        Known(Language("bash", "Bash", "main.sh"), ("bash", "sh")),
        Known(Language("sql", "SQL", "main.sql"), ("sqlite3", "sqlite", "sql")),
    )
}


def chosen(runtimes: Sequence[Runtime]) -> dict[str, Runtime]:
    """Our language's id -> the newest runtime for it, in the order of `KNOWN`."""
    found = {}
    for id_, known in KNOWN.items():
        fitting = [each for each in runtimes if _fits(each, known)]
        if fitting:
            liked = [each for each in fitting if not known.avoid or each.runtime != known.avoid]
            found[id_] = max(liked or fitting, key=lambda each: newness(each.version))
    return found


def _fits(runtime: Runtime, known: Known) -> bool:
    return not {runtime.language, *runtime.aliases}.isdisjoint(known.names)


def newness(version: str) -> tuple[tuple[int, ...], bool]:
    """Orders semantic versions; one with a pre-release is older than the one without."""
    core, _, rest = version.partition("-")
    return tuple(int(digits) for digits in re.findall(r"\d+", core)), not rest
