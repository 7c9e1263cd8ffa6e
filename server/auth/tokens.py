"""Every signed token: sign-in, invitation and room ticket.

HS256 with one secret. The `kind` claim keeps them apart: a token of one kind is never taken
for another, so a leaked ticket opens one room for two minutes and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jwt

from crdt.replica import Role
from server.errors import BadTicket, InviteExpired, NoSuchInvite, NotSignedIn

ALGORITHM = "HS256"
TokenKind = Literal["access", "invite", "ticket"]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A sign-in: whose it is, and when it was made (to the millisecond)."""

    user_id: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """One person, one room, one role; `bound`: only good with the same person's cookie."""

    session_id: str
    user_id: str
    name: str
    role: Role
    bound: bool
    issued_at: datetime = field(default=datetime.min.replace(tzinfo=UTC), compare=False)
    """When it was signed: who was removed since then may not use it."""


@dataclass(frozen=True, slots=True)
class InviteToken:
    invite_id: str
    session_id: str
    role: Role


class Tokens:
    """Makes and reads tokens.

    `access_ttl`, `ticket_ttl`: how long they are good; an invitation carries its own expiry.
    """

    def __init__(self, secret: str, access_ttl: timedelta, ticket_ttl: timedelta) -> None:
        self._secret = secret
        self.access_ttl = access_ttl
        self.ticket_ttl = ticket_ttl

    def access(self, user_id: str, issued_at: datetime | None = None) -> str:
        """`issued_at`: when it was known that they may sign in; None: now."""
        expires_at = datetime.now(UTC) + self.access_ttl
        return self._sign("access", {"sub": user_id}, expires_at, issued_at)

    def read_access(self, token: str) -> AccessToken:
        """Whose sign-in it is; raises NotSignedIn."""
        try:
            claims = self._read("access", token)
            return AccessToken(claims["sub"], datetime.fromtimestamp(claims["iat"], UTC))
        except (jwt.InvalidTokenError, KeyError, TypeError) as error:
            raise NotSignedIn("Your sign-in is not valid any more; sign in again.") from error

    def invite(
        self, invite: InviteToken, expires_at: datetime, created_at: datetime | None = None
    ) -> str:
        """With `created_at` it is the same token whenever it is asked for."""
        claims = {"jti": invite.invite_id, "sid": invite.session_id, "role": invite.role.value}
        return self._sign("invite", claims, expires_at, created_at)

    def read_invite(self, token: str) -> InviteToken:
        """Raises InviteExpired for one of ours that is too old, NoSuchInvite for the rest."""
        try:
            claims = self._read("invite", token)
            return InviteToken(claims["jti"], claims["sid"], Role(claims["role"]))
        except jwt.ExpiredSignatureError as error:
            raise InviteExpired from error
        except (jwt.InvalidTokenError, KeyError, ValueError) as error:
            raise NoSuchInvite from error

    def ticket(self, ticket: Ticket, issued_at: datetime | None = None) -> str:
        """`issued_at`: when it was known that they may have it; None: now."""
        claims = {
            "sub": ticket.user_id,
            "name": ticket.name,
            "sid": ticket.session_id,
            "role": ticket.role.value,
            "bound": ticket.bound,
        }
        return self._sign("ticket", claims, datetime.now(UTC) + self.ticket_ttl, issued_at)

    def ticket_principal(self, ticket: str, cookie: str | None) -> Ticket:
        """Who a ticket lets in where; `cookie` is the value of the request's sign-in cookie.

        Raises BadTicket when it is expired, forged, of another kind, or bound and the cookie
        is missing or of somebody else.
        """
        try:
            claims = self._read("ticket", ticket)
            found = Ticket(
                session_id=claims["sid"],
                user_id=claims["sub"],
                name=claims["name"],
                role=Role(claims["role"]),
                bound=claims["bound"],
                issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            )
            if found.bound and self.read_access(cookie or "").user_id != found.user_id:
                raise BadTicket
        except (jwt.InvalidTokenError, KeyError, ValueError, NotSignedIn) as error:
            raise BadTicket from error
        return found

    def _sign(
        self,
        kind: TokenKind,
        claims: dict[str, Any],
        expires_at: datetime,
        issued_at: datetime | None = None,
    ) -> str:
        # RFC 7519 section 2: a date may have decimals. Signing out everywhere must not reach a
        # token made in the same second afterwards.
        issued = round((issued_at or datetime.now(UTC)).timestamp(), 3)
        stamped = {**claims, "kind": kind, "iat": issued, "exp": expires_at}
        return jwt.encode(stamped, self._secret, algorithm=ALGORITHM)

    def _read(self, kind: TokenKind, token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token, self._secret, algorithms=[ALGORITHM], options={"require": ["exp", "kind"]}
        )
        if claims["kind"] != kind:
            raise jwt.InvalidTokenError(f"a token of kind {claims['kind']!r} is no {kind} token")
        return claims
