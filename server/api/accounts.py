"""Accounts: register, sign in and out, who am I, and what I change of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from server.api.access import (
    caller_of,
    clear_cookie,
    issuers_parties,
    refuse_foreign,
    set_cookie,
    user_of,
)
from server.api.answers import Body, Json, read_body
from server.api.endpoint import Endpoint
from server.api.pictures import drop_image, kept_image
from server.api.services import services_of
from server.api.shapes import HowToSignIn, Message, OneUser, SignedIn
from server.api.views import own_user
from server.auth.passwords import Passwords
from server.auth.rules import Email, Name, NewPassword, Password, clean_email, clean_name
from server.errors import (
    AccountsOff,
    BadCredentials,
    EmailTaken,
    ExchangeOff,
    IssuerUnavailable,
    NotSignedIn,
    WrongPassword,
)
from server.store.database import now
from server.store.users import User, Users


class Register(Body, frozen=True):
    name: Name
    email: Email
    password: NewPassword


class Login(Body, frozen=True):
    email: Email
    password: Password


class Change(Body, frozen=True):
    name: Name | None = None
    profile_image: str | None = None


class ChangePassword(Body, frozen=True):
    current: Password
    new: NewPassword


class Exchange(Body, frozen=True):
    token: Annotated[str, Meta(max_length=5000)]


def refuse_when_external(request: Request) -> None:
    """Raises AccountsOff where people sign in by an issuer."""
    if services_of(request).external is not None:
        raise AccountsOff


async def config(request: Request) -> Response:
    """How people sign in here; for whoever shows a sign-in page."""
    external = services_of(request).external
    page = external.page if external else None
    shown = {"mode": external.mode if external else "accounts"}
    return Json({**shown, "clerk": page.view() if page else None})


async def register(request: Request) -> Response:
    """Make an account and sign in."""
    refuse_foreign(request)
    refuse_when_external(request)
    body = await read_body(request, Register)
    services = services_of(request)
    await services.limits.account(body.email)
    user = await create_account(services.users, services.passwords, body)
    return signed_in(request, user, 201)


async def create_account(users: Users, passwords: Passwords, body: Register) -> User:
    """The new account. Raises InvalidBody or EmailTaken."""
    name, email = clean_name(body.name), clean_email(body.email)
    return await users.register(name, email, await passwords.hash(body.password))


async def login(request: Request) -> Response:
    """Sign in with e-mail address and password."""
    refuse_foreign(request)
    refuse_when_external(request)
    body = await read_body(request, Login)
    services = services_of(request)
    await services.limits.account(body.email)
    user, known_at = await known_by_password(services.users, services.passwords, body)
    return signed_in(request, user, 200, known_at)


async def known_by_password(
    users: Users, passwords: Passwords, body: Login
) -> tuple[User, datetime]:
    """Who it is, and since when that is known: a change of the password later than that ends the
    sign-in too. Raises BadCredentials."""
    known_at = now()
    user = await users.by_email(body.email)
    right = await passwords.matches(user.password if user else None, body.password)
    # comparing takes a while, in which the password may have been changed
    current = await users.get(user.id) if user and right else None
    if user is None or current is None or current.password != user.password:
        raise BadCredentials
    return current, known_at


async def exchange(request: Request) -> Response:
    """A token of the issuer for one of ours, with the cookie."""
    refuse_foreign(request)
    body = await read_body(request, Exchange)
    external = services_of(request).external
    if external is None:
        raise ExchangeOff
    user = await external.user_of(body.token, issuers_parties(request), signing_in=True)
    return signed_in(request, user, 200)


async def logout(request: Request) -> Response:
    """Sign this browser out: clears the cookie."""
    refuse_foreign(request)
    answer = Json({"message": "Signed out."})
    clear_cookie(request, answer)
    return answer


async def me(request: Request) -> Response:
    """Who is signed in."""
    caller = await caller_of(request)
    return Json({"user": own_user(caller.user)})


async def change(request: Request) -> Response:
    """The caller's name and picture; what is not given stays."""
    caller = await caller_of(request)
    if caller.user.external_id is not None:
        raise AccountsOff("Your name and picture come from where you sign in; change them there.")
    body = await read_body(request, Change)
    services = services_of(request)
    values: dict[str, Any] = {}
    if body.name is not None:
        values["name"] = clean_name(body.name)
    if body.profile_image is not None and body.profile_image != caller.user.profile_image:
        values["profileImage"] = await kept_image(services, caller.user_id, body.profile_image)
    if not values:
        return Json({"user": own_user(caller.user)})
    before = caller.user
    while (user := await services.users.change(before, values)) is None:
        known = await services.users.get(before.id)
        if known is None:
            raise NotSignedIn("This account is gone; sign in again.")
        before = known  # somebody else changed the picture in this moment
    if "profileImage" in values:
        await drop_image(services, before.profile_image)
    return Json({"user": own_user(user)})


async def change_password(request: Request) -> Response:
    """Ends every other sign-in, also in rooms; the answer signs in anew."""
    caller = await user_of(request)
    refuse_when_external(request)
    body = await read_body(request, ChangePassword)
    services = services_of(request)
    if not await services.passwords.matches(caller.user.password, body.current):
        raise WrongPassword(field="current")
    hashed = await services.passwords.hash(body.new)
    user = await services.users.change_password(caller.user, hashed)
    if user is None or user.signed_out_at is None:  # somebody else was faster
        raise WrongPassword(field="current")
    services.sign_outs.sign_out(user.id, user.signed_out_at)
    return signed_in(request, user, 200, user.signed_out_at)


def signed_in(
    request: Request,
    user: User,
    status: int,
    known_at: datetime | None = None,
    **more: object,
) -> Json:
    """The answer that signs somebody in: the token in the body, and as the cookie. `known_at`:
    when it was known who they are; None: now."""
    token = services_of(request).tokens.access(user.id, known_at)
    answer = Json({"token": token, "user": own_user(user), **more}, status)
    set_cookie(request, answer, token)
    return answer


routes = [
    Endpoint(
        "POST",
        "/auth/register",
        register,
        takes=Register,
        gives=SignedIn,
        status=201,
        who="anybody",
        errors=(EmailTaken, AccountsOff),
    ),
    Endpoint(
        "POST",
        "/auth/login",
        login,
        takes=Login,
        gives=SignedIn,
        who="anybody",
        errors=(BadCredentials, AccountsOff),
    ),
    Endpoint("POST", "/auth/logout", logout, gives=Message, who="anybody", stored=False),
    Endpoint("GET", "/auth/config", config, gives=HowToSignIn, who="anybody", stored=False),
    Endpoint(
        "POST",
        "/auth/exchange",
        exchange,
        takes=Exchange,
        gives=SignedIn,
        who="anybody",
        errors=(NotSignedIn, ExchangeOff, IssuerUnavailable),
    ),
    Endpoint(
        "POST",
        "/auth/password",
        change_password,
        takes=ChangePassword,
        gives=SignedIn,
        who="account",
        errors=(WrongPassword, AccountsOff),
    ),
    Endpoint("GET", "/auth/me", me, gives=OneUser),
    Endpoint("PATCH", "/auth/me", change, takes=Change, gives=OneUser, errors=(AccountsOff,)),
]
