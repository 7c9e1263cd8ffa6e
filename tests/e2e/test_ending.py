"""The end of a session: all see it, the code stays to be read, nobody writes any more."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.room import RoomPage
from tests.helpers.browsers import Visitors

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def end(room: RoomPage) -> None:
    await room.part("end-session").click()
    await room.part("confirm-end").click()


async def test_all_see_the_end_and_can_only_read_from_then_on(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    await grace.replace_all('print("done")\n')
    await grace.run()
    await ada.verdict_is("ok")
    await end(ada)
    for room in (ada, grace, sam):
        await room.is_in_state("ended")
        await expect(room.part("ended")).to_contain_text("This session has ended")
        await expect(room.part("editor")).to_have_attribute("data-readonly", "true")
        for name in ("run", "stop", "end-session", "copy-participant"):
            await expect(room.part(name)).to_have_count(0)
        await room.go_to_line(1)
        await room.type("too late")
        await room.press("ControlOrMeta+Enter")
        await room.shows('print("done")\n')
        await room.prints("done")
    assert await ada.stored() == 'print("done")\n'


async def test_who_opens_an_ended_session_finds_its_code_and_runs(
    ada: RoomPage, grace: RoomPage
) -> None:
    ada.who.expects(r"40\d .*/ticket$")
    await grace.replace_all('print("done")\n')
    await grace.run()
    await ada.verdict_is("ok")
    await end(ada)
    await ada.is_in_state("ended")
    await ada.page.reload()
    await ada.is_in_state("ended")
    await ada.shows('print("done")\n')
    await ada.prints("done")
    await ada.open_file("Main.java")
    await expect(ada.part("editor")).to_have_attribute("data-readonly", "true")


async def test_an_invitation_to_an_ended_session_says_that_it_is_over(
    visitors: Visitors, ada: RoomPage
) -> None:
    link = await ada.invite("participant")
    await end(ada)
    await ada.is_in_state("ended")
    late = await visitors.arrive("Late", ada.who.base)
    await late.go(link)
    await late.sees("This session has ended")
    await expect(late.page.get_by_role("button", name="Join")).to_have_count(0)


async def test_the_session_moves_to_the_recent_ones(ada: RoomPage) -> None:
    session_id = ada.session_id
    await end(ada)
    await ada.is_in_state("ended")
    await ada.page.get_by_role("link", name="Back to the sessions").last.click()
    recent = ada.page.get_by_role("region", name="Recent")
    await expect(recent.locator(f"a[href='/sessions/{session_id}']")).to_have_text("Look")


async def test_the_end_has_to_be_confirmed(ada: RoomPage, grace: RoomPage) -> None:
    await ada.part("end-session").click()
    await ada.page.get_by_role("button", name="Keep interviewing").click()
    await grace.go_to_line(1)
    await grace.type(" # still here ")
    await ada.shows_line(r".* # still here ")
