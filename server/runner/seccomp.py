"""The system call filter of a run, as the BPF program that bubblewrap loads.

Everything is allowed but a short list: what reaches outside namespaces (kernel keyrings, VM
sockets), what has been the way into the kernel again and again (BPF, io_uring, user
namespaces), and memory that no process's size shows (memfd, System V).
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass
from typing import Final

# Numbers of the calls from 424 on are the same on every machine.
_COMMON: Final = {
    "pidfd_getfd": 438,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "mount_setattr": 442,
    "memfd_secret": 447,
}
_X86_64: Final = {
    "shmget": 29,
    "semget": 64,
    "msgget": 68,
    "ptrace": 101,
    "syslog": 103,
    "pivot_root": 155,
    "chroot": 161,
    "acct": 163,
    "mount": 165,
    "umount2": 166,
    "swapon": 167,
    "swapoff": 168,
    "reboot": 169,
    "init_module": 175,
    "delete_module": 176,
    "quotactl": 179,
    "mq_open": 240,
    "kexec_load": 246,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "migrate_pages": 256,
    "unshare": 272,
    "move_pages": 279,
    "perf_event_open": 298,
    "fanotify_init": 300,
    "name_to_handle_at": 303,
    "open_by_handle_at": 304,
    "setns": 308,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "kcmp": 312,
    "finit_module": 313,
    "memfd_create": 319,
    "kexec_file_load": 320,
    "bpf": 321,
    "userfaultfd": 323,
}
_AARCH64: Final = {
    "umount2": 39,
    "mount": 40,
    "pivot_root": 41,
    "chroot": 51,
    "quotactl": 60,
    "acct": 89,
    "unshare": 97,
    "kexec_load": 104,
    "init_module": 105,
    "delete_module": 106,
    "syslog": 116,
    "ptrace": 117,
    "reboot": 142,
    "mq_open": 180,
    "msgget": 186,
    "semget": 190,
    "shmget": 194,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "swapon": 224,
    "swapoff": 225,
    "migrate_pages": 238,
    "move_pages": 239,
    "perf_event_open": 241,
    "fanotify_init": 262,
    "name_to_handle_at": 264,
    "open_by_handle_at": 265,
    "setns": 268,
    "process_vm_readv": 270,
    "process_vm_writev": 271,
    "kcmp": 272,
    "finit_module": 273,
    "memfd_create": 279,
    "bpf": 280,
    "userfaultfd": 282,
    "kexec_file_load": 294,
}


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int  # AUDIT_ARCH_*
    denied: dict[str, int]
    clone: int
    socket: int


_MACHINES: Final = {
    "x86_64": _Machine(0xC000003E, _X86_64, clone=56, socket=41),
    "aarch64": _Machine(0xC00000B7, _AARCH64, clone=220, socket=198),
}
_CLONE3: Final = 435
_X32: Final = 0x40000000  # x86_64's second table of the same calls
_NEW_NAMESPACES: Final = 0x7E020080  # CLONE_NEW{TIME,NS,CGROUP,UTS,IPC,USER,PID,NET}
_FAMILIES: Final = (1, 2, 10, 16)  # UNIX, INET, INET6, NETLINK: those a namespace confines

_NR, _ARCH, _ARG0 = 0, 4, 16  # offsets in struct seccomp_data, low half of the first argument
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000


def supported() -> bool:
    return platform.machine() in _MACHINES


def program(machine: str | None = None) -> bytes:
    """The filter for `machine` (None: this one) as an array of struct sock_filter.

    Raises KeyError for a machine whose call numbers are not known here.
    """
    known = _MACHINES[machine or platform.machine()]
    code = _Assembler()
    code.load(_ARCH)
    code.unless(_EQUAL, known.audit, _KILL)
    code.load(_NR)
    code.when(_AT_LEAST, _X32, _errno(errno.ENOSYS))
    # its flags are behind a pointer; told it does not exist, libraries use clone
    code.when(_EQUAL, _CLONE3, _errno(errno.ENOSYS))
    for number in sorted({*_COMMON.values(), *known.denied.values()}):
        code.when(_EQUAL, number, _errno(errno.EPERM))
    code.jump(_EQUAL, known.clone, 0, 4)  # any other call: past the four that follow
    code.load(_ARG0)
    code.when(_ANY_BIT, _NEW_NAMESPACES, _errno(errno.EPERM), otherwise=_ALLOW)
    code.load(_NR)
    code.unless(_EQUAL, known.socket, _ALLOW)
    code.load(_ARG0)
    for family in _FAMILIES:
        code.when(_EQUAL, family, _ALLOW)
    code.answer(_errno(errno.EAFNOSUPPORT))
    return bytes(code.code)


def _errno(number: int) -> int:
    return 0x00050000 | number


class _Assembler:
    def __init__(self) -> None:
        self.code = bytearray()

    def _emit(self, opcode: int, value: int, yes: int = 0, no: int = 0) -> None:
        self.code += struct.pack("=HBBI", opcode, yes, no, value)

    def load(self, offset: int) -> None:
        self._emit(_LOAD, offset)

    def answer(self, result: int) -> None:
        self._emit(_RETURN, result)

    def jump(self, test: int, value: int, yes: int, no: int) -> None:
        self._emit(test, value, yes, no)

    def when(self, test: int, value: int, result: int, otherwise: int | None = None) -> None:
        self._emit(test, value, 0, 1)
        self.answer(result)
        if otherwise is not None:
            self.answer(otherwise)

    def unless(self, test: int, value: int, result: int) -> None:
        self._emit(test, value, 1, 0)
        self.answer(result)
