"""The terminal of a run: colours, keys, copying, and who may type into it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.conftest import ServerFactory
from tests.e2e.room import RoomPage
from tests.helpers.browsers import NARROW, Visitors, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

COLOURS = r"""
print("\x1b[32mpassed\x1b[0m and \x1b[1;34mbold\x1b[0m plain", flush=True)
"""
GREEN, NIGHT_GREEN = "rgb(26, 122, 67)", "rgb(94, 201, 138)"
COLOUR_OF = """(output, word) => {
  const part = [...output.querySelectorAll('.xterm-rows span')]
    .find((each) => each.textContent === word);
  return part && getComputedStyle(part).color;
}"""
LINES = """
name = input("name? ")
print("hello", name)
rest = []
while True:
    try:
        rest.append(input())
    except EOFError:
        break
print("got", rest)
"""
WAITS = """
import time
print("waiting", flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""
ASKS_TERMINAL = r"""
print("\x1b[6n\x1b[c\x1b[>c\x1b]11;?\x07", end="", flush=True)
print("typed:", repr(input("now: ")))
"""
MANY = "for number in range(500): print('line', number)\n"


async def has_colour(room: RoomPage, word: str, colour: str) -> None:
    seen: list[Any] = []

    async def there() -> bool:
        seen[:] = [await room.part("run-output").evaluate(COLOUR_OF, word)]
        return seen == [colour]

    await until(there, f"{room.who.name} to see {word} in {colour}, not {seen}")


async def start_repl(room: RoomPage, language: str) -> None:
    await room.page.get_by_role("button", name="More to run").click()
    await room.part(f"repl-{language}").click()


async def copies(room: RoomPage, row: int, at: int, word: str) -> None:
    """Selects the word that is `at` pixels from the start of a row, and copies it."""
    box = await room.page.locator(".xterm-rows > div").nth(row).bounding_box()
    assert box is not None
    await room.page.mouse.dblclick(box["x"] + at, box["y"] + box["height"] / 2)
    await room.press("Control+c")

    async def copied() -> bool:
        return bool(await room.page.evaluate("navigator.clipboard.readText()") == word)

    await until(copied, f"{word} to be in the clipboard")


async def test_all_see_colours_those_who_come_late_too_and_in_the_history(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    await ada.replace_all(COLOURS)
    await ada.run()
    for room in (ada, grace, sam):
        await room.has_printed("passed and bold plain")
        await has_colour(room, "passed", GREEN)
    await ada.replace_all("print('second')\n")
    await ada.run()
    await ada.has_printed("second")
    await ada.verdict_is("ok")
    await sam.page.reload()
    await sam.ready()
    await sam.has_printed("second")
    first = await sam.part("run-history").locator("option").last.get_attribute("value")
    await sam.part("run-history").select_option(first)
    await has_colour(sam, "passed", GREEN)
    await sam.page.emulate_media(color_scheme="dark")
    await has_colour(sam, "passed", NIGHT_GREEN)
    await sam.page.emulate_media(color_scheme="light")


async def test_host_and_candidate_type_and_all_see_it(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    await ada.replace_all(LINES)
    await ada.run()
    await grace.type_to_program("Grace X")
    await grace.press("Backspace", "Backspace", "Enter")
    for room in (ada, grace, sam):
        await room.has_printed("name? Grace\nhello Grace")
    await ada.type_to_program("from the host\n")
    await grace.type_to_program("from the candidate\n")
    await sam.prints("from the candidate")
    await grace.press("Control+d")
    for room in (ada, grace, sam):
        await room.prints("got ['from the host', 'from the candidate']")
        await room.verdict_is("ok")


async def test_whoever_starts_a_run_with_the_button_types_at_once(ada: RoomPage) -> None:
    await ada.replace_all("print('hello', input('name? '))\n")
    await ada.run()
    await ada.prints("name?")
    await ada.type_to_focused_program("Ada\n")
    await ada.prints("hello Ada")
    await ada.verdict_is("ok")


async def test_a_spectator_reads_and_copies_but_types_nothing(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    await ada.replace_all(LINES)
    await ada.run()
    await sam.prints("name?")
    await expect(sam.part("run-output")).to_have_attribute("data-typeable", "false")
    await expect(sam.part("key-Ctrl+C")).to_have_count(0)
    await sam.part("run-output").click()
    await sam.type("Sam\n")
    await sam.paste("Sam again\n")
    await sam.press("Control+c", "Control+d")
    await grace.type_to_program("Grace\n")
    for room in (ada, grace, sam):
        await room.has_printed("name? Grace\nhello Grace")
    await copies(sam, row=1, at=60, word="Grace")
    await ada.part("stop").click()
    await sam.verdict_is("stopped")


async def test_ctrl_c_copies_what_is_selected_and_else_interrupts(
    ada: RoomPage, grace: RoomPage
) -> None:
    await ada.replace_all(WAITS)
    await ada.run()
    await grace.prints("waiting")
    await copies(grace, row=0, at=20, word="waiting")
    await grace.run_is("running")
    await grace.press("Control+c")
    for room in (ada, grace):
        await room.prints("interrupted")
        await room.verdict_is("ok")


async def test_what_is_pasted_arrives_as_lines(ada: RoomPage, grace: RoomPage) -> None:
    await ada.replace_all(LINES)
    await ada.run()
    await grace.type_to_program("Grace\n")
    await grace.paste("first line\nsecond line ü 🎈\n")
    await grace.prints("second line ü 🎈")
    await grace.press("Control+d")
    await ada.prints("got ['first line', 'second line ü 🎈']")
    await ada.verdict_is("ok")


async def test_a_question_to_the_terminal_is_answered_by_none_of_them(
    ada: RoomPage, grace: RoomPage
) -> None:
    await ada.replace_all(ASKS_TERMINAL)
    await ada.run()
    for room in (ada, grace):
        await room.has_printed("now:")
    await grace.type_to_program("yes\n")
    for room in (ada, grace):
        await room.has_printed("now: yes\ntyped: 'yes'")


async def test_the_keyboard_gets_out_of_a_terminal_and_scrolls_a_finished_one(
    ada: RoomPage,
) -> None:
    await ada.replace_all("print('hello', input('name? '))\n")
    await ada.run()
    textarea = ada.page.locator(".xterm-helper-textarea")
    await ada.type_to_program("")
    await expect(textarea).to_be_focused()
    await ada.press("Shift+Tab")
    await expect(textarea).not_to_be_focused()
    await ada.part("stop").click()
    await ada.verdict_is("stopped")

    await ada.replace_all(MANY)
    await ada.run()
    await ada.prints("line 499")
    await ada.verdict_is("ok")
    await ada.part("run-output").click()
    await ada.press("Home")
    await ada.prints("line 0\nline 1\n")
    await ada.press("End")
    await ada.prints("line 499")
    await ada.press("Tab")
    await expect(textarea).not_to_be_focused()


async def test_on_a_phone_there_are_buttons_for_keys_it_does_not_have(
    ada: RoomPage, grace: RoomPage
) -> None:
    await grace.who.resize(NARROW)
    await grace.ready()
    await ada.replace_all(WAITS)
    await ada.run()
    await grace.part("pane-output").click()
    await grace.prints("waiting")
    await grace.part("key-Ctrl+C").click()
    await grace.prints("interrupted")
    await grace.verdict_is("ok")
    await ada.replace_all(LINES)
    await ada.run()
    await grace.type_to_program("G\n")
    await grace.part("key-Ctrl+D").click()
    await grace.prints("got []")
    await grace.verdict_is("ok")
    await ada.replace_all(WAITS)
    await ada.run()
    await grace.part("stop-here").click()
    await grace.verdict_is("stopped")


async def test_once_there_is_a_terminal_the_next_run_is_told_its_size(
    ada: RoomPage,
) -> None:
    await ada.replace_all("import os\nprint('columns', os.get_terminal_size().columns)\n")
    await ada.run()
    await ada.prints("columns 80")
    await ada.verdict_is("ok")
    await expect(ada.page.locator(".xterm-rows")).to_be_visible()  # which measures the pane
    await ada.run()
    await expect(ada.part("run-history").locator("option")).to_have_count(2)
    await ada.verdict_is("ok")
    await ada.prints("columns")
    await expect(ada.part("run-output")).not_to_contain_text("columns 80")


async def test_an_interpreter_is_one_click_away_and_everybody_may_type_to_it(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    await ada.replace_all("def double(number):\n    return 2 * number\n")
    await start_repl(ada, "python")
    for room in (ada, grace, sam):
        await room.prints(">>>")
        await expect(room.part("run-view")).to_contain_text("Python REPL by Ada")
    await ada.type_to_focused_program("import main\n")
    await ada.prints(">>> import main\n>>>")
    await grace.type_to_program("main.double(21)\n")
    for room in (ada, grace, sam):
        await room.prints("\n42\n>>>")
    await grace.press("Control+d")
    for room in (ada, grace, sam):
        await room.verdict_is("ok")


async def test_the_interpreter_of_javascript_too_until_it_is_stopped(
    ada: RoomPage, sam: RoomPage
) -> None:
    await expect(sam.page.get_by_role("button", name="More to run")).to_have_count(0)
    await start_repl(ada, "javascript")
    await sam.prints(">")
    await expect(sam.part("run-view")).to_contain_text("Node REPL by Ada")
    await ada.type_to_program("[3, 1, 2].sort()\n")
    await sam.prints("[ 1, 2, 3 ]")
    await ada.part("stop").click()
    await sam.verdict_is("stopped")


async def test_who_has_to_wait_sees_the_place_in_the_queue(
    make_server: ServerFactory, visitors: Visitors
) -> None:
    server = make_server(RUNNER="sandbox", RUNS_AT_ONCE="1", RUN_WALL_SECONDS="120").start()
    ada = await visitors.arrive("Ada", server.url)
    await ada.register()
    sessions = [
        (await ada.call("POST", "/api/sessions/create", {"problem": "two-sum"}))["session"]["_id"]
        for _ in range(3)
    ]
    rooms = []
    for session in sessions:
        visitor = visitors.sit_down("Ada", await ada.context.new_page(), server.url)
        rooms.append(await RoomPage.open(visitor, session))
        await rooms[-1].replace_all("print('hello', input('name? '))\n")
        await rooms[-1].run()
        if len(rooms) == 1:
            await rooms[0].prints("name?")
    first, second, third = rooms
    await second.who.sees("1st in the queue")
    await third.who.sees("2nd in the queue")
    await visitors.shoot("queue", third.who)
    await second.part("stop").click()
    await second.verdict_is("stopped")
    await third.who.sees("1st in the queue")
    await first.type_to_program("Ada\n")
    await third.prints("name?")
    await third.type_to_program("Ada\n")
    await third.verdict_is("ok")
