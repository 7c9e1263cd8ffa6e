"""A stand-in for Clerk, or for any OpenID issuer: what our server and page see of them, on a port.

It signs tokens with keys that rotate, publishes them, answers for users, counts what it is asked,
and can be slow, broken or away.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.helpers.certificates import make_certificate

SECRET_KEY = "sk_test_of_the_stand_in"
SIGN_IN_PAGE = Path(__file__).with_name("clerk_stand_in.js")
JWKS = "/.well-known/jwks.json"
DISCOVERY = "/.well-known/openid-configuration"


class Server(ThreadingHTTPServer):
    """Says nothing of clients that go away or refuse its certificate at first."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class SigningKey:
    """A pair of keys under an id."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def published(self) -> dict[str, Any]:
        """As it stands in the key set."""
        shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        del shown["key_ops"]
        return {**shown, "kid": self.kid, "use": "sig", "alg": "RS256"}


class StandIn:
    """The issuer. `folder`: where its certificate is kept; None: plain HTTP, as an OpenID issuer
    on one machine may be."""

    def __init__(self, folder: Path | None = None) -> None:
        self.certificate = folder / "issuer.pem" if folder else None
        self.keys = [SigningKey("key-1")]
        self.users: dict[str, dict[str, Any]] = {}
        self.requests: Counter[str] = Counter()
        self.answers_with = 200
        self.gate = threading.Event()  # closed: whoever asks waits
        self.gate.set()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        if self.certificate:
            make_certificate(self.certificate)

    # -- where it is -------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://{self.host}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def publishable_key(self) -> str:
        return "pk_test_" + base64.b64encode(f"{self.host}$".encode()).decode()

    def settings(self) -> dict[str, str]:
        """What makes a server of ours sign people in with it as Clerk."""
        return {
            "CLERK_PUBLISHABLE_KEY": self.publishable_key,
            "CLERK_SECRET_KEY": SECRET_KEY,
            "CLERK_API_URL": self.url,
            "SSL_CERT_FILE": str(self.certificate),
        }

    def start(self) -> StandIn:
        """The first time on a free port, then on the same."""
        self._server = Server(("127.0.0.1", self._port), _handler(self))
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Away: nobody can connect."""
        if self._server:
            self.gate.set()
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    # -- what it does ------------------------------------------------------------------------

    def rotate(self, *, keep: bool = True) -> SigningKey:
        """Signs with a new key from now on; `keep`: still publishes the earlier ones."""
        new = SigningKey(f"key-{len(self.keys) + 1}-{time.monotonic_ns()}")
        self.keys = [*(self.keys if keep else []), new]
        return new

    def token(
        self, subject: str = "user_1", *, key: SigningKey | None = None, **claims: Any
    ) -> str:
        """A session token; claims replace or, with None, leave out what it would say."""
        now = int(time.time())
        said = {
            "iss": self.url,
            "sub": subject,
            "iat": now,
            "nbf": now - 10,
            "exp": now + 60,
            **claims,
        }
        signing = key or self.keys[-1]
        return jwt.encode(
            {name: value for name, value in said.items() if value is not None},
            signing.private,
            "RS256",
            headers={"kid": signing.kid},
        )

    def add_user(self, user_id: str = "user_1", **fields: Any) -> dict[str, Any]:
        self.users[user_id] = clerk_user(user_id, **fields)
        return self.users[user_id]

    def answer(self, path: str, headers: Mapping[str, str | None]) -> tuple[int, str, bytes]:
        """Status, content type and body. `headers`: those that matter."""
        self.requests[path] += 1
        self.gate.wait()
        if self.answers_with != 200:
            return self.answers_with, "text/plain", b"no"
        if path.endswith(".js"):
            return 200, "text/javascript", _script(path)
        status, content = self._json(path, headers)
        return status, "application/json", json.dumps(content).encode()

    def _json(self, path: str, headers: Mapping[str, str | None]) -> tuple[int, Any]:
        if path == JWKS:
            return 200, {"keys": [key.published() for key in self.keys]}
        if path == DISCOVERY:
            return 200, {"issuer": self.url, "jwks_uri": self.url + JWKS}
        if path.startswith("/v1/users/"):
            if headers["authorization"] != f"Bearer {SECRET_KEY}":
                return 401, {"errors": [{"code": "authentication_invalid"}]}
            user = self.users.get(path.rpartition("/")[2])
            return (200, user) if user else (404, {"errors": [{"code": "resource_not_found"}]})
        if path == "/v1/client":
            return 200, {}
        if found := re.fullmatch(r"/v1/client/sessions/sess_(.+)/tokens", path):
            return 200, {"jwt": self.token(found[1], azp=headers["origin"])}
        return 404, {}


def clerk_user(user_id: str, **fields: Any) -> dict[str, Any]:
    """A user object as Clerk's API and webhooks have it, with much that we do not read."""
    return {
        "id": user_id,
        "object": "user",
        "username": None,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "image_url": f"https://img.example.com/{user_id}",
        "has_image": True,
        "primary_email_address_id": "idn_1",
        "email_addresses": [
            {
                "id": "idn_1",
                "object": "email_address",
                "email_address": f"{user_id}@example.com",
                "verification": {"status": "verified", "strategy": "email_code"},
            }
        ],
        "public_metadata": {},
        "created_at": 1_700_000_000_000,
        "updated_at": 1_700_000_000_000,
        **fields,
    }


def _script(path: str) -> bytes:
    """ClerkJS, or the components that it shows."""
    if "ui.browser" in path:
        return b"window.__internal_ClerkUICtor = function ClerkUI() {};"
    return SIGN_IN_PAGE.read_bytes()


def _handler(issuer: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            headers = {name: self.headers.get(name) for name in ("authorization", "origin")}
            status, kind, body = issuer.answer(path, headers)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.send_header("access-control-allow-origin", "*")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
