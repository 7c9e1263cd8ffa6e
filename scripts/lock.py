"""Pins every package with its hashes into requirements*.txt, for any platform and Python.

The locks name no package index, so whichever one pip is set up with is used.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = {
    "requirements.txt": ("embedded", "stream"),
    "requirements-test.txt": ("embedded", "stream", "test", "check"),
    "requirements-bench.txt": ("embedded", "stream", "bench"),
    "requirements-node.txt": None,  # the node extra alone
}
HEADER = "# Made by `make lock` from pyproject.toml; do not edit.\n"


def main(options: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    oldest = project["project"]["requires-python"].removeprefix(">=")
    asked = project["project"]["optional-dependencies"]
    for name, extras in LOCKS.items():
        wanted = list(asked["node"])
        if extras is not None:
            # the build backend is pinned too, as the project is installed without isolation
            wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
            wanted += [requirement for extra in extras for requirement in asked[extra]]
        compile_lock(name, wanted, oldest, options)


def compile_lock(name: str, wanted: list[str], oldest: str, options: list[str]) -> None:
    """Writes one lock. Raises CalledProcessError when no set of versions fits."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--python-version", oldest]
    if name in ("requirements-test.txt", "requirements-bench.txt"):  # they run what is deployed
        command += ["--constraint", "requirements.txt"]
    with tempfile.NamedTemporaryFile("w", suffix=".in") as source:
        source.write("\n".join(wanted) + "\n")
        source.flush()
        subprocess.run(
            [*command, "--output-file", name, *options, source.name], cwd=ROOT, check=True
        )
    lock = ROOT / name
    lock.write_text(HEADER + lock.read_text().removeprefix(HEADER))
    print(f"{name}: {lock.read_text().count('==')} packages")


if __name__ == "__main__":
    main(sys.argv[1:])
