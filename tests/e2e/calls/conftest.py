"""A browser with a camera and a microphone that are made up, and three people with such a one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.e2e.calls.page import ARGUMENTS, DEVICES, OFF, SPY, Caller
from tests.e2e.conftest import seated
from tests.helpers.browsers import Visitors, launched
from tests.helpers.server import ServerProcess


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One with a camera and a microphone that are made up."""
    async with launched(*ARGUMENTS, off=OFF) as browser:
        yield browser


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def pages(chromium: Browser, server_process: ServerProcess) -> AsyncIterator[dict[str, Page]]:
    """Pages as in other tests, that may use both."""
    async with seated(chromium, server_process.url, allowed=DEVICES) as pages:
        for page in pages.values():
            await page.add_init_script(SPY)
        yield pages


@pytest_asyncio.fixture(loop_scope="session")
async def ada(visitors: Visitors, pages: dict[str, Page], url: str) -> Caller:
    """The interviewer, in the room of a new session."""
    visitor = visitors.sit_down("Ada", pages["Ada"], url)
    made = await visitor.call("POST", "/api/sessions/create", {"problem": "two-sum"})
    return await Caller.open(visitor, made["session"]["_id"])


@pytest_asyncio.fixture(loop_scope="session")
async def grace(visitors: Visitors, pages: dict[str, Page], ada: Caller) -> Caller:
    """The candidate, in the same room."""
    visitor = visitors.sit_down("Grace", pages["Grace"], ada.who.base)
    await visitor.accept(await ada.invite("participant"))
    return await Caller.open(visitor, ada.session_id)


@pytest_asyncio.fixture(loop_scope="session")
async def sam(visitors: Visitors, pages: dict[str, Page], ada: Caller) -> Caller:
    """A spectator, in the same room."""
    visitor = visitors.sit_down("Sam", pages["Sam"], ada.who.base)
    await visitor.accept(await ada.invite("spectator"))
    return await Caller.open(visitor, ada.session_id)
