"""Pictures of every page for somebody to judge, and what can be measured of them: nothing is
wider than its window, in both themes, on a phone and on a desk."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import expect

from tests.e2e.room import RoomPage
from tests.e2e.talk import Talk
from tests.e2e.test_chat import HOSTILE
from tests.e2e.test_files import menu, name_it, open_menu
from tests.e2e.test_own_problems import ProblemForm
from tests.e2e.test_practice import BREAKS
from tests.e2e.test_running import SOLVED
from tests.helpers.browsers import NARROW, WIDE, Theme, Visitor, Visitors

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LOOKS: list[tuple[tuple[int, int], Theme]] = [(WIDE, "light"), (NARROW, "dark")]
looks = pytest.mark.parametrize(
    ("size", "theme"), LOOKS, ids=[f"{size[0]}-{theme}" for size, theme in LOOKS]
)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SETTLED = """Promise.allSettled(document.getAnimations()
  .filter((each) => each instanceof CSSTransition).map((each) => each.finished)).then(() => {})"""
SIXTEEN = r"""
for code in (*range(30, 38), *range(90, 98)):
    print(f"\x1b[{code}m{code} colour \x1b[0m", end="\n" if code in (37, 97) else "")
print("a long line " * 20)
name = input("Your name? ")
print(f"\x1b[1mHello\x1b[0m, \x1b[7m{name}\x1b[0m!")
"""
OTHER: dict[Theme, Theme] = {"light": "dark", "dark": "light"}


async def both_themes(visitors: Visitors, label: str, theme: Theme, *people: Visitor) -> None:
    """Pictures in the theme and in the other one; nothing may be wider than the window."""
    for person in people:
        for shown in (OTHER[theme], theme):
            await person.page.emulate_media(color_scheme=shown)
            assert await person.page.evaluate(OVERFLOW) <= 0, f"{label} is too wide"
            await person.page.evaluate(SETTLED)
            await visitors.shoot(f"{label}-{shown}", person)


Pane = Literal["problem", "code", "output", "people", "talk"]


async def to_pane(room: RoomPage, pane: Pane) -> None:
    """On a phone one pane is seen at a time."""
    tab = room.part(f"pane-{pane}")
    if await tab.count():
        await tab.click()


@looks
async def test_pages_around_the_room(
    visitors: Visitors, url: str, size: tuple[int, int], theme: Theme
) -> None:
    ada = await visitors.arrive("Ada Lovelace", url, size, theme)
    await ada.go("/signin")
    await ada.page.get_by_role("button", name="Sign in").wait_for()
    await both_themes(visitors, "1-signin", theme, ada)
    await ada.register()
    await ada.sees("No session is running")
    await both_themes(visitors, "2-sessions-none", theme, ada)
    await ada.page.get_by_test_id("new-session").click()
    await expect(ada.page.get_by_role("radio").first).to_be_checked()
    await both_themes(visitors, "2-new-session", theme, ada)
    await ada.page.keyboard.press("Escape")
    room = await RoomPage.create(ada)
    await to_pane(room, "people")
    link = await room.invite("participant")
    await ada.go("/sessions")
    await ada.sees("nobody has joined yet")
    await both_themes(visitors, "3-sessions", theme, ada)
    await ada.go(link)
    await ada.sees("This is your own session")

    grace = await visitors.arrive("Grace Hopper", url, size, theme)
    await grace.go(link)
    await grace.page.get_by_role("button", name="Join the interview").wait_for()
    await both_themes(visitors, "4-join", theme, grace)


@looks
async def test_the_room(visitors: Visitors, url: str, size: tuple[int, int], theme: Theme) -> None:
    ada = await visitors.arrive("Ada Lovelace", url, size, theme)
    await ada.register()
    host = await RoomPage.create(ada)
    await both_themes(visitors, "1-alone", theme, ada)
    await to_pane(host, "people")
    links = [await host.invite(role) for role in ("participant", "spectator")]
    grace = await visitors.arrive("Grace Hopper", url, size, theme)
    candidate = await RoomPage.enter(grace, links[0])
    await both_themes(visitors, "2-invited", theme, ada)

    await to_pane(host, "code")
    await candidate.replace_all(SOLVED)
    await host.go_to_line(4)
    await host.press("Shift+Home")
    await candidate.go_to_line(7)
    await host.run()
    await candidate.verdict_is("ok")
    await to_pane(host, "code")  # running shows the output
    await host.sees_cursor("Grace Hopper", line=7)
    await both_themes(visitors, "3-two", theme, ada, grace)
    if size == NARROW:
        for pane in ("problem", "output"):
            await to_pane(candidate, pane)
            await both_themes(visitors, f"4-{pane}", theme, grace)

    sam = await visitors.arrive("Sam Spectator", url, size, theme)
    watching = await RoomPage.enter(sam, links[1])
    await host.part("people").get_by_text("Sam Spectator").wait_for(state="attached")
    for room in (host, candidate, watching):
        await to_pane(room, "people")
    await both_themes(visitors, "5-three", theme, ada, sam)

    await host.page.get_by_role("button", name="More for Sam Spectator").click()
    await both_themes(visitors, "6-menu", theme, ada)
    await host.part("remove-person").and_(host.page.locator(":visible")).click()
    await both_themes(visitors, "6-asked-to-remove", theme, ada)
    sam.expects(r"403 ")
    await host.part("confirm-remove").click()
    await watching.part("removed").wait_for()
    await both_themes(visitors, "6-removed", theme, sam)

    await host.part("end-session").click()
    await both_themes(visitors, "6-asked-to-end", theme, ada)
    await host.part("confirm-end").click()
    for room in (host, candidate):
        await room.is_in_state("ended")
        await to_pane(room, "code")
        await expect(room.part("ended")).to_be_visible()
    await both_themes(visitors, "7-ended", theme, ada, grace)


@looks
async def test_the_chat(visitors: Visitors, url: str, size: tuple[int, int], theme: Theme) -> None:
    ada = await visitors.arrive("Ada Lovelace", url, size, theme)
    await ada.register()
    host = await RoomPage.create(ada)
    await to_pane(host, "talk")
    await both_themes(visitors, "1-nothing", theme, ada)
    await to_pane(host, "people")
    grace = await visitors.arrive("Grace Hopper", url, size, theme)
    candidate = await RoomPage.enter(grace, await host.invite("participant"))
    one, other = Talk(host), Talk(candidate)
    await to_pane(host, "talk")
    await one.say("Hi Grace! The task is on the left, take your time.")
    await one.say("Read https://docs.python.org/3/library/stdtypes.html#dict if you like")
    await to_pane(candidate, "talk")
    await other.say("Thanks. I would begin with `nums` in a dictionary:")
    await other.say("```python\nseen = {}\nfor at, number in enumerate(nums):\n    ...\n```")
    await one.say(HOSTILE)
    await other.say("longword" * 20)
    await expect(one.messages).to_have_count(6)
    await both_themes(visitors, "2-written", theme, ada, grace)
    await one.to("staff")
    await one.say("She is quick. Ask about memory next?")
    await other.say("Done, I think!")
    await one.unread_is(1, "channel-everybody")
    await host.part("compose").fill("x" * 4010)
    await both_themes(visitors, "3-staff", theme, ada)
    await to_pane(candidate, "code")
    if size == WIDE:
        await candidate.part("talk-toggle").click()
    await one.to("everybody")
    await one.say("Well done")
    await other.unread_is(1, "talk-toggle" if size == WIDE else "pane-talk")
    await both_themes(visitors, "4-folded", theme, grace)
    await one.say_all_at_once([f"too fast {number}" for number in range(22)])
    await expect((await one.failed()).last).to_be_in_viewport(ratio=1)
    await both_themes(visitors, "5-refused", theme, ada)
    await host.part("end-session").click()
    await host.part("confirm-end").click()
    await host.is_in_state("ended")
    await both_themes(visitors, "6-ended", theme, ada)


@looks
async def test_the_terminal(
    visitors: Visitors, url: str, size: tuple[int, int], theme: Theme
) -> None:
    ada = await visitors.arrive("Ada Lovelace", url, size, theme)
    await ada.register()
    room = await RoomPage.create(ada)
    await to_pane(room, "code")
    await room.replace_all(SIXTEEN)
    await room.page.get_by_role("button", name="More to run").click()
    await both_themes(visitors, "1-menu", theme, ada)
    await room.press("Escape")
    await room.run()
    await room.prints("Your name?")
    await room.type_to_program("Ada")
    await both_themes(visitors, "2-typed-to", theme, ada)
    await room.press("Enter")
    await room.verdict_is("ok")
    await both_themes(visitors, "3-ended", theme, ada)
    await to_pane(room, "code")
    await room.replace_all("pass\n")
    await room.run()
    await expect(room.part("output")).to_contain_text("It printed nothing.")
    await both_themes(visitors, "4-nothing", theme, ada)


@looks
async def test_the_files(visitors: Visitors, url: str, size: tuple[int, int], theme: Theme) -> None:
    ada = await visitors.arrive("Ada Lovelace", url, size, theme)
    await ada.register()
    room = await RoomPage.create(ada)
    await to_pane(room, "code")
    await menu(room, "New file")
    await room.page.get_by_label("Name", exact=True).fill("main.py")
    await room.part("name-file").click()
    await both_themes(visitors, "1-refused", theme, ada)
    await name_it(room, "src/a_rather_long_name_for_some_helpers.py")
    for number in range(6):
        await menu(room, "New file")
        await name_it(room, f"data{number}.txt")
    await menu(room, "Rename data5")
    await both_themes(visitors, "2-rename", theme, ada)
    await name_it(room, "notes.md")
    await room.open_file("main.js")
    await menu(room, "Delete main.js")
    await open_menu(room)
    await both_themes(visitors, "3-menu", theme, ada)


@looks
async def test_problems_and_practice(
    visitors: Visitors, url: str, size: tuple[int, int], theme: Theme
) -> None:
    stray = await visitors.arrive("Stray", url, size, theme)
    await stray.go("/problems/two-sum")
    await stray.sees("Sign in to practise")
    await both_themes(visitors, "1-statement", theme, stray)
    ada = await visitors.arrive("Ada Lovelace", url, size, theme)
    await ada.register()
    room = await RoomPage.practise(ada, "contains-duplicate")
    await to_pane(room, "code")
    await both_themes(visitors, "2-practice", theme, ada)
    await room.run_tests()
    await expect(room.part("cases")).to_be_visible()
    await both_themes(visitors, "3-some-failed", theme, ada)
    await room.part("reset").click()
    await both_themes(visitors, "4-asked-to-reset", theme, ada)
    room = await RoomPage.practise(ada, "two-sum")
    await to_pane(room, "code")
    await room.replace_all(BREAKS)
    await room.run_tests()
    await expect(room.part("case-1")).to_have_attribute("data-state", "error")
    await both_themes(visitors, "4-broken", theme, ada)
    await to_pane(room, "code")
    await room.replace_all(SOLVED)
    await room.run_tests()
    await expect(room.part("all-passed")).to_be_visible()
    await both_themes(visitors, "5-all-passed", theme, ada)
    await ada.go("/problems")
    await ada.sees("1 of ")
    await both_themes(visitors, "6-problems", theme, ada)
    await ada.go("/problems?search=no+such+thing")
    await ada.sees("No problem fits")
    await both_themes(visitors, "7-none-fits", theme, ada)


@looks
async def test_writing_a_problem(
    visitors: Visitors, url: str, size: tuple[int, int], theme: Theme
) -> None:
    ada = await visitors.arrive("Ada Lovelace", url, size, theme)
    ada.expects(r"400 ")
    await ada.register()
    await ada.go("/problems/new")
    await ada.page.get_by_label("Title").wait_for()
    await both_themes(visitors, "1-empty", theme, ada)
    form = ProblemForm(ada)
    await form.fill_in()
    await ada.page.get_by_role("button", name="From the visible tests").click()
    await ada.page.get_by_test_id("generated-starter").scroll_into_view_if_needed()
    await both_themes(visitors, "2-starters", theme, ada)
    counts = ada.page.get_by_label("A result is right when")
    await counts.select_option("tolerance")
    await counts.scroll_into_view_if_needed()
    await both_themes(visitors, "2-judging", theme, ada)
    await form.save()
    await ada.sees("Only results of numbers have a tolerance")
    await counts.select_option("exact")
    await form.value("Visible test 2", "heights", "2, 2")
    await form.save()
    await form.is_wrong_at("Visible test 2", "heights", "This is not JSON: write it like [3, 7].")
    await both_themes(visitors, "3-mistake", theme, ada)
    await ada.page.get_by_label("Title").scroll_into_view_if_needed()
    await both_themes(visitors, "4-top", theme, ada)
    if size == NARROW:
        await ada.page.get_by_role("tab", name="Preview").click()
        await both_themes(visitors, "5-preview", theme, ada)
    await ada.page.get_by_role("link", name="Back to the problems").click()
    await ada.sees("Leave without saving?")
    await both_themes(visitors, "6-asked-to-leave", theme, ada)
