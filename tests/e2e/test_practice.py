"""Solo practice: the list of problems, and a room of one's own for each of them."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.conftest import ServerFactory
from tests.e2e.room import RoomPage
from tests.e2e.test_running import NEVER_ENDS, SOLVED
from tests.helpers.browsers import Visitor, Visitors

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WATCH_FOR_CONFETTI = """() => {
  window.confetti = 0;
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) if (node.nodeName === "CANVAS") window.confetti += 1;
  }).observe(document.body, { childList: true });
}"""
BREAKS = """\
def two_sum(nums, target):
    print("looking at", target)
    if target == 9:
        raise ValueError("9 is unlucky")
    __import__("os")._exit(1)
"""


@pytest_asyncio.fixture(loop_scope="session")
async def learner(visitors: Visitors, pages: dict[str, Page], url: str) -> Visitor:
    """Somebody with an account, at no page yet."""
    return visitors.sit_down("Ada", pages["Ada"], url)


async def passed(room: RoomPage, count: int, of: int) -> None:
    """Waits until the shown run has cases, and so many of them have passed."""
    await expect(room.part("cases")).to_have_attribute("data-total", str(of))
    await expect(room.part("cases")).to_have_attribute("data-passed", str(count))


async def test_a_solved_problem_is_there_with_text_runs_and_progress_after_coming_back(
    visitors: Visitors, url: str
) -> None:
    learner = await visitors.arrive("Ida", url)  # who has tried nothing yet
    await learner.register()
    await learner.go("/problems?search=two+sum")
    row = learner.page.locator("[data-problem='two-sum']")
    await expect(row.get_by_role("img", name="Not tried yet")).to_be_visible()
    await row.get_by_role("link", name="Two Sum").click()
    room = await RoomPage(learner).ready()
    await expect(room.part("problem")).to_contain_text("two different positions")
    await expect(room.part("people")).to_have_count(0)
    await expect(room.part("end-session")).to_have_count(0)

    await room.replace_all(SOLVED)
    await room.go_to_line(8)
    await room.type("# solved")
    await room.is_saved()
    await room.run_tests()
    await passed(room, 3, of=3)
    await expect(room.part("all-passed")).to_contain_text("All 11 tests pass")
    await expect(room.part("progress")).to_have_attribute("data-state", "solved")

    await room.page.get_by_role("link", name="Back to the problems").click()
    await expect(row).to_have_attribute("data-progress", "solved")
    await expect(learner.page.get_by_test_id("solved-count")).to_contain_text("1 of ")
    await row.get_by_role("link", name="Two Sum").click()
    await room.ready()
    await room.shows_line("# solved")
    await passed(room, 3, of=3)
    await expect(room.part("progress")).to_have_attribute("data-state", "solved")


async def test_a_wrong_solution_shows_what_was_expected_and_what_came(learner: Visitor) -> None:
    room = await RoomPage.practise(learner, "contains-duplicate")
    await room.open_file("main.js")
    starter = await room.text()
    await room.focus()
    await room.press("ControlOrMeta+Shift+Enter")
    await expect(room.part("cases")).to_have_attribute("data-passed", "0")
    first = room.part("case-0")
    await expect(first).to_have_attribute("data-passed", "false")
    await expect(first).to_contain_text("Expected")
    await expect(first).to_contain_text("undefined")
    await expect(room.part("all-passed")).to_have_count(0)
    await expect(room.part("progress")).to_have_attribute("data-state", "tried")
    assert await room.text() == starter  # the shortcut typed nothing


async def test_a_reset_asks_first_and_brings_the_starter_to_every_tab(
    learner: Visitor, visitors: Visitors, url: str
) -> None:
    room = await RoomPage.practise(learner, "coin-change")
    starter = await room.text()
    other = visitors.sit_down("Ada in another tab", await learner.context.new_page(), url)
    second = await RoomPage.practise(other, "coin-change")
    await room.replace_all("print('mine')\n")
    await second.shows("print('mine')\n")
    await room.run()
    await room.verdict_is("ok")

    await room.part("reset").click()
    await room.page.get_by_role("button", name="Keep my code").click()
    assert await room.text() == "print('mine')\n"
    await room.part("reset").click()
    await room.part("confirm-reset").click()
    for tab in (room, second):
        await tab.shows(starter)
        await tab.is_in_state("connected")
        await expect(tab.part("run-view")).to_have_count(0)
    await second.page.close()


async def test_a_program_without_end_is_stopped(learner: Visitor) -> None:
    room = await RoomPage.practise(learner, "edit-distance")
    await room.replace_all(NEVER_ENDS)
    await room.run_tests()
    await room.prints("on and on")
    await room.part("stop").click()
    await room.verdict_is("stopped")
    await expect(room.part("run-tests")).to_be_enabled()


async def test_an_interview_starts_from_the_problem_and_both_see_its_tests_run(
    learner: Visitor, visitors: Visitors, pages: dict[str, Page], url: str
) -> None:
    room = await RoomPage.practise(learner, "two-sum")
    await room.part("start-interview").click()
    await learner.page.wait_for_url("**/sessions/*")
    await room.ready()
    grace = visitors.sit_down("Grace", pages["Grace"], url)
    await grace.accept(await room.invite("participant"))
    candidate = await RoomPage.open(grace, room.session_id)
    await candidate.replace_all(SOLVED.replace("[seen[target - number], index]", "[0, 1]"))
    await candidate.run_tests()
    for each in (room, candidate):
        await passed(each, 2, of=3)
        await expect(each.part("case-1")).to_contain_text("nums = [3, 2, 4], target = 6")
        await expect(each.part("case-1")).to_contain_text("[1, 2]")
        await expect(each.part("hidden-cases")).to_have_attribute("data-total", "8")
        await expect(each.part("all-passed")).to_have_count(0)


async def test_confetti_falls_for_everybody_but_who_wants_no_motion(
    learner: Visitor, visitors: Visitors, pages: dict[str, Page], url: str
) -> None:
    await learner.go("/sessions")
    host = await RoomPage.create(learner)
    grace = visitors.sit_down("Grace", pages["Grace"], url)
    await grace.accept(await host.invite("participant"))
    candidate = await RoomPage.open(grace, host.session_id)
    calm = await visitors.arrive("Calm", url)
    await calm.page.emulate_media(reduced_motion="reduce")
    await calm.accept(await host.invite("spectator"))
    spectator = await RoomPage.open(calm, host.session_id)
    for each in (host, candidate, spectator):
        await each.page.evaluate(WATCH_FOR_CONFETTI)
    await candidate.replace_all(SOLVED)
    await candidate.run_tests()
    for each in (host, candidate, spectator):
        await expect(each.part("all-passed")).to_be_visible()
    for each in (host, candidate):
        await each.page.wait_for_function("window.confetti === 1")
    assert await spectator.page.evaluate("window.confetti") == 0
    await host.page.reload()  # a run that is over already is no reason
    await host.ready()
    await expect(host.part("all-passed")).to_be_visible()
    await expect(host.page.locator("body > canvas")).to_have_count(0)


async def test_an_error_is_shown_with_its_line_and_the_tests_behind_an_end_are_not_run(
    learner: Visitor,
) -> None:
    room = await RoomPage.practise(learner, "two-sum")
    await room.replace_all(BREAKS)
    await room.run_tests()
    await expect(room.part("case-0")).to_have_attribute("data-state", "error")
    await expect(room.part("case-0")).to_contain_text("ValueError: 9 is unlucky")
    await expect(room.part("case-0")).to_contain_text("two_sum (main.py:4)")
    await expect(room.part("case-0")).to_contain_text("looking at 9")
    await expect(room.part("case-1")).to_contain_text("ended with exit code 1")
    await expect(room.part("case-2")).to_have_attribute("data-state", "not_run")
    await expect(room.part("hidden-cases")).to_have_attribute("data-passed", "0")


async def test_the_list_narrows_by_its_address(learner: Visitor) -> None:
    await learner.go("/problems?difficulty=hard&tag=sliding+window")
    rows = learner.page.get_by_test_id("problems").get_by_role("listitem")
    await expect(rows).to_have_count(1)
    await expect(learner.page.get_by_label("Difficulty")).to_have_value("hard")
    await learner.page.get_by_label("Difficulty").select_option("")
    await learner.page.get_by_label("Search problems").fill("no such thing")
    await learner.sees("No problem fits")
    await learner.page.wait_for_url("**/problems?search=no+such+thing&tag=sliding+window")
    await learner.page.get_by_role("button", name="Show all of them").click()
    await learner.page.wait_for_url("**/problems")
    await expect(learner.page.get_by_label("Search problems")).to_have_value("")


async def test_who_is_not_signed_in_reads_and_is_led_back_to_practise(
    visitors: Visitors, url: str
) -> None:
    stray = await visitors.arrive("Stray", url)
    await stray.go("/problems")
    await stray.page.get_by_role("link", name="Reverse String").click()
    await expect(stray.page.get_by_test_id("problem")).to_contain_text("in place")
    await expect(stray.page.locator(".monaco-editor")).to_have_count(0)
    await stray.page.get_by_role("link", name="Make an account").click()
    await stray.register_here()
    await stray.page.wait_for_url("**/problems/reverse-string")
    await RoomPage(stray).ready()


async def test_a_problem_that_does_not_exist_says_so(learner: Visitor) -> None:
    learner.expects(r"404 ")
    await learner.go("/problems/no-such-problem")
    await learner.sees("There is no such problem")


async def test_practice_without_a_runner_says_so_and_keeps_the_text(
    make_server: ServerFactory, visitors: Visitors
) -> None:
    ada = await visitors.arrive("Ada", make_server(RUNNER="off").start().url)
    await ada.register()
    room = await RoomPage.practise(ada, "two-sum")
    await expect(room.part("runner-off")).to_be_visible()
    await expect(room.part("run-tests")).to_be_disabled()
    await room.replace_all("# thinking\n")
    await room.page.reload()
    await room.ready()
    await room.shows("# thinking\n")
