"""Messages as they are stored: numbered without gaps, once each, and how far people have read."""

from __future__ import annotations

import asyncio

import pytest

from server.rooms.record import now
from server.store.chat import Chat, Message, ReadMark
from server.store.database import CHAT, Database, new_id
from server.store.upkeep import Upkeep


@pytest.fixture
def chat(database: Database) -> Chat:
    return Chat(database)


def message(text: str, *, channel: str = "everybody", user: str = "ada", key: str = "") -> Message:
    return {
        "channel": channel,
        "author": {"_id": user, "name": user.title(), "role": "host"},
        "text": text,
        "key": key or new_id(),
        "createdAt": now(),
    }


async def test_messages_are_numbered_by_session_and_channel(chat: Chat) -> None:
    said = [("s", "everybody"), ("s", "staff"), ("s", "everybody"), ("t", "everybody")]
    added = [await chat.add(session, message("x", channel=name)) for session, name in said]
    assert [(stored["number"], new) for stored, new in added] == [
        (1, True),
        (1, True),
        (2, True),
        (1, True),
    ]


async def test_many_at_once_leave_no_gap_and_no_number_twice(chat: Chat) -> None:
    await asyncio.gather(*(chat.add("s", message(str(count))) for count in range(20)))
    page = await chat.page("s", "everybody", 50)
    assert [each["number"] for each in page.messages] == list(range(1, 21))
    assert sorted(int(each["text"]) for each in page.messages) == list(range(20))


async def test_a_message_sent_again_is_the_one_that_was_stored(chat: Chat) -> None:
    first, _ = await chat.add("s", message("once", key="k" * 20))
    again, new = await chat.add("s", message("twice", key="k" * 20))
    assert (again, new) == (first, False)
    assert first["text"] == "once"
    assert "session" not in first
    # another person's page, or another session, may make the same key
    assert (await chat.add("s", message("x", key="k" * 20, user="bob")))[0]["number"] == 2
    assert (await chat.add("t", message("x", key="k" * 20)))[1]


async def test_the_same_message_twice_at_the_same_time_is_one(chat: Chat) -> None:
    both = await asyncio.gather(*(chat.add("s", message("x", key="k" * 20)) for _ in range(2)))
    assert sorted(new for _, new in both) == [False, True]
    assert both[0][0] == both[1][0]


async def test_pages_go_back_to_the_first_message(chat: Chat) -> None:
    for count in range(1, 8):
        await chat.add("s", message(str(count)))
    newest = await chat.page("s", "everybody", 3)
    assert ([each["number"] for each in newest.messages], newest.more) == ([5, 6, 7], True)
    older = await chat.page("s", "everybody", 4, before=5)
    assert ([each["number"] for each in older.messages], older.more) == ([1, 2, 3, 4], False)
    assert await chat.page("s", "staff", 3) == ([], False)


async def test_nobody_has_read_less_than_before(chat: Chat) -> None:
    ada, bob = ReadMark("s", "ada", "everybody"), ReadMark("s", "bob", "staff")
    await chat.mark_read({ada: 4, bob: 1})
    await chat.mark_read({ada: 2, bob: 3})
    await chat.mark_read({ReadMark("t", "ada", "everybody"): 9})
    assert await chat.read_marks("s") == {ada: 4, bob: 3}


async def test_all_of_a_session_is_in_the_order_it_was_sent(chat: Chat) -> None:
    for number, channel in enumerate(("everybody", "staff", "everybody")):
        moment = f"2026-01-01T00:00:0{number}.000Z"
        await chat.add("s", {**message(str(number), channel=channel), "createdAt": moment})
    assert [each["text"] for each in await chat.of_session("s")] == ["0", "1", "2"]


async def test_a_removed_guest_leaves_what_they_said_but_not_how_far_they_read(
    database: Database, chat: Chat
) -> None:
    await chat.add("s", message("I was here", user="guest"))
    kept = ReadMark("s", "ada", "everybody")
    await chat.mark_read({ReadMark("s", "guest", "everybody"): 1, kept: 1})
    await Upkeep(database).remove_guests(["guest"])
    assert await chat.read_marks("s") == {kept: 1}
    assert len(await chat.of_session("s")) == 1


async def test_a_page_is_read_without_the_messages_of_other_sessions(
    database: Database, chat: Chat
) -> None:
    for session in ("s", "t", "u"):
        for _ in range(5):
            await chat.add(session, message("x"))
    find = {"find": CHAT, "filter": {"session": "s", "channel": "everybody"}}
    command = {"explain": {**find, "sort": {"number": -1}, "limit": 3}}
    answer = await database._database.command({**command, "verbosity": "executionStats"})
    assert int(answer["executionStats"]["totalDocsExamined"]) <= 5
