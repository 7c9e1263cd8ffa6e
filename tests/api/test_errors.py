"""Every answer that is not a success has one shape."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.helpers.people import PASSWORD, Person, api

REGISTER = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}


def shape(answer: httpx.Response) -> dict[str, Any]:
    """The body, after checking that it has the one shape."""
    body: dict[str, Any] = answer.json()
    assert set(body) - {"field"} == {"message", "code", "requestId"}
    assert body["requestId"] == answer.headers["x-request-id"]
    assert body["message"].endswith(".")
    return body


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("POST", "/api/nothing", 404, "not_found"),
        ("GET", "/api", 404, "not_found"),
        ("GET", "/ws/rooms", 404, "not_found"),
        ("GET", "/api/auth/login", 405, "method_not_allowed"),
        ("DELETE", "/api/problems", 405, "method_not_allowed"),
        ("PUT", "/", 405, "method_not_allowed"),
        ("GET", "/api/auth/me", 401, "not_signed_in"),
        ("GET", "/api/problems/none", 404, "no_such_problem"),
        ("GET", "/api/invites/none", 404, "no_such_invite"),
    ],
)
def test_refusals_have_one_shape(url: str, method: str, path: str, status: int, code: str) -> None:
    answer = api(url).request(method, path)
    assert answer.status_code == status
    assert shape(answer)["code"] == code


@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/sessions/x", "/api/auth/me"])
def test_another_method_is_told_which_there_are(url: str, path: str) -> None:
    answer = api(url).put(path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert shape(answer)["code"] == "method_not_allowed"


def test_all_methods_of_an_address_are_told(url: str) -> None:
    answer = api(url).put("/api/sessions/none/runs")
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_a_sane_request_id_is_echoed(url: str) -> None:
    answer = api(url).get("/api/nothing", headers={"X-Request-Id": "abc-123"})
    assert shape(answer)["requestId"] == "abc-123"


@pytest.mark.parametrize("bad", ["a b", "x" * 65, "<script>", "a/b"])
def test_any_other_request_id_is_replaced(url: str, bad: str) -> None:
    answer = api(url).get("/health", headers={"X-Request-Id": bad})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({**REGISTER, "name": 7}, "name", "name must be text, not a number."),
        ({**REGISTER, "name": None}, "name", "name must be text, not null."),
        ({**REGISTER, "name": ["x"]}, "name", "name must be text, not a list."),
        ({**REGISTER, "name": "  "}, "name", "name must not be empty."),
        ({**REGISTER, "name": "a\u202eb"}, "name", "name must not have invisible characters."),
        ({**REGISTER, "name": "x" * 61}, "name", "name must have at most 60 characters."),
        ({**REGISTER, "password": "short"}, "password", "at least 8 characters"),
        ({**REGISTER, "password": "x" * 201}, "password", "at most 200 characters"),
        ({**REGISTER, "email": "nobody"}, "email", "must be an e-mail address"),
        ({**REGISTER, "email": "a b@c"}, "email", "must be an e-mail address"),
        ({**REGISTER, "email": "a@" + "b" * 260}, "email", "at most 254 characters"),
        ({**REGISTER, "admin": True}, "admin", "admin is not a field that is known here."),
        ({"name": "Ada", "email": "a@b.c"}, "password", "password is missing."),
        ({}, "name", "name is missing."),
        ([], None, "The body must be a JSON object."),
        ("text", None, "The body must be a JSON object."),
        (None, None, "The body must be a JSON object."),
    ],
)
def test_a_wrong_body_names_the_field(url: str, body: Any, field: str | None, says: str) -> None:
    content = httpx.Request("POST", url, json=body).content if body is not None else b"null"
    answer = api(url).post("/api/auth/register", content=content)
    assert answer.status_code == 400
    told = shape(answer)
    assert told["code"] == "invalid_body"
    assert told.get("field") == field
    assert says in told["message"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{'a': 1}", b"\xff\xfe", b'{"name": "\\ud800"}', b"[" * 60_000]
)
def test_what_is_not_json_is_an_invalid_body(url: str, content: bytes) -> None:
    answer = api(url).post("/api/auth/login", content=content)
    assert answer.status_code == 400
    assert shape(answer)["code"] == "invalid_body"


def test_choices_are_told(url: str, host: Person) -> None:
    body = {"problem": "two-sum", "difficulty": "brutal"}
    told = shape(host.http.post("/api/sessions/create", json=body))
    assert told["message"] == "difficulty must be one of easy, medium, hard."
    assert told["field"] == "difficulty"


def test_a_large_body_is_refused_by_its_announced_length(url: str) -> None:
    answer = api(url).post("/api/auth/login", content=b" " * 65_537)
    assert answer.status_code == 413
    assert shape(answer)["code"] == "too_large"


def test_a_large_body_is_refused_when_its_length_is_not_announced(url: str) -> None:
    def chunks() -> Any:
        for _ in range(65):
            yield b" " * 1024

    answer = api(url).post("/api/auth/login", content=chunks())
    assert answer.status_code == 413
    assert shape(answer)["code"] == "too_large"
