"""The same sandbox where the server is not root: there bubblewrap makes a user namespace."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65534

PROGRAMS = {
    "hello": "print('hello')",
    "who": "import os; print(os.getuid(), open('/proc/self/uid_map').read().split()[2])",
    "fork_bomb": (
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while made < 500:\n"
        "        if os.fork() == 0: time.sleep(60)\n"
        "        made += 1\n"
        "except OSError: print('contained' if made < 64 else made)\n"
    ),
    "memory": "hog = []\nwhile True: hog.append('x' * 10**6)",
    "shared_memory": (
        "import mmap\nhog = mmap.mmap(-1, 2**31)\nfor at in range(0, len(hog), 4096): hog[at] = 1\n"
    ),
    "secrets": (
        "import os\n"
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    try: text = open(f'/proc/{pid}/environ').read()\n"
        "    except OSError: continue\n"
        "    if 'SECRET_OF_THE_SERVER' in text: print('seen')\n"
    ),
    "files": "import os; print([p for p in ('/root', '/home', '/var') if os.path.exists(p)])",
    "terminal": (
        "import os\n"
        "for name in ('/dev/tty', '/dev/stdout'): open(name, 'w').write(name + '\\n')\n"
        "print([os.isatty(n) for n in range(3)], os.getsid(0) == os.getpid())\n"
    ),
    "namespace": "import os, ctypes; print(ctypes.CDLL(None).unshare(0x10000000))",
}


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """What the programs did, run by the user nobody if these tests run as root."""
    python, command = sys.executable, []
    if os.geteuid() == 0:
        system = shutil.which("python3", path="/usr/bin:/usr/local/bin")
        if system is None:
            pytest.skip("root's own Python may be out of an ordinary user's reach")
        python = system
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    done = subprocess.run(
        [*command, python, "-B", str(Path(__file__).with_name("as_user.py"))],
        input=json.dumps(PROGRAMS),
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "SECRET_OF_THE_SERVER": "x"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if "Permission denied" in done.stderr:
        pytest.skip("this folder is out of an ordinary user's reach")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    if found["reason"]:
        pytest.skip(f"ordinary users cannot have a sandbox here: {found['reason']}")
    return found


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("hello", ["ok", "hello\n"]),
        ("who", ["ok", "1000 1\n"]),
        ("fork_bomb", ["ok", "contained\n"]),
        ("shared_memory", ["memory", ""]),
        ("secrets", ["ok", ""]),
        ("files", ["ok", "[]\n"]),
        ("terminal", ["ok", "/dev/tty\n/dev/stdout\n[True, True, True] True\n"]),
        ("namespace", ["ok", "-1\n"]),
    ],
)
def test_an_ordinary_user_has_the_same_sandbox(
    results: dict[str, Any], program: str, expected: list[str]
) -> None:
    assert results[program] == expected


def test_running_out_of_memory_is_told_as_such(results: dict[str, Any]) -> None:
    assert results["memory"][0] == "memory"
