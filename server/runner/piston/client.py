"""Piston's HTTP and WebSocket, with what goes wrong there in words for people."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus

from server.runner.piston.reply import Reply
from server.runner.piston.runtimes import Runtime

REQUEST_BYTES: Final = 102_400
"""Piston's body parser takes no more; it would answer with a stack trace."""

CONNECT_SECONDS: Final = 5.0
LIST_SECONDS: Final = 10.0

KEPT_SECONDS: Final = 2.0
"""How long an idle connection is kept for the next request: Node, for which Piston is written,
closes one after 5 s, and a run that meets one just being closed would fail."""


class PistonError(Exception):
    """Piston could not do it; the text is one sentence for people."""


class Refused(PistonError):
    """Piston read the request and said why it does not take it."""


class NoSocket(PistonError):
    """This Piston has no WebSocket, as the public one."""


class Client:
    """`url`: where Piston is; without a path, its usual `/api/v2` is meant. `authorization`:
    the value of that header, empty for none."""

    def __init__(self, url: str, authorization: str = "") -> None:
        base = url.rstrip("/")
        self._base = base if urlsplit(base).path else f"{base}/api/v2"
        self._headers = {"Authorization": authorization} if authorization else {}
        self._http = httpx.AsyncClient(
            headers=self._headers,
            timeout=LIST_SECONDS,
            limits=httpx.Limits(keepalive_expiry=KEPT_SECONDS),
        )

    async def runtimes(self) -> list[Runtime]:
        answer = await self._ask("GET", "runtimes", None, LIST_SECONDS)
        try:
            return msgspec.json.decode(answer.content, type=list[Runtime])
        except msgspec.MsgspecError as error:
            raise PistonError("what is at PISTON_URL does not answer as Piston does") from error

    async def execute(self, body: dict[str, Any], seconds: float) -> Reply:
        """Waits up to `seconds` for the program to end."""
        answer = await self._ask("POST", "execute", encoded(body), seconds)
        try:
            return msgspec.json.decode(answer.content, type=Reply)
        except msgspec.MsgspecError as error:
            raise PistonError("Piston's answer cannot be read") from error

    async def connect(self) -> ClientConnection:
        """Its WebSocket. Raises NoSocket where there is none."""
        url = "ws" + self._base.removeprefix("http") + "/connect"
        try:
            return await connect(
                url,
                additional_headers=self._headers,
                open_timeout=CONNECT_SECONDS,
                close_timeout=1,
                max_size=None,  # its messages are at most a pipe's buffer
                compression=None,
            )
        except InvalidStatus as error:
            status = error.response.status_code
            if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
                raise PistonError(_CLOSED.get(status, f"Piston failed with {status}")) from error
            # a proxy may well forbid just this; whether we are served, an ordinary request tells
            raise NoSocket(f"its WebSocket was answered with {status}") from error
        except (OSError, InvalidHandshake) as error:  # a timeout is an OSError
            raise PistonError(f"Piston cannot be reached: {_reason(error)}") from error

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(
        self, method: str, path: str, content: bytes | None, seconds: float
    ) -> httpx.Response:
        headers = {"Content-Type": "application/json"} if content is not None else {}
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        try:
            answer = await self._http.request(
                method, f"{self._base}/{path}", content=content, headers=headers, timeout=timeout
            )
        except httpx.ReadTimeout as error:
            raise PistonError(f"Piston did not answer within {seconds:.0f} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PistonError(f"Piston cannot be reached: {_reason(error)}") from error
        if answer.status_code != httpx.codes.OK:
            raise _refusal(answer)
        return answer


_CLOSED: Final = {
    401: "not available: Piston wants to know who asks (401); see PISTON_AUTHORIZATION",
    403: "not available: Piston does not serve us (403); see PISTON_AUTHORIZATION",
    429: "not available: Piston was asked too often (429); try again in a moment",
}


def encoded(body: dict[str, Any]) -> bytes:
    """As sent. Raises PistonError for what is more than Piston takes."""
    content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
    if len(content) > REQUEST_BYTES:
        raise PistonError("the files and the input are more than the 100 kB that Piston takes")
    return content


def _refusal(answer: httpx.Response) -> PistonError:
    status = answer.status_code
    if status in _CLOSED:
        return PistonError(_CLOSED[status])
    try:
        said = answer.json()
    except ValueError:
        said = None
    message = said.get("message") if isinstance(said, dict) else None
    if status == httpx.codes.BAD_REQUEST and isinstance(message, str):
        return Refused(message)
    if status == httpx.codes.NOT_FOUND:
        return PistonError("PISTON_URL leads to a server, but not to Piston's API (404)")
    return PistonError(f"Piston failed with {status}")  # what else it says are its own insides


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
