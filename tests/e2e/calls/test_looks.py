"""Pictures of a call for somebody to judge, in both themes, on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.calls.page import Caller, arrive
from tests.e2e.test_looks import both_themes, looks
from tests.helpers.browsers import Theme, Visitors

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def to_talk(room: Caller) -> None:
    tab = room.part("pane-talk")
    if await tab.count():
        await tab.click()


@looks
async def test_a_call_looks_right(
    visitors: Visitors,
    ada: Caller,
    sam: Caller,
    url: str,
    size: tuple[int, int],
    theme: Theme,
) -> None:
    visitor = await arrive(visitors, "Grace Hopper", url, theme, size)
    grace = await Caller.enter(visitor, await ada.invite("participant"))
    await to_talk(grace)
    await both_themes(visitors, "1-lobby", theme, grace.who)
    await ada.join()
    await grace.part("join-call").click()
    await expect(grace.part("pre-join").get_by_label("How others see you")).to_be_visible()
    await both_themes(visitors, "2-check", theme, grace.who)
    await grace.part("join-now").click()
    await grace.receives("camera")
    await both_themes(visitors, "3-two", theme, grace.who)
    await ada.part("switch-camera").click()
    await grace.part("switch-mic").click()
    await grace.sees_tile("Ada", camera=False)
    await both_themes(visitors, "4-camera-off", theme, grace.who)
    await sam.watch()
    await ada.menu_of("Sam", "let-speak")
    await sam.part("switch-mic").click()
    await grace.sees_tile("Sam", mic=True, reached=True)
    await ada.part("switch-screen").click()
    await grace.receives("screen")
    await ada.part("record").click()
    await ada.part("ask-to-record").click()
    await expect(grace.part("consent")).to_be_visible()
    await both_themes(visitors, "5-consent", theme, grace.who)
    await grace.part("agree-to-recording").click()
    await sam.part("agree-to-recording").click()
    await expect(grace.part("recording")).to_be_visible()
    await both_themes(visitors, "6-recorded-screen", theme, grace.who)
    await ada.who.resize(size)
    await to_talk(ada)
    await ada.page.get_by_role("button", name="What to do with Sam").click()
    await both_themes(visitors, "7-host", theme, ada.who)
    await ada.page.keyboard.press("Escape")
    async with ada.page.expect_download():
        await ada.part("record").click()
