"""People who use the API: each with a client of their own."""

from __future__ import annotations

import itertools
import ssl
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx

PASSWORD = "correct horse battery staple"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading certificates for each costs 30 ms
NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])
_number = itertools.count(1)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def api(url: str, token: str | None = None) -> httpx.Client:
    """A client that sends no cookies, as a program would be; `token`: signed in with it."""
    client = httpx.Client(
        base_url=url, timeout=30, verify=NO_TLS, headers=bearer(token) if token else None
    )
    client.cookies.jar.set_policy(NO_COOKIES)
    return client


def browser(url: str) -> httpx.Client:
    """A client that keeps cookies and sends an Origin, as a page of ours would."""
    return httpx.Client(base_url=url, timeout=30, verify=NO_TLS, headers={"Origin": url})


@dataclass
class Person:
    """Somebody with a token. `call` answers the JSON, and fails on an error answer."""

    user: dict[str, Any]
    token: str
    http: httpx.Client

    @property
    def id(self) -> str:
        return str(self.user["_id"])

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def create_session(self, problem: str = "two-sum") -> dict[str, Any]:
        session: dict[str, Any] = self.call("POST", "/api/sessions/create", {"problem": problem})[
            "session"
        ]
        return session

    def write_problem(self, title: str) -> str:
        """The id of a new problem of this person's own, like Two Sum but for its title."""
        draft = self.call("GET", "/api/problems/two-sum")["problem"]
        for told in ("_id", "own", "progress"):
            del draft[told]
        draft |= {"title": title, "hiddenTests": draft["tests"]}
        return str(self.call("POST", "/api/problems", draft)["problem"]["_id"])

    def invite(self, session_id: str, role: str = "participant") -> str:
        """The token of a new invitation."""
        return str(
            self.call("POST", f"/api/sessions/{session_id}/invites", {"role": role})["token"]
        )

    def ticket(self, session_id: str) -> str:
        return str(self.call("POST", f"/api/sessions/{session_id}/ticket")["ticket"])


def fresh_email() -> str:
    return f"person{next(_number)}@example.com"


def sign_in(url: str, token: str) -> Person:
    """Somebody by a token of the issuer, exchanged for one of ours."""
    with api(url) as client:
        answer = client.post("/api/auth/exchange", json={"token": token})
    assert answer.status_code == 200, answer.text
    return _person(url, answer.json())


def register(url: str, name: str = "Ada", email: str | None = None) -> Person:
    body = {"name": name, "email": email or fresh_email(), "password": PASSWORD}
    with api(url) as client:
        answer = client.post("/api/auth/register", json=body)
    assert answer.status_code == 201, answer.text
    return _person(url, answer.json())


def accept_invite(url: str, invite: str, name: str = "Grace") -> Person:
    """A new guest, by invitation."""
    with api(url) as client:
        answer = client.post(f"/api/invites/{invite}/accept", json={"name": name})
    assert answer.status_code == 200, answer.text
    return _person(url, answer.json())


def _person(url: str, signed_in: dict[str, Any]) -> Person:
    token = signed_in["token"]
    return Person(signed_in["user"], token, api(url, token))
