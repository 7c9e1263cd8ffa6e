"""Calls between real browsers: what one sends really arrives at the others, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.conftest import ServerFactory
from tests.e2e.calls import ARGUMENTS, Caller, arrive
from tests.helpers.browsers import ARTIFACTS, OUTAGE, Visitors, launched, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
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


async def test_two_see_and_hear_each_other_and_a_spectator_both_of_them_until_one_leaves(
    ada: Caller, grace: Caller, sam: Caller
) -> None:
    await ada.join()
    await expect(grace.part("in-call")).to_contain_text("Ada")
    await grace.join()
    await sam.watch()
    for room, other in ((ada, "Grace"), (grace, "Ada")):
        await room.sees_tile(other, mic=True, camera=True, reached=True)
        await room.receives("camera")
        await room.hears()
        assert (await room.stats())["screen"] == 0
    await sam.receives("camera")
    await sam.hears()
    for room in (ada, grace):
        await expect(room.page.locator("[data-testid=watching][data-person=Sam]")).to_be_visible()
        await expect(room.tile("Sam")).to_have_count(0)
    await grace.part("leave-call").click()
    await expect(ada.tile("Grace")).to_have_count(0)
    await expect(sam.tile("Grace")).to_have_count(0)
    await expect(grace.part("in-call")).to_contain_text("Ada")
