"""A program sees nothing of the machine, of the server and of other programs."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.runner.sandbox import Sandbox
from tests.runner.programs import MAIN, execute

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[2]

DENIED = {  # numbers of x86_64 and aarch64
    "unshare": (272, 97),
    "mount": (165, 40),
    "ptrace": (101, 117),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
}


@pytest.fixture(scope="module")
def listener() -> Iterator[int]:
    """A server on this machine's own loopback."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    "path",
    ["/etc/shadow", "/etc/passwd", "/root", "/home", "/var", "/run", "/sys", "/opt", str(ROOT)],
)
async def test_files_of_the_machine_are_not_there(sandbox: Sandbox, path: str) -> None:
    text = f"import os; print(os.path.lexists({path!r}))"
    assert (await execute(sandbox, text)).stdout == "False\n"


async def test_only_what_is_needed_is_there(sandbox: Sandbox) -> None:
    run = await execute(sandbox, "import os; print(*os.listdir('/'))")
    system = {"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"}
    assert set(run.stdout.split()) <= system | {"dev", "etc", "proc", "tmp", "work"}
    assert (await execute(sandbox, "import os; print(*os.listdir())")).stdout == "main.py\n"


async def test_the_system_cannot_be_written(sandbox: Sandbox) -> None:
    text = (
        "for path in ('/x', '/usr/x', '/dev/x', '/etc/x', '/proc/sys/kernel/panic', 'main.py'):\n"
        "    try: open(path, 'w'); print('wrote', path)\n"
        "    except OSError: pass\n"
    )
    assert (await execute(sandbox, text)).stdout == ""


async def test_a_folder_below_the_system_can_be_hidden() -> None:
    hidden = Path("/usr/share/doc")
    assert os.listdir(hidden)
    sandbox = Sandbox(hidden=[hidden])
    await sandbox.open()
    run = await execute(sandbox, f"import os; print(os.listdir({str(hidden)!r}))")
    assert run.stdout == "[]\n"
    await sandbox.close()


async def test_an_interpreter_in_a_hidden_folder_still_works() -> None:
    """As Node's wheel in a virtual environment in /usr/src/app."""
    sandbox = Sandbox(hidden=[Path("/usr/lib/jvm")])
    await sandbox.open()
    assert {language.id for language in sandbox.languages()} >= set(MAIN)
    run = await execute(sandbox, "import os; print(len(os.listdir('/usr/lib/jvm')))")
    assert run.stdout == "0\n"
    await sandbox.close()


async def test_the_environment_of_the_server_is_not_there(sandbox: Sandbox) -> None:
    text = (
        "import os\n"
        "print(sorted(os.environ))\n"
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    try: print(open(f'/proc/{pid}/environ').read().split('\\0')[:-1])\n"
        "    except OSError: print('closed')\n"
    )
    run = await execute(sandbox, text)
    names = set(os.environ) - {"PATH", "HOME", "LANG", "TZ", "PWD", "TMPDIR", "LC_CTYPE", "OLDPWD"}
    assert run.verdict == "ok", run
    assert not [name for name in names if f"{name}=" in run.stdout or f"'{name}'" in run.stdout]


async def test_command_lines_tell_nothing_of_the_machine(sandbox: Sandbox) -> None:
    text = (
        "import os\n"
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    print(open(f'/proc/{pid}/cmdline').read())\n"
    )
    run = await execute(sandbox, text)
    assert "main.py" in run.stdout
    assert str(ROOT) not in run.stdout
    assert "bwrap" not in run.stdout


async def test_there_is_no_network(sandbox: Sandbox, listener: int) -> None:
    text = (
        "import socket\n"
        f"for place in (('127.0.0.1', {listener}), ('192.0.2.1', 80), ('localhost', {listener})):\n"
        "    try: socket.create_connection(place, 2); print('connected')\n"
        "    except OSError as error: pass\n"
        "print(socket.if_nameindex())\n"
    )
    run = await execute(sandbox, text)
    assert run.stdout in ("[(1, 'lo')]\n", "[]\n"), run


async def test_sockets_past_the_network_namespace_are_refused(sandbox: Sandbox) -> None:
    text = (
        "import socket\n"
        "for family in (40, 38, 17, 29):\n"  # VSOCK, ALG, PACKET, CAN
        "    try: socket.socket(family, socket.SOCK_STREAM); print('made', family)\n"
        "    except OSError as error: print(error.errno)\n"
    )
    assert (await execute(sandbox, text)).stdout == "97\n" * 4


async def test_only_its_own_processes_are_there_to_signal(sandbox: Sandbox) -> None:
    text = (
        "import os, signal\n"
        f"for pid in (os.getppid(), {os.getpid()}, {os.getppid()}, 1, -1):\n"
        "    try: os.kill(pid, signal.SIGTERM)\n"
        "    except OSError: pass\n"
        "print(len([p for p in os.listdir('/proc') if p.isdigit()]))\n"
    )
    run = await execute(sandbox, text)
    assert run.stdout == "2\n"
    assert run.verdict == "ok"


async def test_it_is_nobody_without_any_right(sandbox: Sandbox) -> None:
    text = (
        "import os\n"
        "status = dict(l.split(':\\t') for l in open('/proc/self/status').read().splitlines())\n"
        "print(os.getuid() != 0, os.getgid() != 0, os.getgroups() in ([], [os.getgid()]))\n"
        "print({status[each] for each in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')})\n"
        "print(status['NoNewPrivs'], status['Seccomp'])\n"
    )
    run = await execute(sandbox, text)
    assert run.stdout == "True True True\n{'0000000000000000'}\n1 2\n"


@pytest.mark.parametrize("call", sorted(DENIED))
async def test_dangerous_system_calls_are_refused(sandbox: Sandbox, call: str) -> None:
    number = DENIED[call][0 if os.uname().machine == "x86_64" else 1]
    text = (
        "import ctypes\n"
        "c = ctypes.CDLL(None, use_errno=True)\n"
        f"print(c.syscall({number}, 0, 0, 0, 0, 0, 0), ctypes.get_errno())\n"
    )
    assert (await execute(sandbox, text)).stdout == "-1 1\n"


async def test_no_new_user_namespace_can_be_made(sandbox: Sandbox) -> None:
    text = (
        "import ctypes, signal\n"
        "c = ctypes.CDLL(None, use_errno=True)\n"
        "number = 56 if __import__('os').uname().machine == 'x86_64' else 220\n"
        "print(c.syscall(number, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0), ctypes.get_errno())\n"
        "print(c.syscall(435, 0, 0), ctypes.get_errno())\n"
    )
    assert (await execute(sandbox, text)).stdout == "-1 1\n-1 38\n"


async def test_one_run_sees_nothing_of_another(sandbox: Sandbox) -> None:
    await execute(sandbox, "open('/tmp/left', 'w'); open('left', 'w'); open('/dev/shm/left', 'w')")
    text = "import os; print(os.listdir('/tmp'), os.listdir('/dev/shm'), os.listdir())"
    assert (await execute(sandbox, text)).stdout == "[] [] ['main.py']\n"
