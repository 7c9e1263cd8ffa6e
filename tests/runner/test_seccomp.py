"""The filter as a program, for both machines: what it answers to which call."""

from __future__ import annotations

import errno
import struct

import pytest

from server.runner import seccomp

ALLOW, KILL = 0x7FFF0000, 0x80000000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS = {
    "x86_64": {"read": 0, "clone": 56, "socket": 41, "mount": 165, "execve": 59, "mmap": 9},
    "aarch64": {"read": 63, "clone": 220, "socket": 198, "mount": 40, "execve": 221, "mmap": 222},
}
THREAD = 0x3D0F00  # what glibc passes to clone for a thread
FORK = 0x1200011
MACHINES = sorted(CALLS)


def refused(number: int) -> int:
    return 0x00050000 | number


def answer(machine: str, call: int, argument: int = 0, audit: int | None = None) -> int:
    """What the kernel would get: the four instructions of BPF that are used, carried out."""
    code = list(struct.iter_unpack("=HBBI", seccomp.program(machine)))
    data = struct.pack("=iIQ6Q", call, audit or AUDIT[machine], 0, argument, 0, 0, 0, 0, 0)
    loaded = at = 0
    while True:
        operation, yes, no, value = code[at]
        at += 1
        match operation:
            case 0x20:
                (loaded,) = struct.unpack_from("=I", data, value)
            case 0x06:
                return int(value)
            case 0x15:
                at += yes if loaded == value else no
            case 0x35:
                at += yes if loaded >= value else no
            case 0x45:
                at += yes if loaded & value else no
            case _:
                raise AssertionError(hex(operation))


@pytest.mark.parametrize("machine", MACHINES)
def test_ordinary_calls_are_allowed(machine: str) -> None:
    for name in ("read", "execve", "mmap"):
        assert answer(machine, CALLS[machine][name]) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_mount_and_io_uring_are_refused(machine: str) -> None:
    assert answer(machine, CALLS[machine]["mount"]) == refused(errno.EPERM)
    assert answer(machine, 425) == refused(errno.EPERM)


@pytest.mark.parametrize("machine", MACHINES)
def test_clone_makes_threads_and_children_but_no_namespaces(machine: str) -> None:
    clone = CALLS[machine]["clone"]
    assert answer(machine, clone, THREAD) == ALLOW
    assert answer(machine, clone, FORK) == ALLOW
    for namespace in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 1 << 28, 1 << 29, 1 << 30):
        assert answer(machine, clone, FORK | namespace) == refused(errno.EPERM)
    assert answer(machine, 435) == refused(errno.ENOSYS)


@pytest.mark.parametrize("machine", MACHINES)
def test_sockets_are_those_that_a_network_namespace_confines(machine: str) -> None:
    socket = CALLS[machine]["socket"]
    for family in (1, 2, 10, 16):
        assert answer(machine, socket, family) == ALLOW
    for family in (17, 29, 38, 40):
        assert answer(machine, socket, family) == refused(errno.EAFNOSUPPORT)


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_machine_kill(machine: str) -> None:
    assert answer(machine, CALLS[machine]["read"], audit=0x40000003) == KILL


def test_the_second_table_of_x86_64_does_not_exist() -> None:
    assert answer("x86_64", 0x40000000 | CALLS["x86_64"]["mount"]) == refused(errno.ENOSYS)
