"""A TURN server that lets in by coturn's rule (`use-auth-secret`) and relays nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

REALM = b"calls.example.com"
NONCE = b"nonce of now"
USERNAME, INTEGRITY, ERROR_CODE, REALM_, NONCE_ = 0x06, 0x08, 0x09, 0x14, 0x15


@dataclass
class TurnServer:
    """`secret` is shared with the server under test. `deaf`: it answers nothing. `open`: it asks
    nobody for a password. Over UDP, or TCP."""

    port: int
    secret: str
    deaf: bool = False
    open: bool = False
    let_in: list[str] = field(default_factory=list)
    """The names that got a relay."""
    given_back: int = 0

    def answer(self, message: bytes) -> bytes | None:
        """What it answers to a request; None: nothing."""
        kind, length, cookie = struct.unpack_from("!HHI", message)
        if self.deaf or cookie != 0x2112A442 or length != len(message) - 20:
            return None
        if kind == 0x001:
            return self._message(0x101, message)
        found = dict(attributes(message))
        if self.open:
            return self._message(0x100 | kind, message)
        if USERNAME not in found:
            return self._refuse(kind, message, 401, b"Unauthorized")
        if not self._may(found, message):
            return self._refuse(kind, message, 401, b"Unauthorized")
        if kind == 0x003:
            self.let_in.append(found[USERNAME].decode())
        elif kind == 0x004 and found[0x0D] == bytes(4):
            self.given_back += 1
        return self._message(0x100 | kind, message)

    def _may(self, found: dict[int, bytes], message: bytes) -> bool:
        name = found[USERNAME]
        if int(name.split(b":")[0]) < time.time() or found[NONCE_] != NONCE:
            return False
        password = base64.b64encode(hmac.digest(self.secret.encode(), name, "sha1"))
        key = hashlib.md5(b":".join((name, REALM, password)), usedforsecurity=False).digest()
        mac = found[INTEGRITY]
        return hmac.compare_digest(mac, hmac.digest(key, message[:-24], "sha1"))

    def _refuse(self, kind: int, message: bytes, code: int, reason: bytes) -> bytes:
        error = struct.pack("!HBB", 0, code // 100, code % 100) + reason
        told = ((ERROR_CODE, error), (REALM_, REALM), (NONCE_, NONCE))
        return self._message(0x110 | kind, message, *told)

    @staticmethod
    def _message(kind: int, request: bytes, *told: tuple[int, bytes]) -> bytes:
        body = b"".join(
            struct.pack("!HH", each, len(value)) + value + bytes(-len(value) % 4)
            for each, value in told
        )
        return struct.pack("!HH", kind, len(body)) + request[4:20] + body


def attributes(message: bytes) -> Iterator[tuple[int, bytes]]:
    at = 20
    while at < len(message):
        kind, length = struct.unpack_from("!HH", message, at)
        yield kind, message[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


@contextmanager
def turn_server(secret: str, *, tcp: bool = False) -> Iterator[TurnServer]:
    """On a free port of this machine."""
    with socket.socket(type=socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        made = TurnServer(listening.getsockname()[1], secret)
        serve = _serve_tcp if tcp else _serve_udp
        if tcp:
            listening.listen()
        thread = threading.Thread(target=serve, args=(made, listening), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            listening.shutdown(socket.SHUT_RDWR) if tcp else _wake(made.port)
            thread.join()


def _wake(port: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(b"", ("127.0.0.1", port))


def _serve_udp(server: TurnServer, listening: socket.socket) -> None:
    while True:
        message, address = listening.recvfrom(65_535)
        if not message:
            return
        if answer := server.answer(message):
            listening.sendto(answer, address)


def _serve_tcp(server: TurnServer, listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            while message := connection.recv(65_535):
                answer = server.answer(message)
                if answer is None:
                    break
                connection.sendall(answer)
