"""Programs the tests need that are no Python packages: installs those that are missing.

`system_packages.py NEED...` is silent and quick when all are there. It installs with the system's
package manager where it may (root, or sudo without a password), else prints what to install and
exits with 1.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOG = Path(".venv/log/system.log")


@dataclass(frozen=True)
class Need:
    """Any one of `commands` satisfies it; `packages` by package manager."""

    commands: tuple[str, ...]
    packages: dict[str, tuple[str, ...]]
    linux_only: bool = False
    asked: str = "--version"  # what it takes to say that it works


NEEDS = {
    "bubblewrap": Need(
        ("bwrap",),
        dict.fromkeys(("apt-get", "dnf", "apk", "pacman"), ("bubblewrap",)),
        linux_only=True,
    ),
    "java": Need(
        ("javac",),
        {
            "apt-get": ("default-jdk-headless",),
            "dnf": ("java-latest-openjdk-devel",),
            "apk": ("openjdk17-jdk",),
            "pacman": ("jdk-openjdk",),
            "brew": ("openjdk",),
        },
    ),
    "compilers": Need(
        ("g++",),
        {
            "apt-get": ("g++", "gcc"),
            **dict.fromkeys(("dnf",), ("gcc-c++",)),
            "apk": ("g++",),
            "pacman": ("gcc",),
            "brew": ("gcc",),
        },
    ),
    "go": Need(
        ("go", "/usr/local/go/bin/go"),
        {"apt-get": ("golang-go",), "dnf": ("golang",)}
        | dict.fromkeys(("apk", "pacman", "brew"), ("go",)),
        asked="version",
    ),
    "rust": Need(
        ("rustc",),
        {"apt-get": ("rustc",)} | dict.fromkeys(("dnf", "apk", "pacman", "brew"), ("rust",)),
    ),
    "ruby": Need(("ruby",), dict.fromkeys(("apt-get", "dnf", "apk", "pacman", "brew"), ("ruby",))),
    "sqlite": Need(
        ("sqlite3",),
        {
            **dict.fromkeys(("apt-get",), ("sqlite3",)),
            **dict.fromkeys(("dnf", "apk", "pacman", "brew"), ("sqlite",)),
        },
    ),
    "redis": Need(
        ("redis-server", "valkey-server"),
        {
            "apt-get": ("redis-server",),
            "dnf": ("redis",),
            "apk": ("redis",),
            "pacman": ("redis",),
            "brew": ("redis",),
        },
    ),
    "nginx": Need(
        ("nginx", "/usr/sbin/nginx"),
        {
            "apt-get": ("nginx-light",),
            **dict.fromkeys(("dnf", "apk", "pacman", "brew"), ("nginx",)),
        },
        asked="-v",
    ),
    "chromium": Need(
        (
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
        ),
        {
            "apt-get": ("chromium", "fonts-liberation"),
            "dnf": ("chromium",),
            "apk": ("chromium", "font-liberation"),
            "pacman": ("chromium",),
            "brew": ("chromium",),
        },
    ),
}
INSTALL = {
    "apt-get": ["apt-get", "install", "-y", "--no-install-recommends"],
    "dnf": ["dnf", "install", "-y"],
    "apk": ["apk", "add"],
    "pacman": ["pacman", "-S", "--noconfirm", "--needed"],
    "brew": ["brew", "install"],
}
REFRESH = {
    "apt-get": ["apt-get", "update"],
    "dnf": ["dnf", "makecache"],
    "apk": ["apk", "update"],
    "pacman": ["pacman", "-Sy"],
    "brew": ["brew", "update"],
}


def works(command: str, asked: str = "--version") -> bool:
    """Whether it is there and runs: Ubuntu's chromium and macOS's javac may be empty promises."""
    if not shutil.which(command):
        return False
    try:
        said = subprocess.run([command, asked], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0


def missing(names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if not any(works(command, NEEDS[name].asked) for command in NEEDS[name].commands)
        and (sys.platform == "linux" or not NEEDS[name].linux_only)
    ]


def packages(names: list[str], manager: str) -> list[str]:
    return [package for name in names for package in NEEDS[name].packages.get(manager, ())]


def privilege(manager: str) -> list[str] | None:
    """What to put before a command so that it may install; None when there is no way."""
    if manager == "brew" or os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def succeeds(command: list[str]) -> bool:
    """Runs it without questions, its output added to the log."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if command[0] == "sudo":  # which drops the environment
        command = [*command[:2], "env", "DEBIAN_FRONTEND=noninteractive", *command[2:]]
    with LOG.open("a") as log:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, check=False
        )
    return done.returncode == 0


def install(names: list[str], manager: str, before: list[str]) -> bool:
    """Whether everything is there afterwards. Refreshes the manager's lists when it knows too
    little, and tries again as networks fail."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("")
    print(f"Installing {', '.join(names)} with {manager} … ", end="", flush=True)
    for _ in range(3):
        succeeds([*before, *INSTALL[manager], *packages(names, manager)])
        if not missing(names):
            print("done")
            return True
        succeeds([*before, *REFRESH[manager]])
    print("failed")
    print("\n".join(LOG.read_text().splitlines()[-15:]), file=sys.stderr)
    print(f"All of it: {LOG}", file=sys.stderr)
    return False


def main(names: list[str]) -> int:
    lacking = missing(names)
    if not lacking:
        return 0
    manager = next(filter(shutil.which, INSTALL), None)
    if manager:
        before = privilege(manager)
        if before is not None and install(lacking, manager, before):
            return 0
        lacking = missing(lacking)
    print(f"\nThe tests need programs that are not here: {', '.join(lacking)}.", file=sys.stderr)
    if manager and packages(lacking, manager):
        root = "" if manager == "brew" else "sudo "
        for command in (REFRESH[manager], [*INSTALL[manager], *packages(lacking, manager)]):
            print(f"  {root}{' '.join(command)}", file=sys.stderr)
    for name in lacking:
        print(f"  {name}: any of {', '.join(NEEDS[name].commands)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
