"""Headers: what a browser may do, which other sites may call, and what a proxy says counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.api.headers import ContentPolicy, further_sources
from server.settings import load_settings
from tests.helpers.people import PASSWORD, Person, api, fresh_email, register
from tests.helpers.server import ServerProcess

APP = "https://app.example.com"
BY_HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with another site as its front, that trusts no proxy on this machine."""
    folder: Path = tmp_path_factory.mktemp("headers")
    server = ServerProcess(folder, CLIENT_URL=APP, TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.7")
    yield server.start()
    server.close()


def policy_of(header: str) -> dict[str, list[str]]:
    parts = [part.split() for part in header.split(";")]
    assert len({name for name, *_ in parts}) == len(parts)
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", ["/", "/api/problems", "/api/none", "/health", "/assets/none"])
def test_every_answer_carries_them(url: str, path: str) -> None:
    headers = api(url).get(path).headers
    policy = policy_of(headers["content-security-policy"])
    host = url.removeprefix("http://")
    assert policy["connect-src"] == ["'self'", f"ws://{host}"]
    assert policy["script-src"] == policy["worker-src"] == ["'self'"]
    assert policy["object-src"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == policy["form-action"] == ["'self'"]
    wild = {name for name, sources in policy.items() if {"*", "https:", "data:"} & {*sources}}
    assert wild == {"img-src"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "geolocation=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers
    assert "server" not in headers


def test_a_policy_takes_further_sources() -> None:
    policy = ContentPolicy(
        {"script-src": ["https://sign.example"], "frame-src": ["https://sign.example"]}
    )
    told = policy_of(policy.header("a.example", secure=True))
    assert told["script-src"] == ["'self'", "https://sign.example"]
    assert told["frame-src"] == ["https://sign.example"]
    assert told["connect-src"] == ["'self'", "wss://a.example"]


def test_pages_may_talk_to_stream_only_where_it_is_configured() -> None:
    keys = {"STREAM_API_KEY": "key", "STREAM_API_SECRET": "secret"}
    hosted = further_sources(load_settings(keys))
    assert hosted["connect-src"] == [
        *("https://video.stream-io-api.com", "wss://video.stream-io-api.com"),
        *("https://chat.stream-io-api.com", "wss://chat.stream-io-api.com"),
        *("https://*.stream-io-video.com", "wss://*.stream-io-video.com"),
    ]
    assert set(hosted) == {"connect-src", "img-src", "media-src"}, "no script, style or worker"
    urls = dict.fromkeys(("STREAM_VIDEO_URL", "STREAM_CHAT_URL"), "http://127.0.0.1:5")
    own = further_sources(load_settings(keys | urls))
    assert own["connect-src"] == ["http://127.0.0.1:5", "ws://127.0.0.1:5"]
    assert further_sources(load_settings(urls)) == {}


@pytest.mark.parametrize("host", ["", "a.example; script-src *", "a b", "*", "https:"])
def test_a_host_that_is_none_gets_into_no_policy(host: str) -> None:
    told = policy_of(ContentPolicy({}).header(host, secure=False))
    assert told["connect-src"] == ["'self'"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_the_client_may_call_from_its_own_site(served: ServerProcess, method: str) -> None:
    asked = {
        "Origin": APP,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = api(served.url).options("/api/auth/me", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert method in answer.headers["access-control-allow-methods"]
    assert int(answer.headers["access-control-max-age"]) > 3600


def test_an_answer_to_the_client_says_that_it_may_read_it(served: ServerProcess) -> None:
    answer = api(served.url).get("/api/problems/none", headers={"Origin": APP})
    assert answer.headers["access-control-allow-origin"] == APP
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "http://app.example.com", APP + ".evil.example", "null"]
)
def test_no_other_site_may_call(served: ServerProcess, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = api(served.url).options("/api/auth/login", headers=asked)
    assert preflight.status_code == 400
    plain = api(served.url).get("/api/problems", headers={"Origin": origin})
    for answer in (preflight, plain):
        assert "access-control-allow-origin" not in answer.headers


def test_https_by_a_proxy_on_this_machine_counts(url: str, host: Person) -> None:
    headers = api(url).get("/", headers=BY_HTTPS).headers
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert f"wss://{url.removeprefix('http://')}" in headers["content-security-policy"]
    session = host.create_session()["_id"]
    ticket = host.http.post(f"/api/sessions/{session}/ticket", headers=BY_HTTPS).json()
    assert ticket["url"].startswith("wss://")
    body = {"name": "Ada", "email": fresh_email(), "password": PASSWORD}
    signed_in = api(url).post("/api/auth/register", json=body, headers=BY_HTTPS)
    assert "; Secure" in signed_in.headers["set-cookie"]


def test_what_others_forward_does_not_count(served: ServerProcess) -> None:
    headers = api(served.url).get("/", headers=BY_HTTPS).headers
    assert "strict-transport-security" not in headers
    host = register(served.url)
    session = host.create_session()["_id"]
    ticket = host.http.post(f"/api/sessions/{session}/ticket", headers=BY_HTTPS).json()
    assert ticket["url"].startswith("ws://")
