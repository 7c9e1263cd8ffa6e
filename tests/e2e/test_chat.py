"""People write to each other beside the code: in order, once, and only to whom it is meant for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from server.rooms.record import now
from server.store.chat import Chat
from server.store.database import Database, new_id
from tests.conftest import ServerFactory
from tests.e2e.room import RoomPage
from tests.e2e.talk import Talk
from tests.helpers.browsers import NARROW, OUTAGE, Visitors, until
from tests.helpers.mongo import DatabaseProcess

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = (
    "<img src=x onerror=document.title='owned'> <script>document.title='owned'</script>"
    " [x](javascript:document.title='owned') javascript:document.title='owned'"
    ' https://example.com/"onmouseover="document.title=1 https://a@evil.example/'
)


async def test_three_people_read_the_same_in_the_same_order(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    people = [Talk(ada), Talk(grace), Talk(sam)]
    said = [f"message {number}" for number in range(9)]
    for number, text in enumerate(said):
        await people[number % 3].say(text)
        await people[(number + 1) % 3].shows(said[: number + 1])
    for talk in people:
        await talk.shows(said)
    await asyncio.gather(*(talk.say("all at once") for talk in people))
    for talk in people:
        await talk.shows([*said, *["all at once"] * 3])
    order = [
        await talk.messages.evaluate_all("(rows) => rows.map((row) => row.dataset.author)")
        for talk in people
    ]
    assert order[0] == order[1] == order[2]
    await grace.page.reload()
    await grace.ready()
    await people[1].shows([*said, *["all at once"] * 3])


async def test_the_candidate_sees_nothing_of_the_interviewers_channel(
    ada: RoomPage, grace: RoomPage, sam: RoomPage
) -> None:
    host, candidate, watcher = Talk(ada), Talk(grace), Talk(sam)
    heard: list[str | bytes] = []
    grace.page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda payload: heard.append(payload)),
    )
    await grace.page.reload()
    await grace.ready()
    for talk in (host, watcher):
        await talk.to("staff")
        await expect(talk.room.part("chat")).to_contain_text("The candidate does not see")
    await host.say("between us")
    await watcher.shows(["between us"])
    await watcher.say("agreed")
    await host.shows(["between us", "agreed"])
    await host.to("everybody")
    await host.say("next task")
    await candidate.shows(["next task"])
    await watcher.unread_is(1, "channel-everybody")
    await candidate.unread_is(0)
    await expect(grace.part("channel-staff")).to_have_count(0)
    await expect(grace.part("channel-everybody")).to_have_count(0)
    received = b"".join(each if isinstance(each, bytes) else each.encode() for each in heard)
    assert b"next task" in received
    assert b"between us" not in received
    assert b"agreed" not in received
    assert "between us" not in await grace.page.content()


async def test_what_has_not_been_seen_is_counted_also_after_a_reload(
    visitors: Visitors, url: str
) -> None:
    people = [await visitors.arrive(name, url) for name in ("Ada", "Grace")]
    await people[0].register()
    ada = await RoomPage.create(people[0])
    grace = await RoomPage.enter(people[1], await ada.invite("participant"))
    host, candidate = Talk(ada), Talk(grace)
    await candidate.say("seen")
    await host.shows(["seen"])
    await host.unread_is(0)
    await ada.part("talk-toggle").click()
    await expect(ada.part("talk")).to_be_hidden()
    for number in range(3):
        await candidate.say(f"not seen {number}")
    await host.unread_is(3)
    await ada.page.reload()
    await ada.ready()
    await expect(ada.part("talk")).to_be_hidden()  # it stays folded
    await host.unread_is(3)
    await ada.part("talk-toggle").click()
    await host.shows(["seen", *(f"not seen {number}" for number in range(3))])
    await host.unread_is(0)
    await ada.part("talk-toggle").click()
    await ada.page.reload()
    await ada.ready()
    await host.unread_is(0)


async def test_one_who_has_scrolled_up_reads_on_and_is_told_what_is_new(
    ada: RoomPage, grace: RoomPage
) -> None:
    host, candidate = Talk(ada), Talk(grace)
    for number in range(12):
        await candidate.say(f"{number}\n" + "line\n" * 5 + "end")
    await expect(host.messages).to_have_count(12)
    await expect(host.messages.last).to_be_in_viewport()
    await ada.part("messages").evaluate("(list) => list.scrollTo(0, 0)")
    await expect(host.messages.first).to_be_in_viewport()
    await candidate.say("new below")
    await expect(ada.part("to-newest")).to_have_text("1 new message")
    await expect(host.messages.first).to_be_in_viewport()
    await host.unread_is(1)
    await ada.part("to-newest").click()
    await expect(host.messages.last).to_be_in_viewport()
    await host.unread_is(0)


async def test_older_messages_come_on_scrolling_up(
    make_server: ServerFactory, database_process: DatabaseProcess, visitors: Visitors
) -> None:
    own = {"DB_URL": database_process.url, "DB_NAME": "older"}
    server = await asyncio.to_thread(make_server(**own).start)
    person = await visitors.arrive("Ada", server.url)
    await person.register()
    room = await RoomPage.create(person)
    wanted = [f"number {number}" for number in range(1, 121)]
    database = Database(own["DB_URL"], own["DB_NAME"])
    for text in wanted:
        author = {"_id": new_id(), "name": "Grace", "role": "participant"}
        message = {"channel": "everybody", "author": author, "text": text, "key": new_id()}
        await Chat(database).add(room.session_id, {**message, "createdAt": now()})
    await database.close()
    await room.page.reload()
    await room.ready()
    talk = Talk(room)
    await talk.shows(wanted[-50:])
    await expect(talk.messages.last).to_be_in_viewport()
    for before, shown in ((50, 100), (100, 120)):
        await room.part("messages").evaluate("(list) => list.scrollTo(0, 0)")
        await talk.shows(wanted[-shown:])
        await expect(talk.messages.nth(shown - before)).to_be_in_viewport()  # what was being read
    await expect(room.part("older")).to_have_count(0)
    await expect(talk.messages.last).not_to_be_in_viewport()


async def _send_again(talk: Talk) -> None:
    """As often as it takes: what came too fast is taken a moment later."""

    async def taken() -> bool:
        button = talk.room.part("send-again")
        if await button.count():
            await button.first.click()
        return await talk.room.part("outgoing").count() == 0

    await until(taken, "the messages to be taken")


async def test_nothing_is_lost_or_doubled_while_the_server_restarts(
    make_server: ServerFactory, visitors: Visitors
) -> None:
    server = await asyncio.to_thread(make_server().start)
    host = await visitors.arrive("Ada", server.url)
    await host.register()
    ada = await RoomPage.create(host)
    guest = await visitors.arrive("Grace", server.url)
    for person in (host, guest):
        person.expects(OUTAGE)
    grace = await RoomPage.enter(guest, await ada.invite("participant"))
    one, other = Talk(ada), Talk(grace)
    await one.say("before")
    await other.shows(["before"])
    # in this very moment: whether it is stored, and who hears of it, nobody knows
    await asyncio.gather(one.say("during"), asyncio.to_thread(server.kill))
    for room in (ada, grace):
        await room.is_in_state("reconnecting")
    await one.say("after the loss")
    await one.say("and more")
    await ada.who.sees("Will be sent when you are connected again")
    await asyncio.to_thread(server.start)
    for room in (ada, grace):
        await room.is_in_state("connected")
    wanted = ["before", "during", "after the loss", "and more"]
    for talk in (one, other):
        await talk.shows(wanted)
        await expect(talk.room.part("outgoing")).to_have_count(0)
    stored = await host.call("GET", f"/api/sessions/{ada.session_id}/chat")
    assert [each["text"] for each in stored["messages"]] == wanted
    assert [each["number"] for each in stored["messages"]] == [1, 2, 3, 4]
    await other.say("back")
    await one.shows([*wanted, "back"])


async def test_who_lost_the_network_gets_what_was_said_meanwhile(
    visitors: Visitors, ada: RoomPage, url: str
) -> None:
    guest = await visitors.arrive("Grace", url)
    guest.expects("ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|WebSocket")
    grace = await RoomPage.enter(guest, await ada.invite("participant"))
    host, candidate = Talk(ada), Talk(grace)
    await host.say("hello")
    await candidate.shows(["hello"])
    await guest.context.set_offline(True)
    await grace.is_in_state("reconnecting")
    await candidate.say("from the tunnel")
    for number in range(3):
        await host.say(f"missed {number}")
    await guest.context.set_offline(False)
    await grace.is_in_state("connected")
    wanted = ["hello", "missed 0", "missed 1", "missed 2", "from the tunnel"]
    for talk in (host, candidate):
        await talk.shows(wanted)


async def test_a_message_that_could_not_be_stored_is_sent_again(
    make_server: ServerFactory, visitors: Visitors, tmp_path: Path
) -> None:
    database = DatabaseProcess(tmp_path)
    try:
        await asyncio.to_thread(database.start)
        own = {"DB_URL": database.url, "DB_NAME": "chat"}
        server = await asyncio.to_thread(make_server(**own).start)
        person = await visitors.arrive("Ada", server.url)
        await person.register()
        room = await RoomPage.create(person)
        talk = Talk(room)
        await talk.say("stored")
        await talk.shows(["stored"])
        await asyncio.to_thread(database.kill)
        await talk.say("refused `x` at first")
        row = await talk.failed()
        await expect(row).to_contain_text("Not sent. The message could not be stored")
        await visitors.shoot("failed", person)
        await asyncio.to_thread(database.start)
        await _send_again(talk)
        await talk.shows(["stored", "refused x at first"])
    finally:
        database.kill()


async def test_too_many_messages_at_once_wait_for_send_again(visitors: Visitors, url: str) -> None:
    person = await visitors.arrive("Ada", url)
    await person.register()
    room = await RoomPage.create(person)
    talk = Talk(room)
    await talk.say_all_at_once([str(number) for number in range(30)])
    row = await talk.failed()
    await expect(row.first).to_contain_text("Too many messages in a short time")
    await expect(talk.messages.or_(room.part("outgoing"))).to_have_count(30)
    await row.first.get_by_test_id("discard").click()
    await _send_again(talk)
    await expect(talk.messages).to_have_count(29)


async def test_a_message_over_the_limit_cannot_be_sent(ada: RoomPage, grace: RoomPage) -> None:
    host, candidate = Talk(ada), Talk(grace)
    field = ada.part("compose")
    await field.fill("😀" * 4001)
    await expect(ada.part("length")).to_have_text("1 characters too long")
    await expect(ada.part("send")).to_be_disabled()
    await field.press("Enter")
    await expect(field).to_have_value("😀" * 4001)
    await field.fill("  \n ")
    await expect(ada.part("send")).to_be_disabled()
    await field.press("Enter")
    await host.say("😀" * 4000)
    await candidate.shows(["😀" * 4000])


async def test_markup_is_shown_as_it_was_written(ada: RoomPage, grace: RoomPage) -> None:
    host, candidate = Talk(ada), Talk(grace)
    title = await grace.page.title()
    await host.say(HOSTILE)
    await candidate.shows([HOSTILE])
    chat = grace.part("messages")
    for element in ("img", "script"):
        await expect(chat.locator(element)).to_have_count(0)
    links = chat.locator("a")
    assert await links.evaluate_all("(all) => all.map((each) => each.href)") == [
        "https://example.com/"
    ]
    assert await grace.page.title() == title


async def test_links_and_code_are_shown_as_such(ada: RoomPage, grace: RoomPage) -> None:
    await Talk(ada).say("see https://example.com/a_(b). Use `x < 1`:\n```python\nif x:\n    y\n```")
    message = Talk(grace).messages.first
    link = message.locator("a")
    await expect(link).to_have_attribute("href", "https://example.com/a_(b)")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(message.locator("code")).to_have_text("x < 1")
    await expect(message.locator("pre")).to_have_text("if x:\n    y")


async def test_shift_enter_begins_a_line_and_a_draft_stays_with_its_channel(
    ada: RoomPage, grace: RoomPage
) -> None:
    field = ada.part("compose")
    await field.click()
    await ada.type("one")
    await ada.press("Shift+Enter")
    await ada.type("two")
    await expect(field).to_have_value("one\ntwo")
    await Talk(ada).to("staff")
    await expect(field).to_have_value("")
    await Talk(ada).to("everybody")
    await field.press("Enter")
    await Talk(grace).shows(["one\ntwo"])


async def test_on_a_phone_the_chat_is_a_tab_that_counts(
    visitors: Visitors, ada: RoomPage, url: str
) -> None:
    guest = await visitors.arrive("Grace", url, NARROW)
    grace = await RoomPage.enter(guest, await ada.invite("participant"))
    host, candidate = Talk(ada), Talk(grace)
    await host.say("hello")
    await host.say("are you there?")
    await candidate.unread_is(2, "pane-talk")
    await grace.part("pane-talk").click()
    await candidate.shows(["hello", "are you there?"])
    await candidate.unread_is(0, "pane-talk")
    await candidate.say("yes")
    await host.shows(["hello", "are you there?", "yes"])


async def test_after_the_end_the_chat_can_be_read_also_by_who_opens_the_room_then(
    ada: RoomPage, grace: RoomPage
) -> None:
    for person in (ada.who, grace.who):
        person.expects(r"40\d .*/ticket$")
    host, candidate = Talk(ada), Talk(grace)
    await host.say("well done")
    await host.to("staff")
    await host.say("hire her")
    await host.shows(["hire her"])
    await ada.part("end-session").click()
    await ada.part("confirm-end").click()
    for room in (ada, grace):
        await room.is_in_state("ended")
        await expect(room.part("compose")).to_have_count(0)
        await room.page.reload()
        await room.is_in_state("ended")
    for talk in (host, candidate):
        await talk.shows(["well done"])
    await expect(grace.part("channel-staff")).to_have_count(0)
    await host.to("staff")
    await host.shows(["hire her"])


async def test_where_the_chat_cannot_be_loaded_the_rest_of_the_room_works_on(
    visitors: Visitors, url: str
) -> None:
    person = await visitors.arrive("Ada", url)
    person.expects(r"ERR_FAILED|Failed to fetch dynamically imported module")
    chat = "**/assets/ChatPane-*.js"
    await person.page.route(chat, lambda route: route.abort())
    await person.register()
    room = await RoomPage.create(person)
    await expect(room.part("broken")).to_contain_text("The chat cannot be shown right now.")
    await visitors.shoot("broken")
    await room.replace_all("typed all the same")
    await room.is_saved()
    await person.page.unroute(chat)
    await room.part("broken").get_by_role("button").click()
    await room.ready()
    await room.shows("typed all the same")
    await Talk(room).say("and said")


async def test_practice_has_no_chat(visitors: Visitors, url: str) -> None:
    person = await visitors.arrive("Ada", url)
    await person.register()
    room = await RoomPage.practise(person, "two-sum")
    await expect(room.part("chat")).to_have_count(0)
    await expect(room.part("talk-toggle")).to_have_count(0)
