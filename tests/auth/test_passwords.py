"""Passwords are kept as argon2id hashes, and checking one does not stop everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from server.auth.passwords import Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_only_the_right_password_matches(passwords: Passwords) -> None:
    stored = await passwords.hash("right password")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.matches(stored, "right password")
    assert not await passwords.matches(stored, "wrong password")


async def test_nobody_matches_nothing(passwords: Passwords) -> None:
    assert not await passwords.matches(None, "nobody has this password")
    assert not await passwords.matches("not a hash", "right password")


async def test_the_loop_goes_on_while_a_password_is_hashed(passwords: Passwords) -> None:
    hashing = asyncio.create_task(passwords.hash("right password"))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10
