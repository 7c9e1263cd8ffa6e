"""The Content-Security-Policy in a real browser: it stops what is foreign and nothing of ours."""

from __future__ import annotations

import pytest

from tests.e2e.room import RoomPage
from tests.helpers.browsers import Visitors

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WATCH = """window.violations = [];
document.addEventListener("securitypolicyviolation",
  (event) => window.violations.push(event.violatedDirective));"""
INJECT = """() => {
  const script = document.createElement("script");
  script.textContent = "window.injected = true";
  document.head.append(script);
  return window.injected === true;
}"""


async def test_a_whole_room_works_within_the_policy(visitors: Visitors, url: str) -> None:
    ada = await visitors.arrive("Ada", url)
    grace = await visitors.arrive("Grace", url)
    for somebody in (ada, grace):
        await somebody.page.add_init_script(WATCH)
    await ada.register()
    host = await RoomPage.create(ada)
    candidate = await RoomPage.enter(grace, await host.invite("participant"))
    await candidate.replace_all("print('within')\n")
    await host.shows("print('within')\n")
    await host.run()
    await candidate.prints("within")
    await host.focus()
    await host.press("ControlOrMeta+f", "Escape", "F1", "Escape")  # Monaco's own parts
    await host.open_file("main.js")
    for somebody in (ada, grace):
        assert await somebody.page.evaluate("window.violations") == []


async def test_a_script_that_was_slipped_in_does_not_run(visitors: Visitors, url: str) -> None:
    mallory = await visitors.arrive("Mallory", url)
    mallory.expects("Content Security Policy")
    await mallory.page.add_init_script(WATCH)
    await mallory.go("/signin")
    assert not await mallory.page.evaluate(INJECT)
    assert await mallory.page.evaluate("window.violations") == ["script-src-elem"]
