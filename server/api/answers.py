"""Bodies in, answers out: typed structs, and one shape for everything that went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from server.api.explained import explained
from server.errors import (
    ApiError,
    InvalidBody,
    InvalidQuery,
    MethodNotAllowed,
    NotFound,
    RequestTimeout,
    TooLarge,
)
from server.logs import REQUEST_ID, request_id

BODY_BYTES: Final = 64 * 1024
"""Far above the longest of the usual bodies, far below what hurts."""

BODY_SECONDS: Final = 20.0
"""How long a body may take to arrive: 64 KiB at the pace of a bad mobile line, and no more."""

T = TypeVar("T", bound=msgspec.Struct)
Q = TypeVar("Q", bound="Query")


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of the bodies we take: whatever is not declared is refused."""


class Query(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what an address's query may say; every field has a default."""


class Json(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)


async def read_body(
    request: Request, kind: type[T], *, optional: bool = False, limit: int = BODY_BYTES
) -> T:
    """The body as `kind`; `optional`: nothing at all counts as an empty object.

    Raises InvalidBody, naming the field where it is one (`tests[0].args`), and what
    `read_bytes` raises.
    """
    raw = await read_bytes(request, limit)
    return parse_body(b"{}" if optional and not raw else raw, kind)


def parse_body(raw: bytes, kind: type[T]) -> T:
    """JSON as `kind`; raises InvalidBody, naming the field where it is one."""
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidBody("The body is not valid JSON.") from error
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise explained(str(error), given, kind) from error


def read_query(request: Request, kind: type[Q]) -> Q:
    """The query of the address as `kind`; what is not declared is passed over, and what has no
    value counts as not given.

    Raises InvalidQuery, naming the field, also for one that is given twice: either value could
    be the one that is meant.
    """
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise InvalidQuery(f"{name} must be given only once.", field=name)
        if value:
            given[name] = value
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        wrong = explained(str(error), given, kind)
        raise InvalidQuery(wrong.message, field=wrong.field) from error


async def read_bytes(
    request: Request, limit: int = BODY_BYTES, within: float = BODY_SECONDS
) -> bytes:
    """The body as it came; every body is read here. Raises TooLarge above `limit` bytes, however
    it is sent, or RequestTimeout after `within` seconds, or when whoever sent it went away."""
    try:
        async with asyncio.timeout(within):
            return await _gathered(request, limit)
    except (TimeoutError, ClientDisconnect) as error:
        raise RequestTimeout from error


async def _gathered(request: Request, limit: int) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise TooLarge
    return bytes(raw)


def error_answer(error: ApiError, headers: Mapping[str, str] | None = None) -> Json:
    """The one error shape."""
    content = {"message": error.message, "code": error.code, "requestId": request_id()}
    if error.field:
        content["field"] = error.field
    # the header is set here as well: an answer to a bug passes no middleware of ours
    more = {REQUEST_ID: request_id(), **(headers or {})}
    if error.retry_after is not None:
        more["retry-after"] = str(error.retry_after)
    if isinstance(error, TooLarge | RequestTimeout):
        more["connection"] = "close"  # the rest of the body is not worth waiting for
    return Json(content, error.status, more)


async def answer_api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for nothing else
    return error_answer(error)


async def answer_http_error(_request: Request, error: Exception) -> Response:
    """Starlette's own errors, in our shape."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    known: dict[int, type[ApiError]] = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge}
    if error.status_code in known:
        return error_answer(known[error.status_code](), error.headers)
    content = {
        "message": error.detail,
        "code": HTTPStatus(error.status_code).name.lower(),
        "requestId": request_id(),
    }
    return Json(content, error.status_code, error.headers)


async def answer_bug(_request: Request, _error: Exception) -> Response:
    return error_answer(ApiError())
