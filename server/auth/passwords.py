"""Passwords as argon2id hashes, computed in threads of their own.

The cost is the first that OWASP's password storage cheat sheet recommends: 19 MiB, two passes,
one lane. It takes some 20 ms of one core. The default of the library, 64 MiB in four lanes, takes
seven times that of every core there is, and whoever types in a room on the same machine feels it.
A hash must neither block the event loop nor run in any number at once: two threads bound both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
T = TypeVar("T")


class Passwords:
    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        return await self._in_thread(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is the right password.

        Without a stored hash (nobody has this address) a dummy is checked all the same, so
        that the time taken tells nothing about who has an account.
        """
        right = await self._in_thread(self._verify, stored, password)
        return right and stored is not None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    @cached_property
    def _dummy(self) -> str:
        return self._hasher.hash("nobody has this password")

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(stored or self._dummy, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, call: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *args)
