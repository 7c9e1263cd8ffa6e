"""Asking a STUN server for an answer, and a TURN server for a relay: what `interview check` does.

One request at a time over UDP, TCP or TLS, as RFC 8489 (STUN) and RFC 8656 (TURN) have it. Calls
block; run them in a thread.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Final, NamedTuple

from server.auth.turn import TurnCredential
from server.settings import ICE_SERVER

COOKIE: Final = 0x2112A442
BINDING: Final = 0x001
ALLOCATE: Final = 0x003
REFRESH: Final = 0x004
SUCCESS: Final = 0x100
ERROR: Final = 0x110

USERNAME: Final = 0x0006
INTEGRITY: Final = 0x0008
ERROR_CODE: Final = 0x0009
LIFETIME: Final = 0x000D
REALM: Final = 0x0014
NONCE: Final = 0x0015
TRANSPORT: Final = 0x0019

UDP: Final = struct.pack("!I", 17 << 24)
"""What a relay speaks: protocol 17."""

WAITS: Final = (0.5, 1.0, 2.0)
"""Seconds until a datagram counts as lost and is sent again."""

HEADER: Final = struct.Struct("!HHI12s")


class StunError(Exception):
    """No answer, or not the wanted one; the text says which."""


class _Answer(NamedTuple):
    kind: int
    attributes: Mapping[int, bytes]

    def error(self) -> str:
        """Code and reason in words."""
        value = self.attributes.get(ERROR_CODE, b"")
        if len(value) < 4:
            return "refused without a reason"
        return f"refused: {value[2] * 100 + value[3]} {value[4:].decode(errors='replace')}".strip()


def ask_stun(url: str) -> None:
    """Returns when the server of a `stun:` or `stuns:` address answers. Raises StunError."""
    with closing(_Line(url)) as line:
        answer = line.ask(BINDING)
        if answer.kind != BINDING | SUCCESS:
            raise StunError(answer.error())


def ask_turn(url: str, credential: TurnCredential) -> None:
    """Returns when the server of a `turn:` or `turns:` address made a relay for this credential
    (and it was given back). Raises StunError."""
    with closing(_Line(url)) as line:
        answer = line.ask(ALLOCATE, {TRANSPORT: UDP})
        if REALM not in answer.attributes or NONCE not in answer.attributes:
            raise StunError("relays without asking for a password: it is open to everybody")
        realm = answer.attributes[REALM]
        key = hashlib.md5(  # the RFC's choice
            b":".join((credential.username.encode(), realm, credential.credential.encode())),
            usedforsecurity=False,
        ).digest()
        signed = {
            USERNAME: credential.username.encode(),
            REALM: realm,
            NONCE: answer.attributes[NONCE],
        }
        answer = line.ask(ALLOCATE, {TRANSPORT: UDP, **signed}, key)
        if answer.kind != ALLOCATE | SUCCESS:
            raise StunError(answer.error())
        line.ask(REFRESH, {LIFETIME: bytes(4), **signed}, key)


def request(kind: int, attributes: Mapping[int, bytes], key: bytes | None = None) -> bytes:
    """A request with a new transaction id; with a `key`, with its MAC at the end."""
    body = b"".join(_attribute(*each) for each in attributes.items())
    length = len(body) + (24 if key is not None else 0)
    message = HEADER.pack(kind, length, COOKIE, secrets.token_bytes(12)) + body
    if key is not None:
        message += _attribute(INTEGRITY, hmac.digest(key, message, "sha1"))
    return message


def attributes_of(message: bytes) -> dict[int, bytes]:
    """What a whole message holds, the first of each kind."""
    return dict(reversed([*_attributes(message)]))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _attributes(message: bytes) -> Iterator[tuple[int, bytes]]:
    at = HEADER.size
    while at + 4 <= len(message):
        kind, length = struct.unpack_from("!HH", message, at)
        yield kind, message[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


class _Line:
    """A connection to the server of an address. Everything raises StunError."""

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition(":")
        parts = ICE_SERVER.fullmatch(rest)
        if parts is None:
            raise StunError("is no address of a server")
        secure = scheme.endswith("s")
        self._datagrams = not secure and parts["transport"] != "tcp"
        host = parts["host"].strip("[]")
        port = int(parts["port"] or (5349 if secure else 3478))
        kind = socket.SOCK_DGRAM if self._datagrams else socket.SOCK_STREAM
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=kind)[0]
            self._socket = socket.socket(family, kind)
        except OSError as error:
            raise StunError(f"{host} cannot be found ({error})") from error
        try:
            self._socket.settimeout(sum(WAITS))
            self._socket.connect(address)
            if secure:
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(self._socket, server_hostname=host)
        except OSError as error:
            self._socket.close()
            raise StunError(f"cannot be reached ({_reason(error)})") from error

    def close(self) -> None:
        self._socket.close()

    def ask(
        self, kind: int, attributes: Mapping[int, bytes] | None = None, key: bytes | None = None
    ) -> _Answer:
        """What it answers to one request."""
        message = request(kind, attributes or {}, key)
        try:
            answer = self._datagram(message) if self._datagrams else self._stream(message)
        except OSError as error:
            raise StunError(f"does not answer ({_reason(error)})") from error
        return _Answer(HEADER.unpack_from(answer)[0], attributes_of(answer))

    def _datagram(self, message: bytes) -> bytes:
        for seconds in WAITS:
            self._socket.send(message)
            self._socket.settimeout(seconds)
            try:
                while not _answers(answer := self._socket.recv(65_535), message):
                    pass
            except TimeoutError:
                continue
            return answer
        raise TimeoutError("timed out")

    def _stream(self, message: bytes) -> bytes:
        self._socket.sendall(message)
        head = self._read(HEADER.size)
        answer = head + self._read(HEADER.unpack(head)[1])
        if not _answers(answer, message):
            raise StunError("answers something that is not STUN")
        return answer

    def _read(self, count: int) -> bytes:
        read = b""
        while len(read) < count:
            more = self._socket.recv(count - len(read))
            if not more:
                raise ConnectionResetError("it hung up")
            read += more
        return read


def _answers(answer: bytes, message: bytes) -> bool:
    """Whether it belongs to that request: the cookie and the transaction are the same."""
    return len(answer) >= HEADER.size and answer[4:20] == message[4:20]


def _reason(error: OSError) -> str:
    return re.sub(r"^\[[^]]*\] ", "", str(error)) or type(error).__name__
