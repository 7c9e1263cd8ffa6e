"""Stream's media server (SFU) as far as words go: who is in a call, and the answer to an offer.

Whoever joins over its WebSocket gets Stream's `JoinResponse` and hears of others who come, go and
publish; an offer is answered with an SDP the browser accepts. There is nothing behind it: no ICE,
no DTLS, so no picture and no sound ever reaches anybody. What goes over the WebSocket are protocol
buffers, written here by hand with the field numbers of Stream's browser library.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.helpers.stream.parts import Json

TOKEN: Final = "of the media server for "
AUDIO, VIDEO, SCREEN, SCREEN_AUDIO = 1, 2, 3, 4
PUBLISHED, UNPUBLISHED = 16, 17
JOINED, LEFT, JOIN_RESPONSE, HEALTH = 10, 11, 13, 14
_CODECS: Final = {
    AUDIO: ("opus", 48000),
    VIDEO: ("vp8", 90000),
    SCREEN: ("vp8", 90000),
    SCREEN_AUDIO: ("opus", 48000),
}
KINDS: Final = {
    "TRACK_TYPE_AUDIO": AUDIO,
    "TRACK_TYPE_VIDEO": VIDEO,
    "TRACK_TYPE_SCREEN_SHARE": SCREEN,
    "TRACK_TYPE_SCREEN_SHARE_AUDIO": SCREEN_AUDIO,
}
_FINGERPRINT: Final = ":".join(["AB"] * 32)


@dataclass
class _Member:
    user: str
    call: str
    session: str
    websocket: WebSocket
    published: set[int] = field(default_factory=set)
    """The kinds of its tracks that are not muted."""


class Sfu:
    """`joined`: the ids of the users in a call, as often as they are in it."""

    def __init__(self) -> None:
        self._members: list[_Member] = []

    def joined(self, call_id: str) -> list[str]:
        return [each.user for each in self._members if each.call == call_id]

    async def serve(self, websocket: WebSocket) -> None:
        """One browser, from its join to its going."""
        await websocket.accept()
        member: _Member | None = None
        try:
            while True:
                asked = _read(await websocket.receive_bytes())
                if 1 in asked:
                    member = self._let_in(websocket, _read(asked[1][0]))
                    await self._welcome(member)
                elif 2 in asked:
                    await websocket.send_bytes(_bytes(HEALTH, b""))
                elif 3 in asked:
                    break
        except (WebSocketDisconnect, RuntimeError, KeyError):
            pass
        finally:
            if member in self._members:
                self._members.remove(member)
                await self._tell(member, LEFT, _bytes(2, _participant(member)))

    async def twirp(self, request: Request) -> Response:
        """Remote procedure calls: an offer is answered, everything else is taken as it is."""
        asked: Json = await request.json()
        method = request.path_params["method"]
        states: list[Json] = asked.get("muteStates") or asked.get("tracks") or []
        if method in ("UpdateMuteStates", "SetPublisher"):
            await self._publish(asked["sessionId"], states)
        answer = {"sdp": _answer_to(asked["sdp"])} if method == "SetPublisher" else {}
        return JSONResponse(answer)

    def _let_in(self, websocket: WebSocket, asked: dict[int, list[bytes]]) -> _Member:
        _, _, who = asked[1][0].decode().partition(TOKEN)
        user, _, call = who.partition(" in ")
        member = _Member(user, call, asked[2][0].decode(), websocket)
        self._members = [each for each in self._members if each.session != member.session]
        self._members.append(member)
        return member

    async def _welcome(self, member: _Member) -> None:
        there = [each for each in self._members if each.call == member.call]
        state = b"".join(_bytes(1, _participant(each)) for each in there)
        state += _bytes(3, _number(1, len(there)))
        options = b"".join(_bytes(4, _publishing(kind)) for kind in _CODECS)
        response = _bytes(1, state) + _number(3, 10) + options
        await member.websocket.send_bytes(_bytes(JOIN_RESPONSE, response))
        await self._tell(member, JOINED, _bytes(2, _participant(member)))

    async def _publish(self, session: str, states: list[Json]) -> None:
        """Others hear what is published, and what is not any more."""
        member = next((each for each in self._members if each.session == session), None)
        if member is None:
            return
        for state in states:
            kind, muted = KINDS[state["trackType"]], state.get("muted", False)
            member.published.discard(kind) if muted else member.published.add(kind)
            about = _bytes(1, member.user.encode()) + _bytes(2, session.encode())
            event = UNPUBLISHED if muted else PUBLISHED
            await self._tell(member, event, about + _number(3, kind))

    async def _tell(self, about: _Member, event: int, message: bytes) -> None:
        for each in list(self._members):
            if each.call == about.call and each is not about:
                try:
                    await each.websocket.send_bytes(_bytes(event, message))
                except (WebSocketDisconnect, RuntimeError):
                    continue


def _participant(member: _Member) -> bytes:
    texts = ((1, member.user), (2, member.session), (5, member.session[:8]))
    tracks = b"".join(map(_encoded, sorted(member.published)))
    return b"".join(_bytes(number, text.encode()) for number, text in texts) + _bytes(3, tracks)


def _publishing(kind: int) -> bytes:
    name, rate = _CODECS[kind]
    codec = _number(16, 96 + kind) + _bytes(10, name.encode()) + _number(14, rate)
    size = _number(1, 640) + _number(2, 360)
    rest = _number(3, 300_000) + _number(4, 30) + _number(5, 1) + _number(6, 1)
    return _number(1, kind) + _bytes(2, codec) + rest + _bytes(7, size) + _number(8, kind)


def _answer_to(offer: str) -> str:
    """What somebody would answer who takes everything and whom nothing can reach."""
    fragment, password = secrets.token_hex(4), secrets.token_hex(16)
    head, *sections = offer.replace("\r\n", "\n").split("\nm=")
    group = [line for line in head.split("\n") if line.startswith("a=group:")]
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", *group]
    for section in sections:
        first, *given = section.strip().split("\n")
        lines += [f"m={first}", "c=IN IP4 0.0.0.0"]
        kept = ("a=mid:", "a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=extmap:")
        lines += [line for line in given if line.startswith(kept)]
        lines += ["a=rtcp-mux", "a=recvonly", "a=setup:passive"]
        lines += [f"a=ice-ufrag:{fragment}", f"a=ice-pwd:{password}"]
        lines += [f"a=fingerprint:sha-256 {_FINGERPRINT}"]
    return "\r\n".join([*lines, ""])


# -- protocol buffers ------------------------------------------------------------------------


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _encoded(field << 3) + _encoded(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _encoded(field << 3 | 2) + _encoded(len(value)) + value


def _varint(data: bytes) -> int:
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data))


def _read(data: bytes) -> dict[int, list[bytes]]:
    """The fields of a message as they stand there; numbers as their bytes."""
    fields: dict[int, list[bytes]] = {}
    at = 0
    while at < len(data):
        tag, at = _cut(data, at)
        kind = _varint(tag) & 7
        if kind == 0:
            value, at = _cut(data, at)
        else:
            length = {1: 8, 5: 4}.get(kind)
            if length is None:
                size, at = _cut(data, at)
                length = _varint(size)
            value, at = data[at : at + length], at + length
        fields.setdefault(_varint(tag) >> 3, []).append(value)
    return fields


def _cut(data: bytes, at: int) -> tuple[bytes, int]:
    """One number, and where it ends."""
    end = at
    while data[end] & 0x80:
        end += 1
    return data[at : end + 1], end + 1
