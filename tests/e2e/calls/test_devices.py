"""Microphones and cameras that are refused, missing or unplugged: one is told, and still joins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from playwright.async_api import expect

from tests.e2e.calls.page import ARGUMENTS, DEVICES, OFF, SPY, UNPLUG, Caller
from tests.helpers.browsers import ARTIFACTS, Visitors, launched

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

STRICT = [each for each in ARGUMENTS if "fake-ui" not in each]
"""Pages get what their profile allows and nothing else."""
BARE = [each for each in ARGUMENTS if "fake-device" not in each]
"""Nothing is plugged in."""

Elsewhere = Callable[..., AbstractAsyncContextManager[Caller]]


@pytest.fixture
def elsewhere(ada: Caller, request: pytest.FixtureRequest) -> Elsewhere:
    """The candidate at a browser of their own, with these arguments and what it allows pages."""

    @asynccontextmanager
    async def arrived(arguments: Sequence[str], *allowed: str) -> AsyncIterator[Caller]:
        async with launched(*arguments, off=OFF) as browser:
            people = Visitors(browser, ARTIFACTS / request.node.name.removeprefix("test_"))
            visitor = await people.arrive("Grace", ada.who.base, allowed=allowed)
            await visitor.page.add_init_script(SPY)
            yield await Caller.enter(visitor, await ada.invite("participant"))
            await people.shoot("end")
            await people.close()
            assert not people.complaints

    return arrived


async def test_a_check_shows_how_one_looks_and_sounds_before_others_see_and_hear_it(
    ada: Caller,
    grace: Caller,
) -> None:
    await ada.part("join-call").click()
    check = ada.part("pre-join")
    await expect(check.get_by_label("How others see you")).to_be_visible()
    await expect(check.get_by_test_id("level")).not_to_have_attribute("data-level", "0")
    await expect(check.get_by_test_id("choose-camera").locator("option")).not_to_have_count(0)
    await expect(grace.part("in-call")).to_contain_text("Nobody")
    await check.get_by_test_id("switch-camera").click()
    await expect(check).to_contain_text("Your camera is off")
    await expect(ada.part("join-now")).to_have_text("Join without camera")
    await ada.page.get_by_role("button", name="Not now").click()
    await expect(check).to_have_count(0)
    assert await ada.page.evaluate("window.opened.every((each) => each.readyState === 'ended')")


async def test_who_is_refused_a_camera_joins_with_sound_alone(
    elsewhere: Elsewhere,
    ada: Caller,
) -> None:
    await ada.join()
    async with elsewhere(STRICT, "microphone") as grace:
        await grace.part("join-call").click()
        await expect(grace.part("problem-camera")).to_contain_text(
            "does not let this page use your"
        )
        await expect(grace.part("join-now")).to_have_text("Join without camera")
        await grace.part("join-now").click()
        await grace.is_in_call()
        await grace.receives("camera")
        await ada.sees_tile("Grace", mic=True, camera=False, reached=True)
        await ada.hears()


async def test_who_is_refused_everything_still_sees_and_hears(
    elsewhere: Elsewhere,
    ada: Caller,
) -> None:
    await ada.join()
    async with elsewhere(STRICT) as grace:
        await grace.part("join-call").click()
        for kind, name in (("mic", "microphone"), ("camera", "camera")):
            await expect(grace.part(f"problem-{kind}")).to_contain_text(
                f"use your {name}. Allow it"
            )
        await expect(grace.part("join-now")).to_have_text("Join without microphone and camera")
        await grace.part("join-now").click()
        await grace.receives("camera")
        await grace.hears()
        await ada.sees_tile("Grace", mic=False, camera=False, reached=True)


async def test_who_has_no_devices_is_told_to_plug_one_in_and_still_sees_and_hears(
    elsewhere: Elsewhere,
    ada: Caller,
) -> None:
    await ada.join()
    async with elsewhere(BARE, *DEVICES) as grace:
        await grace.part("join-call").click()
        for kind, name in (("mic", "microphone"), ("camera", "camera")):
            await expect(grace.part(f"problem-{kind}")).to_contain_text(f"No {name} was found")
        await grace.part("join-now").click()
        await grace.receives("camera")
        await ada.sees_tile("Grace", mic=False, camera=False, reached=True)


async def test_when_a_camera_is_unplugged_another_is_used_or_one_is_told_that_there_is_none(
    ada: Caller,
    grace: Caller,
) -> None:
    await ada.join()
    await grace.join()
    await ada.receives("camera")
    await grace.page.evaluate(UNPLUG, "video")
    await expect(grace.part("problem-camera")).to_contain_text("Your camera is gone. fake_device_0")
    await ada.sees_tile("Grace", camera=True)
    await ada.receives("camera")

    await grace.page.evaluate("window.unplugged = true")
    await grace.page.evaluate(UNPLUG, "video")
    await grace.page.evaluate(UNPLUG, "audio")
    await expect(grace.part("problem-camera")).to_contain_text("No camera was found")
    await expect(grace.part("problem-mic")).to_contain_text("No microphone was found")
    await ada.sees_tile("Grace", mic=False, camera=False, reached=True)
    await grace.page.evaluate("window.unplugged = false")
    await grace.part("switch-mic").click()
    await grace.part("switch-camera").click()
    await ada.sees_tile("Grace", mic=True, camera=True)
    await ada.receives("camera")
    await ada.hears()
    await expect(grace.part("problem-camera")).to_have_count(0)
