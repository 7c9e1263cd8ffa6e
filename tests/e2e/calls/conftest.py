"""A browser with a camera and a microphone that are made up, and three people with such a one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.calls.page import ARGUMENTS, Caller, arrive
from tests.helpers.browsers import Visitors, launched


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One with a camera and a microphone that are made up."""
    async with launched(*ARGUMENTS) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def ada(visitors: Visitors, url: str) -> Caller:
    """The interviewer, in the room of a new session."""
    visitor = await arrive(visitors, "Ada", url)
    await visitor.register()
    made = await visitor.call("POST", "/api/sessions/create", {"problem": "two-sum"})
    return await Caller.open(visitor, made["session"]["_id"])


@pytest_asyncio.fixture(loop_scope="session")
async def grace(visitors: Visitors, url: str, ada: Caller) -> Caller:
    """The candidate, in the same room."""
    visitor = await arrive(visitors, "Grace", url)
    return await Caller.enter(visitor, await ada.invite("participant"))


@pytest_asyncio.fixture(loop_scope="session")
async def sam(visitors: Visitors, url: str, ada: Caller) -> Caller:
    """A spectator, in the same room."""
    visitor = await arrive(visitors, "Sam", url)
    return await Caller.enter(visitor, await ada.invite("spectator"))
