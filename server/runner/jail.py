"""What a program sees of the machine: bubblewrap's arguments and the limits set inside.

Namespaces for everything, no network, the system read-only, an empty /tmp and working
directory in memory, no capabilities, and a user id that owns nothing.

That user id differs by who the server is. Started by an ordinary user, bubblewrap makes a user
namespace. Started by root it does not: root is exempt from the limit on processes even below
a user namespace, so setpriv turns the program into a user id that nobody else on this machine
has; its processes are then counted alone.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from server.errors import RunnerOff
from server.runner.base import MIB, Limits
from server.runner.languages import PROGRAM, Interpreter, Recipe

WORK: Final = "/work"
SHARED_BYTES: Final = 8 * MIB
"""Shared memory, for the locks of Python's multiprocessing."""

TERM: Final = "xterm-256color"
"""What the web app's terminal can do."""

OPEN_FILES: Final = 256
"""A JVM has some 20 open before the program begins."""

CPU_GRACE_SECONDS: Final = 1
"""The kernel counts by process and in whole seconds: it only backs up our own count."""

COMPILE_CPU_SECONDS: Final = 120
"""Of one process of a compiler, which may have several threads: what ends it is its wall time."""

_FIRST_PROCESS: Final = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?'
"""The sandbox's first process waits for the program, which must not be first itself: the kernel
keeps signals from that one. It passes on the exit code, and by waiting the CPU time used, which
bubblewrap's own first process does not. It keeps its remarks on signals to itself. It never
changes its user id, for then it would no longer be ended with this server."""

_COMPILE: Final = (
    'program=$1 cpu=$2; shift 2; "$@" </dev/null || exit; '
    '{ printf %s "$0"; times; printf %s "$0"; } >&2; '
    'ulimit -St "$cpu"; ulimit -Ht "$((cpu + 1))"; exec "$program"'
)
"""Between two marks stands the CPU time of the compiler. One that is made to print its parent's
command line knows the mark: whoever forges an end by it has the program's wall time instead of the
compiler's, and nothing more. What is typed is for the program."""

_INNER_UID: Final = 1000
_FIRST_UID: Final = 1_000_000_000
_SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ENVIRONMENT: Final = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - its own, empty one
    "TMPDIR": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs a jail is built from."""

    bwrap: str
    prlimit: str
    setpriv: str
    setsid: str

    @classmethod
    def find(cls) -> Tools:
        """Raises RunnerOff naming the package to install."""
        bwrap, prlimit, setpriv, setsid = (
            shutil.which(name, path="/usr/bin:/bin:/usr/local/bin")
            for name in ("bwrap", "prlimit", "setpriv", "setsid")
        )
        if bwrap is None:
            raise RunnerOff("bubblewrap is missing: install the package bubblewrap.")
        if prlimit is None or setpriv is None or setsid is None:
            raise RunnerOff(
                "prlimit, setpriv or setsid is missing: install the package util-linux."
            )
        return cls(bwrap, prlimit, setpriv, setsid)


class Jail:
    """Builds command lines. `hidden` are folders never to be seen, wherever they are.

    Raises RunnerOff when a tool is missing.
    """

    def __init__(self, hidden: Iterable[Path]) -> None:
        self._tools = Tools.find()
        self._hidden = sorted({path.resolve() for path in hidden})
        self._as_root = os.geteuid() == 0 and _is_first_namespace()
        self._first_uid = _FIRST_UID + os.getpid() * 256

    @property
    def program(self) -> str:
        return self._tools.bwrap

    def owner(self, slot: int) -> int | None:
        """The user id that a run's program has on this machine; None: the server's own."""
        return self._first_uid + slot if self._as_root else None

    def arguments(
        self,
        recipe: Recipe,
        interpreter: Interpreter,
        files: Mapping[str, int],
        seccomp: int,
        *,
        terminal: bool = False,
    ) -> list[str]:
        """bubblewrap's options. `files` (path -> descriptor of its text) and `seccomp` (the
        filter's descriptor) must be inherited by it."""
        environment = {**_ENVIRONMENT, **recipe.environment}
        if terminal:
            environment["TERM"] = TERM
        return [
            *self._isolation(),
            *("--seccomp", str(seccomp)),
            *_system(),
            *self._masks(),
            *("--proc", "/proc", "--dev", "/dev"),
            *_memory_disk("/dev/shm", SHARED_BYTES),  # noqa: S108
            *("--remount-ro", "/dev"),
            *_memory_disk("/tmp", recipe.disk_bytes),  # noqa: S108
            *_memory_disk(WORK, recipe.disk_bytes),
            # after those: what is needed may lie below one of them
            *_binds(path for path in interpreter.needs if self._is_missing(path)),
            *_texts(files),
            *("--remount-ro", "/", "--chdir", WORK, "--clearenv"),
            *(word for item in environment.items() for word in ("--setenv", *item)),
        ]

    def command(
        self,
        recipe: Recipe,
        interpreter: Interpreter,
        main: str,
        limits: Limits,
        slot: int,
        compiled_mark: str = "",
        *,
        terminal: bool = False,
    ) -> list[str]:
        """What bubblewrap executes: the program, its limits set, as a user who owns nothing.

        Without `main` it is the interpreter alone, to be typed to. `slot` (below 256) tells runs
        apart that go on at the same time. `compiled_mark` is
        written to stderr between a compiler that succeeded and its program.
        """
        uid = self._first_uid + slot
        identity = (f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
        return [
            *("/bin/sh", "-c", _FIRST_PROCESS, "run"),
            *(self._tools.setpriv, "--inh-caps=-all", "--bounding-set=-all"),
            *(identity if self._as_root else ()),
            *("--", *self._limits(recipe, limits)),
            # A session of its own, to which the terminal belongs: Ctrl-C is for nobody else.
            *((self._tools.setsid, "--ctty") if terminal else ()),
            *_program(recipe, interpreter, main, limits, compiled_mark),
        ]

    def _limits(self, recipe: Recipe, limits: Limits) -> list[str]:
        cpu = COMPILE_CPU_SECONDS if recipe.compiled else _whole_seconds(limits)
        return [
            self._tools.prlimit,
            # Writable private memory of one process. Not its address space: JavaScript's and
            # Java's engines reserve many times of that without ever using it.
            f"--data={limits.memory_bytes + recipe.extra_memory + recipe.reserved_bytes}",
            f"--nproc={limits.processes + recipe.extra_threads}",
            f"--fsize={limits.file_bytes}",
            f"--nofile={OPEN_FILES}",
            f"--cpu={cpu}:{cpu + 1}",
            "--core=0",
            f"--memlock={64 * 1024}",
            "--msgqueue=0",
            "--",
        ]

    def _isolation(self) -> Iterator[str]:
        yield from ("--die-with-parent", "--as-pid-1", "--new-session", "--hostname", "sandbox")
        yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
        yield "--unshare-cgroup-try"
        if self._as_root:
            yield from ("--cap-drop", "ALL")
            for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):  # for setpriv
                yield from ("--cap-add", capability)
        else:
            yield from ("--unshare-user", "--uid", str(_INNER_UID), "--gid", str(_INNER_UID))

    def _masks(self) -> Iterator[str]:
        """Covers what must be hidden and lies in a system folder, as in /usr/src/app."""
        for path in self._hidden:
            if _is_system(path):
                yield from ("--perms", "0755", "--size", "4096", "--tmpfs", str(path))

    def _is_missing(self, path: Path) -> bool:
        return not _is_system(path) or any(path.is_relative_to(each) for each in self._hidden)


def _program(
    recipe: Recipe, interpreter: Interpreter, main: str, limits: Limits, compiled_mark: str
) -> list[str]:
    argv = [str(interpreter.executable), *recipe.options(limits)]
    if not main:  # a REPL
        return argv
    path = f"./{main}" if main.startswith(("-", "@")) else main  # it is not an option
    argv.append(recipe.argument.format(path))
    if not recipe.compiled:
        return argv
    cpu = str(_whole_seconds(limits))
    return ["/bin/sh", "-c", _COMPILE, compiled_mark, PROGRAM, cpu, *argv]


def _whole_seconds(limits: Limits) -> int:
    return math.ceil(limits.cpu_seconds) + CPU_GRACE_SECONDS


def _is_system(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in _SYSTEM)


def _is_first_namespace() -> bool:
    """Whether our root is the machine's own, not one that a user namespace made."""
    return Path("/proc/self/uid_map").read_text().split() == ["0", "0", str(2**32 - 1)]


def _system() -> Iterator[str]:
    for name in _SYSTEM:
        path = Path(name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), name)
        elif path.is_dir():
            yield from ("--ro-bind", name, name)
    cache = Path("/etc/ld.so.cache")
    yield from _binds([cache] if cache.exists() else [])


def _binds(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        yield from _folders(path.parent)
        yield from ("--ro-bind", str(path), str(path))


def _folders(path: PurePath) -> Iterator[str]:
    """The folder and those above it. bubblewrap would make them by itself, but for root alone."""
    for folder in (*reversed(path.parents), path):
        if len(folder.parts) > 1:
            yield from ("--perms", "0755", "--dir", str(folder))


def _memory_disk(path: str, size: int) -> Iterator[str]:
    yield from ("--perms", "1777", "--size", str(size), "--tmpfs", path)


def _texts(files: Mapping[str, int]) -> Iterator[str]:
    for path, descriptor in files.items():
        place = PurePath(WORK, path)
        for folder in reversed(place.parents[:-2]):  # below the working directory, its own
            yield from ("--perms", "0777", "--dir", str(folder))
        yield from ("--perms", "0644", "--file", str(descriptor), str(place))
