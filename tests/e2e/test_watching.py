"""Spectators: they see everything live and change nothing, whatever they try."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect
from pycrdt import Doc, Text
from websockets.asyncio.client import connect

from crdt import frames
from crdt.frames import PermissionDenied, SyncStep1, SyncStep2, Update
from tests.e2e.room import RoomPage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_spectator_sees_code_cursors_files_and_runs_live(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    await expect(ada.person("Sam")).to_have_attribute("data-role", "spectator")
    await grace.replace_all('print("one")\nprint("two")\n')
    await sam.shows('print("one")\nprint("two")\n')
    await ada.go_to_line(1)
    await grace.go_to_line(2)
    await sam.sees_cursor("Ada", line=1)
    await sam.sees_cursor("Grace", line=2)
    await ada.run()
    await sam.prints("one\ntwo")
    await sam.verdict_is("ok")
    await ada.open_file("main.js")
    await sam.is_in_file("main.js")


async def test_a_spectator_who_types_pastes_or_runs_changes_nothing(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    before = await ada.stored()
    await sam.shows(before)
    await expect(sam.part("editor")).to_have_attribute("data-readonly", "true")
    await sam.go_to_line(2)
    await sam.type("I was here ")
    await sam.paste("and here")
    await sam.press("Enter", "Backspace", "Delete", "ControlOrMeta+z", "ControlOrMeta+Enter")
    for name in ("run", "stop", "run-stdin", "end-session", "copy-participant"):
        await expect(sam.part(name)).to_have_count(0)
    # what was typed after it arrives at all three, and nothing of the spectator's does
    await grace.go_to_line(1)
    await grace.type(" # mine ")
    after = before.replace("\n", " # mine \n", 1)
    for room in (ada, grace, sam):
        await room.shows(after)
        await expect(room.part("run-view")).to_have_count(0)
    assert await ada.stored() == after


async def test_a_spectator_looks_into_another_file_alone(ada: RoomPage, sam: RoomPage) -> None:
    await sam.open_file("Main.java")
    await sam.shows(await ada.stored("Main.java"))
    await ada.go_to_line(1)
    await ada.type(" # here ")
    await ada.is_saved()
    await ada.is_in_file("main.py")
    await sam.is_in_file("Main.java")


async def test_a_spectators_hand_made_client_writes_nothing(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    before = await ada.stored()
    answer = await sam.who.call("POST", f"/api/sessions/{sam.session_id}/ticket", {})
    cookies = await sam.who.context.cookies()
    headers = {
        "Origin": sam.who.base,
        "Cookie": "; ".join(f"{each.get('name')}={each.get('value')}" for each in cookies),
    }
    address = sam.who.base.replace("http", "ws", 1) + f"/ws/rooms/{sam.session_id}"
    ticket = f"{address}?ticket={answer['ticket']}"
    async with connect(ticket, additional_headers=headers) as socket:
        document = Doc[Any]()
        await socket.send(frames.encode(SyncStep1(document.get_state())))
        denials = 0
        async for message in socket:
            assert isinstance(message, bytes)
            match frames.decode(message):
                case SyncStep2(update):
                    document.apply_update(update)
                    text: Text = document.get("file:main.py", type=Text)
                    assert str(text) == before
                    state = document.get_state()
                    text.insert(0, "forged\n")
                    await socket.send(frames.encode(Update(document.get_update(state))))
                    await socket.send(frames.encode(SyncStep2(document.get_update(state))))
                case PermissionDenied():
                    denials += 1
            if denials == 2:
                break
    await grace.go_to_line(1)
    await grace.type(" # mine ")
    after = before.replace("\n", " # mine \n", 1)
    for room in (ada, grace, sam):
        await room.shows(after)
    assert await ada.stored() == after
