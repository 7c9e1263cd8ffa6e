"""What is Clerk's own: its keys' form, its backend API, its webhooks.

https://clerk.com/docs/reference/backend-api and /docs/guides/development/webhooks
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

import httpx
import msgspec
import structlog

from server.auth.issuer import get_json
from server.auth.profile import Profile, shown_name, shown_picture
from server.errors import BadSignature, IssuerUnavailable, NotSignedIn, StartupError

HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?")
CLERK_JS: Final = "/npm/@clerk/clerk-js@6/dist/clerk.browser.js"
CLERK_UI: Final = "/npm/@clerk/ui@1/dist/ui.browser.js"
SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]{16,}={0,2}")
SIGNED_HEADERS: Final = ("svix-id", "svix-timestamp", "svix-signature")
CHALLENGES: Final = "https://challenges.cloudflare.com"  # the bot protection Clerk uses

log = structlog.stdlib.get_logger(__name__)


def frontend_host(publishable_key: str) -> str:
    """The host that a publishable key holds: pk_test_<base64 of "host$">.

    Raises StartupError for what is no such key.
    """
    found = re.fullmatch(r"pk_(?:test|live)_([A-Za-z0-9+/_=-]+)", publishable_key)
    try:
        coded = found[1].rstrip("=").translate(str.maketrans("-_", "+/")) if found else ""
        told = base64.b64decode(coded + "=" * (-len(coded) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        told = ""
    host = told.removesuffix("$")
    if host == told or not HOST.fullmatch(host):
        raise StartupError(
            "CLERK_PUBLISHABLE_KEY is not one: copy it from Clerk's dashboard, API keys; "
            "it begins with pk_test_ or pk_live_."
        )
    return host


def content_sources(host: str) -> dict[str, Sequence[str]]:
    """What a page with Clerk's sign-in loads from elsewhere, by directive of the
    Content-Security-Policy. https://clerk.com/docs/guides/secure/best-practices/csp-headers"""
    protect = "https://*.protect.clerk.com"
    return {
        "script-src": (f"https://{host}", CHALLENGES, protect),
        "connect-src": (f"https://{host}", f"{protect}:*"),
        "worker-src": ("blob:",),
        "frame-src": ("'self'", CHALLENGES, protect),
    }


class Address(msgspec.Struct):
    id: str
    email_address: str


class ClerkUser(msgspec.Struct):
    """The parts of Clerk's user object that we keep."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    image_url: str | None = None
    primary_email_address_id: str | None = None
    email_addresses: list[Address] = []
    updated_at: int = 0

    @property
    def profile(self) -> Profile:
        full = " ".join(part for part in (self.first_name, self.last_name) if part)
        primary = (
            each.email_address
            for each in self.email_addresses
            if each.id == self.primary_email_address_id
        )
        return Profile(
            name=shown_name(full) or shown_name(self.username),
            email=next(primary, None),
            picture=shown_picture(self.image_url),
            updated_at=self.updated_at,
        )


class ClerkApi:
    """Clerk's backend API, as far as we need it."""

    def __init__(self, client: httpx.AsyncClient, base: str, secret_key: str) -> None:
        self._client = client
        self._base = base
        self._headers = {"Authorization": f"Bearer {secret_key}"}

    async def profile(self, user_id: str) -> Profile:
        """Raises NotSignedIn when Clerk has no such user (any more), IssuerUnavailable when it
        cannot tell."""
        url = f"{self._base}/v1/users/{quote(user_id, safe='')}"
        try:
            found = await get_json(self._client, url, self._headers)
            return msgspec.convert(found, ClerkUser).profile
        except msgspec.ValidationError as error:
            raise IssuerUnavailable from error
        except IssuerUnavailable as error:
            match error.__cause__:
                case httpx.HTTPStatusError(response=httpx.Response(status_code=404)):
                    raise NotSignedIn("This account is gone; sign in again.") from error
                case httpx.HTTPStatusError(response=httpx.Response(status_code=401 | 403)):
                    log.error("Clerk refuses CLERK_SECRET_KEY")
            raise


class Webhook:
    """Verifies deliveries. Importing svix takes half a second: only where it is configured."""

    def __init__(self, secret: str) -> None:
        """Raises StartupError when the secret cannot be one."""
        from svix.webhooks import Webhook as Svix
        from svix.webhooks import WebhookVerificationError

        if not SECRET.fullmatch(secret):  # svix would take anything and then refuse everything
            raise StartupError(
                "CLERK_WEBHOOK_SECRET is not one: copy the endpoint's signing secret from "
                "Clerk's dashboard, Webhooks; it begins with whsec_."
            )
        self._refusal = WebhookVerificationError
        self._svix = Svix(secret)

    def delivery(self, body: bytes, headers: Mapping[str, str]) -> str:
        """The id of a delivery that was signed with the secret, at most five minutes ago.

        Raises BadSignature for any other.
        """
        signed = {name: headers.get(name, "") for name in SIGNED_HEADERS}
        try:
            self._svix.verify(body, signed)
        except (self._refusal, ValueError) as error:
            raise BadSignature from error
        return signed["svix-id"]
