"""Signed tokens: each is good for one thing, and only whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from crdt.replica import Role
from server.auth.principal import Principal
from server.auth.tokens import InviteToken, Ticket, Tokens
from server.errors import BadTicket, InviteExpired, NoSuchInvite, NotSignedIn

SECRET = "a secret of 64 characters, " + "which is what HS512 asks for" * 2
HOUR = timedelta(hours=1)
ADA = Principal("1", "Ada", "user")
EVE = Principal("2", "Eve", "guest")
TICKET = Ticket("room", ADA.user_id, ADA.name, Role.HOST, bound=False)
BOUND = Ticket("room", ADA.user_id, ADA.name, Role.HOST, bound=True)
INVITE = InviteToken("invite", "room", Role.SPECTATOR)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SECRET, HOUR, HOUR)


@pytest.fixture
def expired() -> Tokens:
    return Tokens(SECRET, -HOUR, -HOUR)


def later() -> datetime:
    return datetime.now(UTC) + HOUR


def test_what_was_signed_is_read(tokens: Tokens) -> None:
    assert tokens.read_access(tokens.access(EVE.user_id)).user_id == EVE.user_id
    assert tokens.read_invite(tokens.invite(INVITE, later())) == INVITE
    assert tokens.ticket_principal(tokens.ticket(TICKET), None) == TICKET


def test_a_token_of_one_kind_is_none_of_another(tokens: Tokens) -> None:
    access, ticket = tokens.access(ADA.user_id), tokens.ticket(TICKET)
    invite = tokens.invite(INVITE, later())
    for wrong in (ticket, invite):
        with pytest.raises(NotSignedIn):
            tokens.read_access(wrong)
    for wrong in (access, ticket):
        with pytest.raises(NoSuchInvite):
            tokens.read_invite(wrong)
    for wrong in (access, invite):
        with pytest.raises(BadTicket):
            tokens.ticket_principal(wrong, None)


def test_expired_tokens_are_refused(tokens: Tokens, expired: Tokens) -> None:
    with pytest.raises(NotSignedIn):
        tokens.read_access(expired.access(ADA.user_id))
    with pytest.raises(BadTicket):
        tokens.ticket_principal(expired.ticket(TICKET), None)
    with pytest.raises(InviteExpired):
        tokens.read_invite(tokens.invite(INVITE, datetime.now(UTC) - HOUR))


def test_a_bound_ticket_needs_the_cookie_of_the_same_person(
    tokens: Tokens, expired: Tokens
) -> None:
    ticket = tokens.ticket(BOUND)
    assert tokens.ticket_principal(ticket, tokens.access(ADA.user_id)) == BOUND
    for cookie in (
        None,
        "",
        "nonsense",
        tokens.access(EVE.user_id),
        expired.access(ADA.user_id),
        ticket,
    ):
        with pytest.raises(BadTicket):
            tokens.ticket_principal(ticket, cookie)


def claims() -> dict[str, object]:
    return {"kind": "ticket", "sub": "1", "name": "A", "sid": "r", "role": "host", "bound": False}


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "a.b.c",
        jwt.encode({**claims(), "exp": later()}, "another secret of 32 characters!", "HS256"),
        jwt.encode({**claims(), "exp": later()}, "", "none"),
        jwt.encode({**claims(), "exp": later()}, SECRET, "HS512"),
        jwt.encode(claims(), SECRET, "HS256"),  # would be good for ever
        jwt.encode({**claims(), "role": "owner", "exp": later()}, SECRET, "HS256"),
        jwt.encode({"kind": "ticket", "exp": later()}, SECRET, "HS256"),
        jwt.encode({"exp": later()}, SECRET, "HS256"),
    ],
)
def test_forged_tickets_are_refused(tokens: Tokens, forged: str) -> None:
    with pytest.raises(BadTicket):
        tokens.ticket_principal(forged, None)
