"""Two people in one editor: every letter arrives, once, in both pages and on the server."""

from __future__ import annotations

import asyncio
from string import ascii_lowercase, digits

import pytest
from playwright.async_api import expect

from tests.e2e.room import RoomPage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PAIR = "# Ada: \n# Grace: \n"


async def both_show(ada: RoomPage, grace: RoomPage, text: str, path: str = "main.py") -> None:
    await ada.shows(text)
    await grace.shows(text)
    await ada.is_saved()
    await grace.is_saved()
    await ada.server_has(text, path)


async def test_two_who_type_at_once_in_different_lines_keep_every_letter(
    ada: RoomPage, grace: RoomPage
) -> None:
    await ada.replace_all(PAIR)
    await grace.shows(PAIR)
    await ada.go_to_line(1)
    await grace.go_to_line(2)
    words = [" ".join(f"{who}{number:02}" for number in range(40)) + " " for who in "ag"]
    await asyncio.gather(ada.type(words[0]), grace.type(words[1]))
    await both_show(ada, grace, f"# Ada: {words[0]}\n# Grace: {words[1]}\n")


async def test_two_who_type_at_once_in_one_place_keep_every_letter(
    ada: RoomPage, grace: RoomPage
) -> None:
    await ada.replace_all("# \n")
    await grace.shows("# \n")
    await ada.go_to_line(1)
    await grace.go_to_line(1)
    letters, numbers = ascii_lowercase * 3, digits * 8
    await asyncio.gather(ada.type(letters), grace.type(numbers))
    line = (await ada.shows_line(rf"# [a-z0-9]{{{len(letters + numbers)}}}"))[2:]
    assert "".join(each for each in line if each.isalpha()) == letters
    assert "".join(each for each in line if each.isdigit()) == numbers
    await both_show(ada, grace, f"# {line}\n")


async def test_each_sees_where_the_other_is_by_name_and_colour(
    ada: RoomPage, grace: RoomPage
) -> None:
    await ada.replace_all("first\nsecond\nthird\nfourth\n")
    await grace.shows("first\nsecond\nthird\nfourth\n")
    await ada.go_to_line(2)
    await grace.go_to_line(4)
    of_ada = await grace.sees_cursor("Ada", line=2)
    of_grace = await ada.sees_cursor("Grace", line=4)
    assert of_ada["colour"] != of_grace["colour"]
    await ada.sees_selected([])

    await grace.press("Shift+Home")
    await ada.sees_selected([4])
    # pushed down by a line above it, cursor and selection stay on their word
    await ada.go_to_line(1)
    await ada.type(" \n")
    await ada.sees_cursor("Grace", line=5)
    await ada.sees_selected([5])


async def test_a_cursor_goes_away_with_who_it_belongs_to(ada: RoomPage, grace: RoomPage) -> None:
    await grace.go_to_line(3)
    await ada.sees_cursor("Grace", line=3)
    await grace.page.goto("about:blank")
    await expect(ada.page.locator(".yRemoteSelectionHead")).to_have_count(0)
    await expect(ada.person("Grace")).to_have_count(0)
    await expect(ada.part("people").locator("[data-person=Grace]")).to_have_attribute(
        "data-online", "false"
    )


async def test_switching_files_takes_everybody_along_and_loses_nothing(
    ada: RoomPage, grace: RoomPage
) -> None:
    texts: dict[str, str] = {}
    comment = {"main.py": "#", "main.js": "//", "Main.java": "//"}
    for path in ["main.js", "Main.java", "main.py", "main.js", "main.py", "Main.java"]:
        await ada.open_file(path)
        await grace.is_in_file(path)
        before = texts.get(path) or await ada.stored(path)
        await grace.shows(before)
        await grace.page.keyboard.press("Escape")
        await grace.focus()
        await grace.press("ControlOrMeta+End")
        line = f"{comment[path]} Grace was in {path} "
        await asyncio.gather(grace.type(line), ada.focus())
        texts[path] = before + line
        await ada.shows(texts[path])
    for path, text in texts.items():
        await grace.open_file(path)
        await ada.is_in_file(path)
        await both_show(ada, grace, text, path)


async def test_two_who_type_while_one_switches_files_lose_nothing(
    ada: RoomPage, grace: RoomPage
) -> None:
    python, script = await ada.stored("main.py"), await ada.stored("main.js")
    await grace.focus()
    await grace.press("ControlOrMeta+End")

    async def switch() -> None:
        for path in ["main.js", "Main.java", "main.py", "main.js", "main.py"]:
            await ada.open_file(path)

    # Not a single word of it is meant to be in one file: the room moves under the hands.
    words = "".join(f"n{number:02} " for number in range(30))
    await asyncio.gather(grace.type(words), switch())
    await ada.is_saved()
    await grace.is_saved()
    for room in (ada, grace):
        await room.is_in_file("main.py")
    stored = {path: await ada.stored(path) for path in ("main.py", "main.js", "Main.java")}
    assert stored["main.py"].startswith(python)
    assert sorted("".join(stored.values())) == sorted(
        python + script + await original_java(ada) + words
    )
    for path, text in stored.items():
        await ada.open_file(path)
        await grace.is_in_file(path)
        await both_show(ada, grace, text, path)


async def original_java(ada: RoomPage) -> str:
    """What a session for this problem starts with."""
    created = await ada.who.call("POST", "/api/sessions/create", {"problem": "two-sum"})
    files = await ada.who.call("GET", f"/api/sessions/{created['session']['_id']}/files")
    return next(str(file["text"]) for file in files["files"] if file["path"] == "Main.java")


async def test_pasted_windows_line_ends_become_plain_ones(ada: RoomPage, grace: RoomPage) -> None:
    await ada.focus()
    await ada.press("ControlOrMeta+a")
    await ada.paste("one\r\ntwo\r\nthree\r\n")
    await both_show(ada, grace, "one\ntwo\nthree\n")
    # and the next edit is where it was meant
    await grace.go_to_line(2)
    await grace.type(" and a half ")
    await both_show(ada, grace, "one\ntwo and a half \nthree\n")


async def test_undo_takes_back_only_what_one_typed_oneself(ada: RoomPage, grace: RoomPage) -> None:
    await ada.replace_all(PAIR)
    await grace.shows(PAIR)
    await grace.go_to_line(2)
    await grace.type("mine")
    await ada.shows(PAIR.replace("Grace: ", "Grace: mine"))
    await ada.go_to_line(1)
    await ada.type("yours")
    await grace.shows("# Ada: yours\n# Grace: mine\n")

    await grace.press("ControlOrMeta+z")
    await both_show(ada, grace, "# Ada: yours\n# Grace: \n")
    await grace.press("ControlOrMeta+z")  # nothing of hers is left
    await grace.press("ControlOrMeta+Shift+z")
    await both_show(ada, grace, "# Ada: yours\n# Grace: mine\n")
    await ada.press("ControlOrMeta+z")
    await both_show(ada, grace, PAIR.replace("Grace: ", "Grace: mine"))
