"""`interview user`: accounts."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys

import msgspec

from server.api.accounts import Register, create_account
from server.api.answers import parse_body
from server.auth.passwords import Passwords
from server.backends import reached
from server.commands.terminal import quiet_settings
from server.errors import StartupError
from server.settings import Settings
from server.store.users import User, Users


def run(arguments: argparse.Namespace) -> int:
    """`add`: makes an account. Raises StartupError, or what the API answers with: InvalidBody,
    EmailTaken, StorageUnavailable."""
    settings = quiet_settings()
    password = _read_password() if arguments.password_stdin else _asked_password()
    fields = {"name": arguments.name, "email": arguments.email, "password": password}
    user = asyncio.run(_add(settings, parse_body(msgspec.json.encode(fields), Register)))
    sys.stdout.write(f"Added {user.name} <{user.email}>, id {user.id}.\n")
    return 0


async def _add(settings: Settings, account: Register) -> User:
    passwords = Passwords()
    try:
        async with reached(settings) as (database, _):
            await database.start()  # its indexes keep addresses unique
            return await create_account(Users(database), passwords, account)
    finally:
        passwords.close()


def _read_password() -> str:
    line = sys.stdin.readline()
    if not line:
        raise StartupError("There is no password on standard input.")
    return line.rstrip("\r\n")


def _asked_password() -> str:
    """Asks twice, without showing what is typed. Raises StartupError."""
    if not sys.stdin.isatty():
        raise StartupError("There is no terminal to ask for the password: use --password-stdin.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise StartupError("The two passwords are not the same; start again.")
    return password
