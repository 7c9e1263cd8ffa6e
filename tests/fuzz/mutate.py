"""Bytes that are nearly right: valid ones with a few things wrong."""

from __future__ import annotations

import random

_TELLING = (
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    9,
    10,
    0x20,
    0x27,
    0x44,
    0x7F,
    0x80,
    0x84,
    0xC4,
    117,
    118,
    125,
    255,
)
_NUMBERS = (
    b"\x00",
    b"\xff\x7f",
    b"\xff\xff\xff\x7f",
    b"\xff\xff\xff\xff\x07",
    b"\xff\xff\xff\xff\x0f",
    b"\xff" * 7 + b"\x0f",
    b"\xff" * 8 + b"\x7f",
    b"\x80\x00",
    b"\x80" * 20,
)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one to six things changed, lost, added, repeated or cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(8):
            case 0 | 1:
                out[at : at + 1] = bytes((rng.choice(_TELLING),))
            case 2:
                out[at : at + 1] = rng.randbytes(1)
            case 3:
                del out[at : at + rng.randint(1, 4)]
            case 4:
                out[at:at] = bytes(rng.choices(_TELLING, k=rng.randint(1, 3)))
            case 5:
                out[at : at + 1] = rng.choice(_NUMBERS)
            case 6:
                start = rng.randrange(len(out) + 1)
                out[at:at] = out[start : start + rng.randint(1, 12)]
            case _:
                if rng.random() < 0.3:
                    del out[at:]
    return bytes(out)
