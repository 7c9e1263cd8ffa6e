"""Becomes another program that ends when its parent does, also when that is killed with -9.

    python -I -S launch.py PARENT_PID PROGRAM ARGUMENT...

A program of its own because the request to the kernel has to be made in the child, after the
fork. Run as a file with the bare interpreter: it imports nothing of ours and costs some 20 ms.
Only Linux knows the request; elsewhere the program outlives a parent killed with -9.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

HOW = signal.SIGKILL
"""Asked to end, the database sometimes waits for its own locks for ever, and nobody would be left
to kill it. It is made to lose nothing either way."""


def end_with(parent: int) -> None:
    """Sees to it that this process is killed when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, HOW)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    end_with(parent)
    os.execv(program[0], program)  # noqa: S606 - the caller's own program, no shell wanted


if __name__ == "__main__":
    main()
