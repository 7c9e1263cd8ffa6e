"""Every cap of the protocol: name, value, unit and reason. Nothing else holds a number."""

from __future__ import annotations

from typing import Final

# -- bytes on the wire -------------------------------------------------------------------

VARINT_BYTES: Final = 9
"""Bytes of one variable-length integer: 63 bits. lib0 writes at most 8 (53 bits), Yrs at
most 9; a longer run of continuation bytes only burns time (200 kB of it blocked 3.3 s)."""

MESSAGE_BYTES: Final = 1024 * 1024
"""Bytes of one message from a client. The longest honest one is a sync step 2 after hours
offline: 20,000 single-character edits take 470 kB."""

PRESENCE_STATE_BYTES: Final = 4 * 1024
"""Bytes of one client's presence as JSON: a name, a colour and a selection take 300."""

PRESENCE_ENTRIES: Final = 4_096
"""Clients in one presence message: stock clients send the whole room's back when asked."""

PRESENCE_CLIENTS: Final = 8
"""Presence ids one connection may own: one in practice, a few after a document was made
anew in the same page."""

PRESENCE_GONE: Final = 4_096
"""Clients that left and whose ids nobody else may take: two hundred bytes each. An echo of
their presence is on its way for less than a second."""

EVENT_BYTES: Final = 64 * 1024
"""Bytes of one room event from a client: a line typed to a running program, a chat message,
a WebRTC description (the largest, about 10 kB)."""

JSON_DEPTH: Final = 32
"""Nesting of a client's JSON: deeper is an attempt on the parser's stack."""

# -- what an update may ask of the CRDT library ------------------------------------------

ANY_DEPTH: Final = 32
"""Nesting of a value inside an update. Ours nest twice; at some 27,000 levels, 54 kB, Yrs
overflows a stack of 8 MB and takes the whole process with it."""

CLIENT_ID: Final = 2**53 - 1
"""Largest client id: beyond, lib0 throws in every browser that the update is passed on to."""

CLOCK: Final = 2**31 - 1
"""Largest clock, so that a clock and a length never overflow the 32 bits Yrs has for them.
A document of ``DOCUMENT_BYTES`` is hundreds of times smaller."""

UPDATE_STRUCTS: Final = 100_000
"""Structs in one update that has to be read through: bounds that reading to a fraction of a
second. Ten hours of typing offline make 100,000."""

# -- a document --------------------------------------------------------------------------

DOCUMENT_BYTES: Final = 8 * 1024 * 1024
"""Bytes of one encoded document, deleted text included. A long interview makes 500 kB."""

DOCUMENT_CHECK_BYTES: Final = 512 * 1024
"""How many bytes of updates arrive between two measurements of the document's size:
measuring encodes it whole, so it must stay rare."""

FILES: Final = 64
"""Files of one document that are handed to a run."""

PATH_BYTES: Final = 128
"""Bytes of one file's path."""

# -- a connection ------------------------------------------------------------------------

FRAMES_PER_SECOND: Final = 1_000
"""Frames a connection may send per second, sustained. A key held down repeats 30 times a
second, each with a cursor move; a pointer moves 60 times."""

FRAMES_BURST: Final = 4_000
"""Frames a connection may send at once after a pause: a paste through many cursors, or a
client catching up."""

UNSENT_BYTES: Final = 8 * 1024 * 1024
"""Bytes that may wait for a slow reader. Beyond, it is closed with 4429 and resumes by state
vector, which is smaller than what it missed."""

INTRODUCTION_SECONDS: Final = 10.0
"""Seconds from accepting a connection to its first sync step 1. No other traffic extends it."""

KEEPALIVE_SECONDS: Final = 15.0
"""Seconds between two keep-alive frames. Stock clients reconnect after 45 s of silence."""

ROOM_CONNECTIONS: Final = 2_000
"""Connections of one room on one worker: an audience, not a denial of service."""
