"""Unsigned variable-length integers, seven bits a byte, lowest first (lib0 ``writeVarUint``).

Only the shortest spelling is accepted: every number then has one encoding, so a frame that
was read can be passed on byte for byte.
"""

from __future__ import annotations

from crdt.errors import FrameError
from crdt.limits import VARINT_BYTES

_ONE_BYTE = [bytes((value,)) for value in range(0x80)]


def read(data: bytes, at: int) -> tuple[int, int]:
    """Read one integer of ``data`` from index ``at``.

    Returns the value and the index behind it. Raises ``FrameError`` when the bytes end
    inside it, when it is longer than ``VARINT_BYTES``, or not in its shortest spelling.
    """
    try:
        byte = data[at]
        if byte < 0x80:
            return byte, at + 1
        value = byte & 0x7F
        for index in range(1, VARINT_BYTES):
            byte = data[at + index]
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                if byte == 0:
                    raise FrameError("integer not in its shortest form")
                return value, at + index + 1
    except IndexError:
        raise FrameError("the message ends inside an integer") from None
    raise FrameError(f"integer longer than {VARINT_BYTES} bytes")


def write(value: int) -> bytes:
    """Encode ``value`` (0 up to 2**63 - 1). Raises ``ValueError`` outside that range."""
    if 0 <= value < 0x80:
        return _ONE_BYTE[value]
    if not 0 <= value < 1 << 7 * VARINT_BYTES:
        raise ValueError(f"{value} does not fit a {VARINT_BYTES}-byte integer")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    """Read a length and that many bytes (lib0 ``readVarUint8Array``).

    Returns the bytes and the index behind them. Raises ``FrameError`` when the length
    claims more than is left.
    """
    length, start = read(data, at)
    end = start + length
    if end > len(data):
        raise FrameError(f"{length} bytes announced, {len(data) - start} left")
    return data[start:end], end


def write_bytes(value: bytes) -> bytes:
    """Encode the length of ``value`` and ``value`` itself."""
    return write(len(value)) + value


def read_text(data: bytes, at: int) -> tuple[str, int]:
    """Read a string: its length in bytes, then UTF-8 (lib0 ``readVarString``).

    Raises ``FrameError`` when it is cut short or not UTF-8.
    """
    raw, end = read_bytes(data, at)
    try:
        return raw.decode(), end
    except UnicodeDecodeError:
        raise FrameError("text that is not UTF-8") from None


def write_text(value: str) -> bytes:
    """Encode ``value`` as a length in bytes and UTF-8."""
    return write_bytes(value.encode())
