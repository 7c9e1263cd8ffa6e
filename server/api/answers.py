"""Bodies in, answers out: typed structs, and one shape for everything that went wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar, get_args

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.errors import ApiError, InvalidBody, MethodNotAllowed, NotFound, TooLarge
from server.logs import REQUEST_ID, request_id

BODY_BYTES: Final = 64 * 1024  # far above the longest body there is, far below what hurts

T = TypeVar("T", bound="Body")


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of the bodies we take: whatever is not declared is refused."""


class Json(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)


async def read_body(request: Request, kind: type[T], *, optional: bool = False) -> T:
    """The body as `kind`; `optional`: nothing at all counts as an empty object.

    Raises InvalidBody, naming the field where it is one, or TooLarge above BODY_BYTES.
    """
    raw = await _bytes_of(request)
    if optional and not raw:
        raw = b"{}"
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise _explained(str(error), kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidBody("The body is not valid JSON.") from error


async def _bytes_of(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > BODY_BYTES:
        raise TooLarge
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > BODY_BYTES:
            raise TooLarge
    return bytes(raw)


KINDS: Final = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _explained(said: str, kind: type[Body]) -> InvalidBody:
    """What msgspec says, in words for people and with the field by name."""
    if found := re.match(r"Object missing required field `(\w+)`", said):
        return InvalidBody(f"{found[1]} is missing.", field=found[1])
    if found := re.match(r"Object contains unknown field `(.*?)`", said):
        return InvalidBody(f"{found[1]} is not a field that is known here.", field=found[1])
    what, _, where = said.partition(" - at `$.")
    field = where.rstrip("`").split(".")[0].split("[")[0]
    if not field:
        return InvalidBody("The body must be a JSON object.")
    if what.startswith("Invalid enum value"):
        return InvalidBody(f"{field} must be one of {_choices(kind, field)}.", field=field)
    if found := re.match(r"Expected `str` of length (<=|>=) (\d+)", what):
        bound = "at most" if found[1] == "<=" else "at least"
        noun = "character" if found[2] == "1" else "characters"
        return InvalidBody(f"{field} must have {bound} {found[2]} {noun}.", field=field)
    if found := re.match(r"Expected `(\w+)[^`]*`, got `(\w+)`", what):
        wanted, got = (KINDS.get(name, name) for name in found.groups())
        return InvalidBody(f"{field} must be {wanted}, not {got}.", field=field)
    return InvalidBody(f"{field} is not valid.", field=field)


def _choices(kind: type[Body], field: str) -> str:
    """The values a Literal field may have."""
    declared = next(row.type for row in msgspec.structs.fields(kind) if row.encode_name == field)
    plain = [each for each in get_args(declared) if isinstance(each, str)]
    nested = [each for part in get_args(declared) for each in get_args(part)]
    return ", ".join(plain or nested)


def error_answer(error: ApiError, headers: Mapping[str, str] | None = None) -> Json:
    """The one error shape."""
    content = {"message": error.message, "code": error.code, "requestId": request_id()}
    if error.field:
        content["field"] = error.field
    # the header is set here as well: an answer to a bug passes no middleware of ours
    return Json(content, error.status, {REQUEST_ID: request_id(), **(headers or {})})


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
