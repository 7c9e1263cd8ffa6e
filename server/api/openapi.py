"""The API described: `/openapi.json`, made of the routes themselves; `/docs` is a page of it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from server import VERSION
from server.api.access import COOKIE
from server.api.endpoint import Endpoint
from server.api.shapes import ErrorAnswer, OpenApi
from server.errors import ApiError, NotSignedIn

Json = dict[str, Any]

ABOUT: Final = """\
Everything the web app does, for programs of your own.

Sign in with `POST /api/auth/login` and send the token as `Authorization: Bearer`, or keep the \
cookie as a browser does (then unsafe requests need an `Origin` of this server). Bodies and \
answers are JSON, times ISO 8601 in UTC, ids strings under `_id`. Whatever is not a success has \
one shape: a `message` for people, a `code` for programs, the `requestId` that the log has too.

A room is a WebSocket: ask for a ticket, then open `/ws/rooms/{session}?ticket=…` with any Yjs \
client such as y-websocket."""

PARAMETERS: Final = {
    "id": "The id of what the path names.",
    "token": "The token of an invitation, the last part of its link.",
    "name": "The id or the title of a problem.",
    "user": "The id of somebody in the session.",
    "invite": "The id of one of its invitations.",
}

SERVER: Final = "server"
"""The group of what is not below /api."""

REFERENCE: Final = "#/components/schemas/{name}"

SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that signing in answered.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "As browsers keep it; unsafe requests then need an Origin of ours.",
    },
}


async def openapi(request: Request) -> Response:
    """This description, as an OpenAPI 3.1 document."""
    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = msgspec.json.encode(document(request.app.routes))
    return Response(state.openapi, media_type="application/json")


def endpoints(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, Endpoint]]:
    """Every described route with its whole path."""
    for route in routes:
        if isinstance(route, Endpoint):
            yield prefix + route.path, route
        elif isinstance(route, Mount):
            yield from endpoints(route.routes, prefix + route.path)


def document(routes: Sequence[BaseRoute]) -> Json:
    """The OpenAPI document of an app's routes."""
    # what programs want first; what those who run the server want behind it
    found = sorted(endpoints(routes), key=lambda each: not each[0].startswith("/api/"))
    kinds = _structs(endpoint for _, endpoint in found)
    references, schemas = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    named = dict(zip(kinds, references, strict=True))
    paths: dict[str, Json] = {}
    for path, endpoint in found:
        described = _operation(path, endpoint, named)
        paths.setdefault(path, {})[endpoint.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Interview Room", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": _tags(found),
        "paths": paths,
        "components": {"schemas": _tidy(schemas), "securitySchemes": SCHEMES},
    }


def _structs(found: Iterable[Endpoint]) -> list[type[msgspec.Struct]]:
    """Every struct that an endpoint names, once."""
    named: dict[type[msgspec.Struct], None] = {ErrorAnswer: None}
    for endpoint in found:
        for kind in (endpoint.takes, endpoint.gives):
            if kind is not None and not isinstance(kind, str):
                named[kind] = None
    return list(named)


def _operation(path: str, endpoint: Endpoint, named: dict[type[msgspec.Struct], Json]) -> Json:
    summary, description = endpoint.told
    described: Json = {
        "operationId": f"{_tag(path, endpoint)}.{endpoint.handler.__name__}",
        "tags": [_tag(path, endpoint)],
        "summary": summary,
        "security": _security(endpoint),
        "parameters": [*_path_parameters(path), *_query_parameters(endpoint)],
        "responses": _responses(endpoint, named),
    }
    if description:
        described["description"] = description
    if endpoint.takes is not None:
        described["requestBody"] = {
            "required": not endpoint.optional,
            "content": {"application/json": {"schema": named[endpoint.takes]}},
        }
    return described


def _path_parameters(path: str) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS.get(name, f"The {name}."),
            "schema": {"type": "string", "minLength": 1},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(endpoint: Endpoint) -> list[Json]:
    if endpoint.query is None:
        return []
    schema = msgspec.json.schema(endpoint.query)["$defs"][endpoint.query.__name__]
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": True, "schema": kind}
        if name in required
        else {"name": name, "in": "query", "required": False, "schema": _or_empty(kind)}
        for name, kind in schema["properties"].items()
    ]


def _or_empty(kind: Json) -> Json:
    """An empty value counts as not given (`read_query`); plain text may be empty anyway."""
    if kind.get("type") == "string" and kind.keys() <= {"type", "default", "maxLength"}:
        return kind
    choices = kind.get("anyOf", [{key: kind[key] for key in kind if key != "default"}])
    kept = {"default": kind["default"]} if "default" in kind else {}
    return {"anyOf": [*choices, {"enum": [""]}], **kept}


def _security(endpoint: Endpoint) -> list[Json]:
    signed_in: list[Json] = [{name: []} for name in SCHEMES]
    if endpoint.who != "anybody":
        return signed_in
    return [{}, *signed_in] if NotSignedIn in endpoint.errors else []


def _responses(endpoint: Endpoint, named: dict[type[msgspec.Struct], Json]) -> Json:
    if isinstance(endpoint.gives, str):
        content: Json = {endpoint.gives: {"schema": {"type": "string"}}}
    else:
        content = {"application/json": {"schema": named[endpoint.gives]}}
    answers: Json = {}
    for status in (endpoint.status, *endpoint.also):
        answers[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    refusal = {"application/json": {"schema": named[ErrorAnswer]}}
    for status in sorted({error.status for error in endpoint.errors}):
        kinds = [error for error in endpoint.errors if error.status == status]
        answers.setdefault(
            str(status),
            {"description": _told(kinds), "content": refusal, **_headers(kinds)},
        )
    return answers


def _told(kinds: Iterable[type[ApiError]]) -> str:
    """Each code with its sentence, once."""
    return "\n".join({kind.code: f"`{kind.code}`: {kind.default}" for kind in kinds}.values())


def _headers(kinds: Sequence[type[ApiError]]) -> Json:
    if not any(kind.status in (429, 503) for kind in kinds):
        return {}
    seconds = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
    return {"headers": {"Retry-After": seconds}}


def _tags(found: Iterable[tuple[str, Endpoint]]) -> list[Json]:
    """Each group of operations, with the first sentence of the file it is in."""
    groups: dict[str, str] = {}
    for path, endpoint in found:
        said = inspect.getdoc(sys.modules[endpoint.handler.__module__]) or ""
        groups.setdefault(_tag(path, endpoint), " ".join(said.split("\n\n")[0].split()))
    groups |= {SERVER: "For those who run it."} if SERVER in groups else {}
    return [{"name": name, "description": said} for name, said in groups.items()]


def _tag(path: str, endpoint: Endpoint) -> str:
    """The group of an operation: the file that its handler is in."""
    return endpoint.handler.__module__.rpartition(".")[2] if path.startswith("/api/") else SERVER


def _tidy(schemas: dict[str, Json]) -> dict[str, Json]:
    """Descriptions as they were meant, without the indentation of the code."""
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
    return schemas


routes = [
    Endpoint("GET", "/openapi.json", openapi, gives=OpenApi, who="anybody", stored=False),
]
