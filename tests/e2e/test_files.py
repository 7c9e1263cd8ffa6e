"""Two people and the room's files: new ones, other names, gone and back, in both pages at once."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.room import RoomPage
from tests.helpers.browsers import NARROW

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SEEDED = ["main.py", "main.js", "Main.java"]


async def sees_files(room: RoomPage, *paths: str) -> None:
    tabs = room.page.get_by_role("tablist", name="Files").get_by_role("tab")
    await expect(tabs).to_have_text([*paths])


async def open_menu(room: RoomPage) -> None:
    """The one beside the tabs."""
    await room.page.get_by_role("button", name="File menu").click()


async def menu(room: RoomPage, item: str) -> None:
    """Takes something of the menu beside the tabs."""
    await open_menu(room)
    await room.part("file-menu").get_by_role("button", name=item).click()


async def name_it(room: RoomPage, path: str) -> None:
    await room.page.get_by_label("Name", exact=True).fill(path)
    await room.part("name-file").click()
    await expect(room.part("file-dialog")).to_have_count(0)


async def add(room: RoomPage, path: str) -> None:
    await room.part("new-file").click()
    await name_it(room, path)
    await room.is_in_file(path)


async def files_of(room: RoomPage) -> dict[str, tuple[str, str]]:
    """As the server has them: path -> language and text."""
    await room.is_saved()
    answer = await room.who.call("GET", f"/api/sessions/{room.session_id}/files")
    return {file["path"]: (file["language"], file["text"]) for file in answer["files"]}


async def test_a_new_file_is_everybodys_at_once_and_goes_along_with_a_run(
    ada: RoomPage, grace: RoomPage
) -> None:
    await add(ada, "lib/greet.py")
    await grace.is_in_file("lib/greet.py")
    await sees_files(grace, *SEEDED, "lib/greet.py")
    await grace.replace_all("def greet(name):\n    return f'hello {name}'\n")
    await add(grace, "data.txt")
    await ada.is_in_file("data.txt")
    await ada.replace_all("Grace")
    await ada.open_file("main.py")
    await ada.replace_all("from lib.greet import greet\nprint(greet(open('data.txt').read()))\n")
    await ada.run()
    for room in (ada, grace):
        await room.verdict_is("ok")
        await room.prints("hello Grace")
    files = await files_of(ada)
    assert files["data.txt"] == ("plaintext", "Grace")
    assert files["lib/greet.py"][0] == "python"


async def test_a_renamed_file_keeps_text_cursors_and_undo(ada: RoomPage, grace: RoomPage) -> None:
    await ada.replace_all("one\ntwo\n")
    await grace.shows("one\ntwo\n")
    await ada.go_to_line(1)
    await ada.type("!")
    await grace.go_to_line(2)
    await grace.type("?")
    await ada.shows("one!\ntwo?\n")
    # Grace goes on typing while Ada gives the file another name
    await menu(ada, "Rename main.py")
    await asyncio.gather(name_it(ada, "solution.py"), grace.type(" more"))
    for room in (ada, grace):
        await room.is_in_file("solution.py")
        await sees_files(room, "main.js", "Main.java", "solution.py")
        await room.shows("one!\ntwo? more\n")
    await ada.sees_cursor("Grace", line=2)
    await grace.sees_cursor("Ada", line=1)
    await grace.who.sees("main.py is now called solution.py")
    await ada.focus()
    await ada.press("ControlOrMeta+z")
    for room in (ada, grace):
        await room.shows("one\ntwo? more\n")
    assert (await files_of(grace))["solution.py"] == ("python", "one\ntwo? more\n")
    # another ending, another language; and somebody who comes back finds it
    await menu(grace, "Rename solution.py")
    await name_it(grace, "solution.js")
    await ada.is_in_file("solution.js")
    assert (await files_of(grace))["solution.js"] == ("javascript", "one\ntwo? more\n")
    await ada.page.reload()
    await ada.ready()
    await ada.is_in_file("solution.js")
    await ada.shows("one\ntwo? more\n")


async def test_a_deleted_file_comes_back_with_all_that_was_in_it(
    ada: RoomPage, grace: RoomPage
) -> None:
    await ada.replace_all("kept\n")
    await grace.shows("kept\n")
    await menu(ada, "Delete main.py")
    for room in (ada, grace):
        await sees_files(room, "main.js", "Main.java")
        await room.is_in_file("main.js")
    assert "main.py" not in await files_of(ada)
    toast = grace.part("toast").filter(has_text="main.py was deleted")
    await toast.get_by_test_id("toast-action").click()
    for room in (ada, grace):
        await sees_files(room, *SEEDED)
        await room.is_in_file("main.py")
        await room.shows("kept\n")
    # and by the menu, where another has its name by then
    await menu(ada, "Delete main.py")
    await grace.is_in_file("main.js")
    await add(grace, "main.py")
    await grace.shows("")
    await menu(ada, "Bring back main.py")
    await grace.is_in_file("main2.py")
    await grace.shows("kept\n")
    await sees_files(grace, *SEEDED, "main2.py")
    files = await files_of(ada)
    assert (files["main.py"][1], files["main2.py"][1]) == ("", "kept\n")


async def test_two_who_rename_and_delete_at_once_end_with_the_same_files(
    ada: RoomPage, grace: RoomPage
) -> None:
    await menu(ada, "Rename main.py")
    await menu(grace, "Rename main.py")
    await asyncio.gather(name_it(ada, "x.py"), name_it(grace, "y.py"))
    listed = await files_of(ada)
    python = [path for path in listed if path.endswith(".py")]
    assert len(python) == 1, listed
    for room in (ada, grace):
        await sees_files(room, "main.js", "Main.java", *python)
    await ada.open_file(python[0])
    await grace.is_in_file(python[0])
    await grace.shows(listed[python[0]][1])


async def test_one_name_for_two_files_while_one_was_away_gives_each_a_file(
    ada: RoomPage, grace: RoomPage
) -> None:
    python, script = await ada.stored("main.py"), await ada.stored("main.js")
    ada.who.expects("ERR_INTERNET_DISCONNECTED")
    await ada.who.context.set_offline(True)
    await ada.is_in_state("reconnecting")
    await menu(ada, "Rename main.py")
    await name_it(ada, "x.py")
    await grace.open_file("main.js")
    await menu(grace, "Rename main.js")
    await name_it(grace, "x.py")
    await ada.who.context.set_offline(False)
    await ada.is_in_state("connected")
    for room in (ada, grace):
        await sees_files(room, "Main.java", "x.py", "x2.py")
    files = await files_of(ada)
    assert sorted(text for _, text in (files["x.py"], files["x2.py"])) == sorted((python, script))


async def test_a_name_that_cannot_be_is_refused_in_words(ada: RoomPage) -> None:
    await ada.part("new-file").click()
    field = ada.page.get_by_label("Name", exact=True)
    await expect(field).to_be_focused()
    for name, words in {
        "": "Give the file a name",
        "../up.py": "Letters, digits",
        "main.py": "There is a file main.py already",
        "main.py/inside": "main.py is a file",
        "a" * 129: "at most 128 characters",
    }.items():
        await field.fill(name)
        await field.press("Enter")
        await expect(ada.part("file-dialog")).to_contain_text(words)
    await field.press("Escape")
    await sees_files(ada, *SEEDED)


async def test_files_can_be_managed_by_keyboard_alone(ada: RoomPage) -> None:
    await ada.page.get_by_role("tab", name="main.py").focus()
    await ada.press("F2")
    field = ada.page.get_by_label("Name", exact=True)
    await expect(field).to_be_focused()
    await ada.page.keyboard.type("solved")  # in place of "main": its ending stays
    await ada.press("Enter")
    await sees_files(ada, "main.js", "Main.java", "solved.py")
    await expect(ada.page.get_by_role("tab", name="solved.py")).to_be_focused()
    await ada.press("Delete")
    await sees_files(ada, "main.js", "Main.java")
    await ada.press("Tab", "Enter")  # the button for a new file comes next
    await ada.page.get_by_role("button", name="Python").click()
    await field.press("Enter")
    await ada.is_in_file("main.py")
    await ada.shows("")


async def test_the_last_file_stays(ada: RoomPage) -> None:
    for path in ("main.py", "main.js"):
        await ada.open_file(path)
        await menu(ada, f"Delete {path}")
        await expect(ada.part(f"tab-{path}")).to_have_count(0)
    await open_menu(ada)
    await expect(ada.part("delete-file")).to_be_disabled()


async def test_spectators_see_what_happens_and_change_nothing(ada: RoomPage, sam: RoomPage) -> None:
    await sam.page.get_by_role("tab", name="main.js").click()
    await sam.page.get_by_role("tab", name="main.js").press("Delete")
    await sam.page.get_by_role("tab", name="main.js").press("F2")
    await expect(sam.part("new-file")).to_have_count(0)
    await expect(sam.part("file-menu")).to_have_count(0)
    await expect(sam.part("file-dialog")).to_have_count(0)
    await menu(ada, "Rename main.py")
    await name_it(ada, "main2.py")
    await sees_files(sam, "main.js", "Main.java", "main2.py")
    await sam.is_in_file("main.js")  # looks where it wants to


async def test_on_a_phone_all_of_it_is_in_the_menu(ada: RoomPage) -> None:
    await ada.who.resize(NARROW)
    await menu(ada, "New file")
    await name_it(ada, "notes.md")
    await ada.is_in_file("notes.md")
    await expect(ada.part("tab-notes.md")).to_be_in_viewport()
    await expect(ada.part("run")).to_be_in_viewport()
