"""Running the room's code: everybody sees the same run, while it happens."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.room import RoomPage
from tests.helpers.browsers import NARROW, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ASKS = """\
print("What is your name?", flush=True)
name = input()
print(f"Hello, {name}!")
"""
NEVER_ENDS = """\
print("on and on", flush=True)
while True:
    pass
"""
FAILS = """\
def deeper(number):
    return 1 / number

print("before", flush=True)
deeper(0)
"""
SOLVED = """\
def two_sum(nums: list[int], target: int) -> list[int]:
    seen: dict[int, int] = {}
    for index, number in enumerate(nums):
        if target - number in seen:
            return [seen[target - number], index]
        seen[number] = index
    return []


if __name__ == "__main__":
    print(two_sum([2, 7, 11, 15], 9))
    print(two_sum([3, 2, 4], 6))
    print(two_sum([3, 3], 6))
"""


async def test_both_see_the_first_output_while_the_program_still_waits_for_input(
    ada: RoomPage, grace: RoomPage
) -> None:
    await grace.replace_all(ASKS)
    await ada.run()
    for room in (ada, grace):
        await room.prints("What is your name?")
        await room.run_is("running")
    await grace.type_to_program("Grace Hopper\n")
    for room in (ada, grace):
        await room.prints("Hello, Grace Hopper!")
        await room.verdict_is("ok")
        await expect(room.part("run-view")).to_contain_text("by Ada")
        await expect(room.part("run-output")).to_have_attribute("data-typeable", "false")


async def test_the_shortcut_runs_what_was_typed_just_before_and_types_nothing(
    ada: RoomPage, grace: RoomPage
) -> None:
    await grace.replace_all("")
    await grace.type("print(6 * 7")  # the editor closes the bracket
    await grace.press("ControlOrMeta+Enter")
    for room in (ada, grace):
        await room.verdict_is("ok")
        await room.has_printed("42")
        await room.shows("print(6 * 7)")


async def test_a_run_is_stopped_by_either(ada: RoomPage, grace: RoomPage) -> None:
    await ada.replace_all(NEVER_ENDS)
    for who in (ada, grace):
        await ada.run()
        for room in (ada, grace):
            await room.run_is("running")
            await room.prints("on and on")
        await who.part("stop").click()
        for room in (ada, grace):
            await room.verdict_is("stopped")
            await expect(room.part("run")).to_be_enabled()


async def test_an_error_shows_its_traceback_and_exit_code_to_both(
    ada: RoomPage, grace: RoomPage
) -> None:
    await grace.replace_all(FAILS)
    await grace.run()
    for room in (ada, grace):
        await room.verdict_is("error")
        await room.prints("before")
        await room.prints('main.py", line 2, in deeper')
        await room.prints("ZeroDivisionError")
        await expect(room.part("run-view")).to_contain_text("exit code 1")


async def test_a_solved_starter_is_said_to_match(ada: RoomPage, grace: RoomPage) -> None:
    await grace.run()
    for room in (ada, grace):
        await expect(room.part("matches")).to_have_attribute("data-state", "no")
    await grace.replace_all(SOLVED)
    await grace.run()
    for room in (ada, grace):
        await expect(room.part("matches")).to_have_attribute("data-state", "yes")
        await room.who.sees("matches the expected output")


async def test_on_a_phone_somebody_elses_run_is_announced_until_looked_at(
    ada: RoomPage, grace: RoomPage
) -> None:
    await grace.who.resize(NARROW)
    await grace.ready()
    await expect(grace.part("new-output")).to_have_count(0)
    await ada.run()
    await expect(grace.part("new-output")).to_be_visible()
    await grace.part("pane-output").click()
    await grace.verdict_is("ok")
    await grace.part("pane-code").click()
    await expect(grace.part("new-output")).to_have_count(0)


async def test_what_a_run_printed_that_was_too_much_to_be_told_is_asked_for(
    ada: RoomPage, grace: RoomPage
) -> None:
    await grace.replace_all("print('the end of' + '\"' * 200_000)\n")  # of which JSON makes 400 kB
    await ada.run()
    await ada.verdict_is("ok")
    await grace.page.reload()
    await grace.ready()
    await grace.verdict_is("ok")

    async def first_line_is_seen() -> bool:
        await grace.part("run-output").click()
        await grace.press("Home")  # again: while the output comes, its end is followed
        return "the end of" in await grace.seen_of_output()

    await until(first_line_is_seen, "the first line of what is kept")
    await expect(grace.part("output")).not_to_contain_text("cut off")


async def test_every_starter_runs_in_its_language(ada: RoomPage) -> None:
    for path in ("main.js", "Main.java"):
        await ada.open_file(path)
        await ada.run()
        await expect(ada.part("run-view")).to_contain_text(path)
        await ada.verdict_is("ok")


async def test_who_comes_later_sees_the_runs_before_and_the_one_that_goes_on(
    ada: RoomPage, sam: RoomPage
) -> None:
    await ada.replace_all('print("the first")\n')
    await ada.run()
    await ada.verdict_is("ok")
    await ada.replace_all(ASKS)
    await ada.run()
    await ada.prints("What is your name?")

    await sam.page.reload()
    await sam.ready()
    await sam.prints("What is your name?")
    await sam.run_is("running")
    await ada.type_to_program("Ada\n")
    await sam.prints("Hello, Ada!")
    await sam.verdict_is("ok")
    choices = sam.part("run-history").locator("option")
    await expect(choices).to_have_count(2)
    first = await choices.last.get_attribute("value")
    await sam.part("run-history").select_option(first)
    await sam.has_printed("the first")
