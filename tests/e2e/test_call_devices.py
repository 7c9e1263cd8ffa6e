"""Microphones and cameras that are refused, missing or unplugged: one is told, and still joins."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.calls import ARGUMENTS, DEVICES, SPY, UNPLUG, Caller
from tests.e2e.test_calls import ada, chromium, grace  # noqa: F401 - fixtures
from tests.helpers.browsers import ARTIFACTS, Visitors, launched

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WITHOUT_DEVICES = [each for each in ARGUMENTS if "fake-device" not in each]


async def candidate(visitors: Visitors, host: Caller, *allowed: str) -> Caller:
    """One whose browser allows no more than that."""
    visitor = await visitors.arrive("Grace", host.who.base, allowed=allowed)
    await visitor.page.add_init_script(SPY)
    return await Caller.enter(visitor, await host.invite("participant"))


async def test_a_check_shows_how_one_looks_and_sounds_before_others_see_and_hear_it(
    ada: Caller, grace: Caller  # noqa: F811
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
    visitors: Visitors, ada: Caller  # noqa: F811
) -> None:
    await ada.join()
    grace = await candidate(visitors, ada, "microphone")  # noqa: F811
    await grace.part("join-call").click()
    await expect(grace.part("problem-camera")).to_contain_text("does not let this page use your")
    await expect(grace.part("join-now")).to_have_text("Join without camera")
    await grace.part("join-now").click()
    await grace.is_in_call()
    await grace.receives("camera")
    await ada.sees_tile("Grace", mic=True, camera=False, reached=True)
    await ada.hears()


async def test_who_is_refused_everything_still_sees_and_hears(
    visitors: Visitors, ada: Caller  # noqa: F811
) -> None:
    await ada.join()
    grace = await candidate(visitors, ada)  # noqa: F811
    await grace.part("join-call").click()
    for kind, name in (("mic", "microphone"), ("camera", "camera")):
        await expect(grace.part(f"problem-{kind}")).to_contain_text(f"use your {name}. Allow it")
    await expect(grace.part("join-now")).to_have_text("Join without microphone and camera")
    await grace.part("join-now").click()
    await grace.receives("camera")
    await grace.hears()
    await ada.sees_tile("Grace", mic=False, camera=False, reached=True)


async def test_who_has_no_devices_is_told_to_plug_one_in_and_still_sees_and_hears(
    visitors: Visitors, ada: Caller  # noqa: F811
) -> None:
    await ada.join()
    async with launched(*WITHOUT_DEVICES) as bare:
        await sees_without_devices(bare, ada)


async def sees_without_devices(bare: Browser, host: Caller) -> None:
    everybody = Visitors(bare, ARTIFACTS / "without_devices")
    grace = await candidate(everybody, host, *DEVICES)  # noqa: F811
    await grace.part("join-call").click()
    for kind, name in (("mic", "microphone"), ("camera", "camera")):
        await expect(grace.part(f"problem-{kind}")).to_contain_text(f"No {name} was found")
    await grace.part("join-now").click()
    await grace.receives("camera")
    await host.sees_tile("Grace", mic=False, camera=False, reached=True)
    await everybody.close()
    assert not everybody.complaints


async def test_when_a_camera_is_unplugged_another_is_used_or_one_is_told_that_there_is_none(
    ada: Caller, grace: Caller  # noqa: F811
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
