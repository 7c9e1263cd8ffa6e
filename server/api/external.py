"""Signing in by an issuer's tokens: Clerk's, or any OpenID issuer's."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

import httpx

from server.auth.clerk import CLERK_JS, CLERK_UI, ClerkApi, Webhook, frontend_host
from server.auth.issuer import Issuer, Keys, discovered, looks_issued, published_at
from server.auth.profile import Profile, profile_of
from server.errors import NotSignedIn
from server.settings import Settings
from server.shared import SharedCalls
from server.store.externals import Externals
from server.store.users import User

GONE: Final = "This account is gone; sign in again."


@dataclass(frozen=True, slots=True)
class ClerkPage:
    """What a page needs to show Clerk's own sign-in."""

    publishable_key: str
    host: str

    def view(self) -> dict[str, str]:
        return {
            "publishableKey": self.publishable_key,
            "scriptUrl": f"https://{self.host}{CLERK_JS}",
            "uiScriptUrl": f"https://{self.host}{CLERK_UI}",
        }


@dataclass(frozen=True, slots=True)
class External:
    """One issuer, and the people it has sent.

    `page`: the issuer is Clerk; `clerk`: it tells who somebody is, if we may ask; `webhook`:
    what verifies its messages, if there are any.
    """

    issuer: Issuer
    people: Externals
    page: ClerkPage | None = None
    clerk: ClerkApi | None = None
    webhook: Webhook | None = None
    _arriving: SharedCalls[User] = field(default_factory=SharedCalls)

    @property
    def mode(self) -> Literal["clerk", "oidc"]:
        return "clerk" if self.page else "oidc"

    def issued(self, token: str) -> bool:
        """Whether this token is for the issuer to judge."""
        return looks_issued(token)

    def id_of(self, subject: str) -> str:
        """How somebody is stored: another issuer's people are others, whatever they are called."""
        return f"{self.issuer.name} {subject}"

    async def user_of(
        self, token: str, origins: Collection[str], *, signing_in: bool = False
    ) -> User:
        """Whose token it is; somebody new is stored. `signing_in`: what an OpenID token tells of
        them replaces what was known; Clerk's tells nothing, its webhooks do.

        Raises NotSignedIn, IssuerUnavailable.
        """
        claims = await self.issuer.verify(token, origins)
        subject: str = claims["sub"]
        user = await self.people.find(self.id_of(subject))
        if user is None:
            user = await self._arriving.get(subject, lambda: self._arrive(claims))
        issued_at = datetime.fromtimestamp(int(claims.get("iat", 0)), UTC)
        if user.signed_out_at is not None and issued_at < user.signed_out_at:
            raise NotSignedIn("You were signed out; sign in again.")
        if signing_in and self.mode == "oidc":
            user = await self._stored(subject, profile_of(claims))
        return user

    async def _arrive(self, claims: dict[str, Any]) -> User:
        subject: str = claims["sub"]
        if self.clerk is not None:
            return await self._stored(subject, await self.clerk.profile(subject))
        known = profile_of(claims)
        if self.mode == "clerk":  # a token knows less than any message
            known = replace(known, updated_at=0)
        return await self._stored(subject, known)

    async def _stored(self, subject: str, profile: Profile) -> User:
        user = await self.people.upsert(self.id_of(subject), profile)
        if user is None:
            raise NotSignedIn(GONE)
        return user


async def connect(settings: Settings, people: Externals, stack: AsyncExitStack) -> External:
    """What the settings describe: Clerk, or else an OpenID issuer. Nothing is asked of it yet.

    Raises StartupError for a key or a secret that cannot be one.
    """
    audience = settings.oidc_audience
    key = settings.clerk_publishable_key
    if not key:
        client = await stack.enter_async_context(httpx.AsyncClient())
        name = settings.oidc_issuer
        whom = f"for {audience}" if audience else "for anybody (OIDC_AUDIENCE is not set)"
        summary = f"tokens of {name} {whom}"
        return External(
            Issuer(name, summary, Keys(discovered(client, name)), audience=audience), people
        )
    host = frontend_host(key)
    secrets = (settings.clerk_secret_key, settings.clerk_webhook_secret)
    webhook = Webhook(secrets[1]) if secrets[1] else None
    client = await stack.enter_async_context(httpx.AsyncClient())
    name = f"https://{host}"
    keys = Keys(published_at(client, f"{name}/.well-known/jwks.json"))
    summary = f"Clerk, {host}" + ("" if webhook else "; no webhooks")
    return External(
        Issuer(name, summary, keys, audience=audience, parties=True),
        people,
        page=ClerkPage(key, host),
        clerk=ClerkApi(client, settings.clerk_api_url, secrets[0]) if secrets[0] else None,
        webhook=webhook,
    )
