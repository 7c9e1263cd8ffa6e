"""What can go wrong with a peer, each class knowing the WebSocket close code it ends in."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class CloseCode(IntEnum):
    """Every close code the server uses (DESIGN section 4); the web client's copy is checked
    against this list by a test."""

    NORMAL = 1000
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    RESTARTING = 1012
    BAD_FRAME = 4400
    NOT_SIGNED_IN = 4401
    NOT_ALLOWED = 4403
    NO_SUCH_SESSION = 4404
    TOO_SLOW = 4408
    WRONG_EPOCH = 4409
    SESSION_ENDED = 4410
    TOO_LARGE = 4413
    TOO_FAST = 4429
    STORAGE_UNAVAILABLE = 4503


class CrdtError(Exception):
    """Base of everything this package raises on purpose."""

    close_code: ClassVar[CloseCode] = CloseCode.INTERNAL_ERROR


class FrameError(CrdtError):
    """The bytes are not a frame of the protocol."""

    close_code = CloseCode.BAD_FRAME


class UpdateError(CrdtError):
    """The frame is fine but its update or state vector cannot be meant seriously."""

    close_code = CloseCode.BAD_FRAME


class DocumentFull(CrdtError):
    """The document has outgrown its size cap: it takes no further edit."""

    close_code = CloseCode.TOO_LARGE


class DocumentPoisoned(CrdtError):
    """The CRDT library gave up inside an update: its document can no longer be trusted.

    The one place that catches this is the room: it drops the document, closes the sender
    and loads the room afresh from the store.
    """
