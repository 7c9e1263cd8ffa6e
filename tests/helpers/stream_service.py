"""Stream's side of deleting calls and channels, as a server on a port.

Written from Stream's own libraries (getstream, stream-chat): the paths, the key in the query, the
server token, and the JSON of its errors, where a thing that is not there is a 404 with code 16.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import jwt

KEY = "stream-key"
SECRET = "a secret that only Stream and we know"


class StreamService:
    """`calls` and `channels` are what there is; `fails`: so many requests get a 500;
    requests wait while `answering` is not set."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self.channels: set[str] = set()
        self.fails = 0
        self.requests: list[str] = []
        self.answering = threading.Event()
        self.answering.set()
        self.url = ""

    def create(self, *call_ids: str) -> None:
        """What there is while an interview goes on."""
        self.calls |= {f"default:{call_id}" for call_id in call_ids}
        self.channels |= {f"messaging:{call_id}" for call_id in call_ids}

    def answer(
        self, method: str, path: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.requests.append(f"{method} {parts.path}")
        if self.fails:
            self.fails -= 1
            return _error(500, -1, "internal error")
        if query.get("api_key") != KEY:
            return _error(401, 2, "api_key not valid")
        if headers.get("stream-auth-type") != "jwt" or not _signed(headers.get("Authorization")):
            return _error(401, 43, "signature is not valid")
        if (method, parts.path) == ("GET", "/app"):
            return 200, {"app": {"name": "interviews"}, "duration": "1.00ms"}
        return self._delete(method, [unquote(part) for part in parts.path.split("/")], query, body)

    def _delete(
        self, method: str, path: list[str], query: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        match method, path:
            case "POST", ["", "api", "v2", "video", "call", kind, name, "delete"]:
                assert json.loads(body) == {"hard": True}
                there, thing = self.calls, f"{kind}:{name}"
            case "DELETE", ["", "channels", kind, name]:
                assert query["hard_delete"] == "true"
                there, thing = self.channels, f"{kind}:{name}"
            case _:
                return _error(404, 16, "no such path")
        if thing not in there:
            return _error(404, 16, f"Can't find {thing}")
        there.discard(thing)
        return 200, {"duration": "1.00ms"}


def _signed(token: str | None) -> bool:
    try:
        claims = jwt.decode(token or "", SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return False
    return claims.get("server") is True


def _error(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"code": code, "message": message, "StatusCode": status, "duration": "0.00ms"}


class _Handler(BaseHTTPRequestHandler):
    service: ClassVar[StreamService]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.service.answering.wait()
        status, content = self.service.answer(self.command, self.path, self.headers, body)
        raw = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - http.server's names

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def stream_service() -> Iterator[StreamService]:
    """One that listens."""
    service = StreamService()
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # clients that gave up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        service.answering.set()
        server.shutdown()
        server.server_close()
