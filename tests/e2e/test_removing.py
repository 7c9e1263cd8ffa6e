"""Who a host puts out is out at once, is told so, and stays out; all others see it."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.room import RoomPage
from tests.helpers.browsers import NARROW, Visitors, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FORBIDDEN = r"403 \(Forbidden\)"


def link_of(host: RoomPage, role: str) -> Locator:
    """The row of the only link for `role` that the host gave out."""
    return host.page.locator(f"[data-testid=invite][data-role={role}]")


async def ask_to_remove(host: RoomPage, name: str) -> None:
    await host.page.get_by_role("button", name=f"More for {name}").click()
    await host.page.get_by_role("button", name="Remove from the session").click()
    await expect(host.page.get_by_role("dialog")).to_contain_text(f"Remove {name}")


async def is_out(room: RoomPage) -> None:
    """Told in place of the room, and nothing of the room is left to see."""
    await expect(room.part("removed")).to_contain_text("You are no longer in this session")
    await room.is_in_state("refused")
    await expect(room.page.locator(".monaco-editor")).to_have_count(0)


async def test_a_host_sees_each_link_and_who_came_by_it_and_copies_it_again(
    ada: RoomPage, grace: RoomPage
) -> None:
    await expect(link_of(ada, "participant")).to_contain_text("Grace")
    link = await ada.part("invite-url").input_value()
    await ada.invite("spectator")
    await expect(link_of(ada, "spectator")).to_contain_text("not used yet")

    await link_of(ada, "participant").get_by_role("button", name="Copy again").click()
    await expect(ada.part("invite-url")).to_have_value(link)

    async def copied() -> bool:
        return bool(await ada.page.evaluate("navigator.clipboard.readText()") == link)

    await until(copied, "the link to be in the clipboard again")
    await expect(grace.part("invites")).to_have_count(0)  # nobody's business but the host's


async def test_revoking_a_link_puts_who_came_by_it_out_at_once_and_nobody_else(
    visitors: Visitors, ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    grace.who.expects(FORBIDDEN)
    link = await ada.who.call("GET", f"/api/sessions/{ada.session_id}/invites")
    url = next(each["url"] for each in link["invites"] if each["role"] == "participant")
    await grace.replace_all("# by Grace\n")
    await link_of(ada, "participant").get_by_role("button", name="Revoke").click()
    await expect(ada.part("put-out")).to_contain_text("Grace came by it")
    await expect(grace.person("Ada")).to_be_visible()  # nothing has happened yet
    await ada.part("confirm-revoke").click()

    await is_out(grace)
    for room in (ada, sam):
        await expect(room.part("people").locator("[data-person=Grace]")).to_have_count(0)
        await room.shows("# by Grace\n")  # what she wrote stays
    await expect(link_of(ada, "participant")).to_have_count(0)
    await grace.page.reload()
    await is_out(grace)

    late = await visitors.arrive("Late", ada.who.base)
    late.expects(r"(401|403|404|410) .*/api/invites/")
    await late.go(url)
    await late.sees("This link does not work")
    await sam.is_in_state("connected")


async def test_a_removed_person_is_out_until_a_new_invitation_lets_them_in(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    grace.who.expects(FORBIDDEN)
    await ask_to_remove(ada, "Grace")
    await ada.part("confirm-remove").click()
    await is_out(grace)
    await expect(grace.part("removed")).to_contain_text("The host removed you")
    for room in (ada, sam):
        await expect(room.part("people").locator("[data-person=Grace]")).to_have_count(0)
    await grace.page.reload()
    await is_out(grace)

    await grace.who.accept(await ada.invite("participant"))
    back = await RoomPage.open(grace.who, ada.session_id)
    for room in (ada, sam):
        await expect(room.person("Grace")).to_have_attribute("data-role", "participant")
    await back.go_to_line(1)
    await back.type(" # again ")
    await ada.shows_line(r".* # again ")


async def test_what_a_removed_person_typed_offline_can_be_copied_from_the_page(
    ada: RoomPage, grace: RoomPage
) -> None:
    grace.who.expects(FORBIDDEN)
    grace.who.expects(r"ERR_INTERNET_DISCONNECTED")
    await grace.replace_all("# sent\n")
    await grace.who.context.set_offline(True)
    await grace.is_in_state("reconnecting")
    await grace.go_to_line(1)
    await grace.type(" and not sent")
    await grace.shows("# sent and not sent\n")
    await ask_to_remove(ada, "Grace")
    await ada.part("confirm-remove").click()
    await expect(ada.part("people").locator("[data-person=Grace]")).to_have_count(0)
    await grace.who.context.set_offline(False)

    await is_out(grace)
    await expect(grace.part("removed")).to_contain_text("Your last edits had not reached")
    await grace.page.get_by_role("button", name="Copy main.py").click()
    await grace.who.sees("main.py copied")
    text = await grace.page.evaluate("navigator.clipboard.readText()")
    assert text == "# sent and not sent\n"
    await ada.server_has("# sent\n")
    grace.page.once("dialog", lambda dialog: dialog.accept())  # it asks before that is lost


async def test_a_spectator_who_is_away_can_be_removed_too(ada: RoomPage, sam: RoomPage) -> None:
    sam.who.expects(FORBIDDEN)
    await sam.page.goto("about:blank")
    row = ada.part("people").locator("[data-person=Sam]")
    await expect(row).to_have_attribute("data-online", "false")
    await ask_to_remove(ada, "Sam")
    await ada.part("confirm-remove").click()
    await expect(row).to_have_count(0)
    await sam.who.go(f"/sessions/{ada.session_id}")
    await is_out(sam)


async def test_removing_is_asked_for_by_keyboard_on_a_phone_and_can_be_left(
    ada: RoomPage, grace: RoomPage
) -> None:
    await ada.who.resize(NARROW)
    await ada.part("pane-people").click()
    more = ada.page.get_by_role("button", name="More for Grace")
    await more.focus()
    await ada.press("Enter", "Tab", "Enter")
    dialog = ada.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("The candidate’s seat is free again")
    await expect(dialog.get_by_role("button", name="Keep Grace")).to_be_focused()
    await ada.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(more).to_be_focused()
    await expect(ada.person("Grace")).to_be_visible()
    await grace.is_in_state("connected")


async def test_nobody_but_the_host_is_offered_to_put_anybody_out(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    for room in (grace, sam):
        await expect(room.page.get_by_role("button", name="More for")).to_have_count(0)
    await expect(ada.page.get_by_role("button", name="More for Ada")).to_have_count(0)
