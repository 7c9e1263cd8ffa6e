"""Updates and state vectors that hurt pycrdt 0.14.13, by what they do to it.

``python -m tests.crdt.hostile NAME`` gives the one named to pycrdt alone, without vetting.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Final

from pycrdt import Doc

from tests.crdt.updates import (
    NULL,
    by,
    item,
    number,
    string,
    text,
    update,
    values,
)

KNOWN: Final = update(by(1, string("aab")))
"""What the document holds already when one of these comes."""

HUGE: Final = number(2**28 - 1)

RESERVING: Final = {
    "update of four bytes": HUGE,
    "map within a value": update(by(9, values(b"\x76" + number(2**26 - 1)))),
}
"""Make Rust reserve 130 MB and more."""

STATE_VECTOR: Final = HUGE
"""Does the same, and a spectator may send it."""

STACK: Final = {
    "lists": update(by(9, values(b"\x75\x01" * 100_000 + NULL))),
    "maps": update(by(9, values(b"\x76\x01\x00" * 100_000 + NULL))),
    "options of a document": update(
        by(9, item(9, text("guid") + b"\x76\x01\x00" * 100_000 + NULL))
    ),
}
"""Overflow the stack, which ends the process."""

PANICS: Final = {
    "client without structs": update(by(1)),
    "string without length": update(by(1, string(""))),
    "deletion without length": update(by(1, item(1, number(0)))),
    "values without length": update(by(1, values())),
    "clock that overflows": update(by(1, b"\x00\x00", clock=2**32 - 1)),
    "client named twice": update(by(1, string("x")), by(1, string("y"), string("z"), clock=4)),
}
"""Make Rust panic, where the document holds what is ``KNOWN``."""

PARENT_IS_TEXT: Final = update(by(9, string("x"), item(4, text("z"), b"\x00\x01\x00")))
"""Passes vetting, which does not know the document: its second struct says it is a child of
a string. Yrs has applied the first when it gives up."""

HALF_A_PAIR: Final = (
    update(by(2, string("é😀x"))),
    bytes.fromhex("000102010202"),
)
"""A text, and the deletion of the second half of its surrogate pair and one more: Yrs' own
encoding of the document then lacks a part."""

UNREADABLE: Final = (
    update(
        by(
            2,
            string("é😀x"),
            item(4, text("y"), b"\x01" + text("other")),
            item(7, number(0), b"\x01" + text("array")),
            item(8, number(1) + NULL, b"\x00" + number(2) + number(5)),
        )
    ),
    HALF_A_PAIR[1],
)
"""The same in front of a list: Yrs then cannot read its own encoding of the document."""


def _most_memory() -> int:
    """The most kilobytes that this process had asked for at any time."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.findall(r"VmPeak:\s+(\d+) kB", status)[0])


def main(name: str) -> None:
    doc = Doc[Any]()
    doc.apply_update(KNOWN)
    before = _most_memory()
    try:
        if name == "state vector":
            doc.get_update(STATE_VECTOR)
        else:
            doc.apply_update({**RESERVING, **STACK, **PANICS}[name])
    except BaseException as error:  # noqa: BLE001 - a panic is one
        print(type(error).__name__)
    print(_most_memory() - before)


if __name__ == "__main__":
    main(sys.argv[1])
