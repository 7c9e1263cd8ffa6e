"""Accounts: register, sign in and out, who am I."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from server.api.access import caller_of, clear_cookie, refuse_foreign, set_cookie
from server.api.answers import Body, Json, read_body
from server.api.endpoint import Endpoint
from server.api.services import services_of
from server.api.shapes import Message, OneUser, SignedIn
from server.api.views import own_user
from server.auth.passwords import Passwords
from server.auth.rules import Email, Name, NewPassword, Password, clean_email, clean_name
from server.errors import BadCredentials, EmailTaken
from server.store.users import User, Users


class Register(Body, frozen=True):
    name: Name
    email: Email
    password: NewPassword


class Login(Body, frozen=True):
    email: Email
    password: Password


async def register(request: Request) -> Response:
    """Make an account and sign in."""
    refuse_foreign(request)
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
    body = await read_body(request, Login)
    services = services_of(request)
    await services.limits.account(body.email)
    user = await services.users.by_email(body.email)
    right = await services.passwords.matches(user.password if user else None, body.password)
    if user is None or not right:
        raise BadCredentials
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


def signed_in(request: Request, user: User, status: int, **more: object) -> Json:
    """The answer that signs somebody in: the token in the body, and as the cookie."""
    token = services_of(request).tokens.access(user.id)
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
        errors=(EmailTaken,),
    ),
    Endpoint(
        "POST",
        "/auth/login",
        login,
        takes=Login,
        gives=SignedIn,
        who="anybody",
        errors=(BadCredentials,),
    ),
    Endpoint("POST", "/auth/logout", logout, gives=Message, who="anybody", stored=False),
    Endpoint("GET", "/auth/me", me, gives=OneUser),
]
