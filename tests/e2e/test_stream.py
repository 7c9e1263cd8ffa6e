"""Call and chat by Stream in real browsers, with Stream's own libraries, against the stand-in.

The stand-in carries a call as far as its words: who is in it, what each has on, an offer and its
answer. No picture and no sound goes from one browser to another; that needs a real media server.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import jwt
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from tests.e2e.calling import StreamTalk
from tests.e2e.room import RoomPage
from tests.helpers.browsers import OUTAGE, Visitor, Visitors, launched, until
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.server import ServerProcess
from tests.helpers.stream import SECRET, Call, StreamService, stream_service

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WATCH = """window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));"""
DEVICES = ("camera", "microphone")
FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
AWAY = rf"{OUTAGE}|ERR_ABORTED|ERR_FAILED|net::ERR|Failed to connect|\[coordinator\]|\[client\]"
PLAYING = "(video) => video.videoWidth > 0 && !video.paused && video.currentTime > 0"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A browser with a camera and a microphone of its own making."""
    async with launched(*FAKE_DEVICES) as browser:
        yield browser


@pytest.fixture(scope="module")
def service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    database_process: DatabaseProcess,
    service: StreamService,
) -> Iterator[ServerProcess]:
    process = ServerProcess(
        tmp_path_factory.mktemp("server"),
        DB_URL=database_process.url,
        DB_NAME="stream",
        RUNNER="off",
        **service.settings(),
    )
    try:
        yield process.start()
    finally:
        process.close()


async def a_room(visitors: Visitors, url: str) -> tuple[RoomPage, Visitor]:
    """Ada's new session, which she is in."""
    ada = await visitors.arrive("Ada", url, allowed=DEVICES)
    await ada.page.add_init_script(WATCH)
    await ada.register()
    return await RoomPage.create(ada), ada


async def a_guest(visitors: Visitors, host: RoomPage, name: str, role: str) -> RoomPage:
    guest = await visitors.arrive(name, host.who.base, allowed=DEVICES)
    await guest.page.add_init_script(WATCH)
    await guest.accept(await host.invite(role))
    return await RoomPage.open(guest, host.session_id)


async def call_of(room: RoomPage, service: StreamService) -> Call:
    """Of this room: those of other tests are at the service too."""
    session = (await room.who.call("GET", f"/api/sessions/{room.session_id}"))["session"]
    return service.calls[f"default:{session['callId']}"]


async def no_violations(*rooms: RoomPage) -> None:
    for room in rooms:
        assert await room.page.evaluate("window.violations") == []


async def test_what_is_said_arrives_both_ways_with_threads_and_reactions(
    visitors: Visitors, server: ServerProcess, service: StreamService
) -> None:
    host, _ = await a_room(visitors, server.url)
    guest = await a_guest(visitors, host, "Grace", "participant")
    ada, grace = StreamTalk(host), StreamTalk(guest)
    await ada.chat_is("up")
    await grace.chat_is("up")
    await ada.say("Hello Grace")
    await grace.shows("Hello Grace")
    await grace.say("Hello Ada")
    await ada.shows("Hello Grace", "Hello Ada")
    await grace.react("Hello Grace")
    await expect(ada.message("Hello Grace").locator(".str-chat__message-reactions")).to_be_visible()
    await visitors.shoot("chat")
    await ada.open_thread("Hello Ada")
    await ada.answer("How are you?")
    await expect(grace.message("Hello Ada")).to_contain_text(re.compile("1 repl|reply", re.I))
    await grace.open_thread("Hello Ada")
    await grace.shows("Hello Ada", "How are you?")
    await visitors.shoot("thread")
    await no_violations(host, guest)
    assert service.unknown == []


async def test_everybody_signs_in_at_stream_as_themselves(
    visitors: Visitors, server: ServerProcess, service: StreamService
) -> None:
    host, ada = await a_room(visitors, server.url)
    guest = await a_guest(visitors, host, "Grace", "participant")
    for room in (host, guest):
        await StreamTalk(room).chat_is("up")
        await StreamTalk(room).call_is("up")
    people = {}
    for who in (ada, guest.who):
        told = await who.call("GET", "/api/chat/token")
        claims = jwt.decode(told["token"], SECRET, algorithms=["HS256"])
        people[who.name] = claims["user_id"]
        assert told["userId"] == claims["user_id"]
    assert len(set(people.values())) == 2
    for product in ("chat", "video"):
        assert set(people.values()) <= set(service.connections(product))


async def test_a_call_is_joined_shown_and_left(
    visitors: Visitors, server: ServerProcess, service: StreamService
) -> None:
    host, ada_visitor = await a_room(visitors, server.url)
    guest = await a_guest(visitors, host, "Grace", "participant")
    ada, grace = StreamTalk(host), StreamTalk(guest)
    await ada.call_is("up")
    await grace.call_is("up")
    await host.part("switch-camera").click()
    await until_plays(host, "[data-testid=preview] video")
    await visitors.shoot("lobby", ada_visitor)
    await host.part("switch-mic").click()
    await ada.join()
    await expect(guest.part("in-call")).to_have_text("In the call: Ada")
    await grace.join()
    await ada.sees("Ada", "Grace")
    await grace.sees("Ada", "Grace")
    await until_plays(host, "[data-testid=tile][data-person=Ada] video")
    await expect(ada.tile("Ada")).to_have_attribute("data-mic", "true")
    await expect(grace.tile("Ada")).to_have_attribute("data-camera", "true")
    await visitors.shoot("call")
    await host.part("devices").click()
    others = host.part("choose-microphone").locator("option")
    assert await others.count() > 1
    chosen = await others.last.get_attribute("value")
    await host.part("choose-microphone").select_option(chosen)
    await expect(host.part("choose-microphone")).to_have_value(chosen or "")
    await host.part("switch-screen").click()
    await until_plays(host, "[data-testid=shared-screen] video")
    await guest.part("shared-screen").wait_for()
    await host.part("switch-screen").click()
    await expect(guest.part("shared-screen")).to_have_count(0)
    await host.part("switch-mic").click()
    await expect(grace.tile("Ada")).to_have_attribute("data-mic", "false")
    call = await call_of(host, service)
    await grace.leave()
    await ada.sees("Ada")
    await grace.join()
    await ada.sees("Ada", "Grace")
    assert len(service.sfu.joined(call.id)) == 2
    await no_violations(host, guest)
    assert service.unknown == []


async def test_who_is_refused_the_devices_is_told_and_joins_all_the_same(
    visitors: Visitors, server: ServerProcess
) -> None:
    host, _ = await a_room(visitors, server.url)
    refused = """if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException("Permission denied", "NotAllowedError"));"""
    await host.page.add_init_script(refused)
    host.who.expects(r"getUserMedia|Permission denied|NotAllowedError|\[devices?")
    await host.page.reload()
    ada = StreamTalk(host)
    await ada.call_is("up")
    await host.part("switch-camera").click()
    await expect(ada.call).to_contain_text("does not let this page use the camera")
    await ada.join()
    await ada.sees("Ada")
    await expect(ada.tile("Ada")).to_have_attribute("data-camera", "false")


async def until_plays(room: RoomPage, selector: str) -> None:
    async def plays() -> bool:
        video = room.page.locator(selector)
        return await video.count() > 0 and bool(await video.first.evaluate(PLAYING))

    await until(plays, f"{selector} to play")


async def test_the_host_mutes_and_spectators_only_watch_until_they_are_let(
    visitors: Visitors, server: ServerProcess
) -> None:
    host, _ = await a_room(visitors, server.url)
    guest = await a_guest(visitors, host, "Grace", "participant")
    watcher = await a_guest(visitors, host, "Sam", "spectator")
    ada, grace, sam = StreamTalk(host), StreamTalk(guest), StreamTalk(watcher)
    for each in (ada, grace, sam):
        await each.call_is("up")
    await expect(watcher.part("switch-mic")).to_have_count(0)
    await guest.part("switch-mic").click()
    for each in (ada, grace, sam):
        await each.join()
    await ada.sees("Ada", "Grace")
    await expect(host.part("watching")).to_contain_text("1 person watches")
    await ada.tile("Grace").get_by_role("button").click()
    await host.part("mute").click()
    await expect(guest.part("muted-by")).to_contain_text("Ada has turned your microphone off.")
    await expect(ada.tile("Grace")).to_have_attribute("data-mic", "false")
    await host.part("let").click()
    await ada.sees("Ada", "Grace", "Sam")
    await watcher.part("switch-mic").wait_for()
    await visitors.shoot("let")
    await ada.tile("Sam").get_by_role("button").click()
    await host.part("take-back").click()
    await ada.sees("Ada", "Grace")
    await expect(watcher.part("switch-mic")).to_have_count(0)


async def test_a_recording_begins_when_all_agree_and_everybody_sees_the_sign(
    visitors: Visitors, server: ServerProcess, service: StreamService
) -> None:
    host, _ = await a_room(visitors, server.url)
    guest = await a_guest(visitors, host, "Grace", "participant")
    ada, grace = StreamTalk(host), StreamTalk(guest)
    await ada.call_is("up")
    await grace.call_is("up")
    await ada.join()
    await grace.join()
    await ada.sees("Ada", "Grace")
    await host.part("record").click()
    await expect(guest.part("recording-asking")).to_contain_text("Ada wants to record this call")
    await visitors.shoot("asking")
    await guest.part("recording-decline").click()
    await expect(host.part("recording-refused")).to_contain_text("Grace did not agree")
    call = await call_of(host, service)
    assert len(call.joined) == 2
    assert not call.recording
    await host.part("record").click()
    await guest.part("recording-agree").click()
    for room in (host, guest):
        await expect(room.part("recording-sign")).to_contain_text("Recording, by Ada")

    async def recorded() -> bool:
        return call.recording

    await until(recorded, "Stream to record")
    await visitors.shoot("recording")
    watcher = await a_guest(visitors, host, "Sam", "spectator")
    await watcher.part("recording-sign").wait_for()
    await host.part("recording-stop").click()
    await expect(guest.part("recording-sign")).to_have_count(0)

    async def stopped() -> bool:
        return not await recorded()

    await until(stopped, "Stream to stop recording")
    await host.part("recordings").locator("summary").click()
    await expect(host.part("recordings").locator("a")).to_have_count(1)
    assert call.cid in service.calls

    await host.part("end-session").click()
    await host.part("confirm-end").click()
    await host.is_in_state("ended")
    host.who.expects(r"40\d .*/ticket$")
    await host.page.reload()
    await host.is_in_state("ended")
    await expect(host.part("past-recordings").locator("a")).to_have_count(1)


async def test_the_end_closes_the_chat_and_what_was_said_stays_on_the_page(
    visitors: Visitors, server: ServerProcess
) -> None:
    """Stream's channel is deleted then, and its library cannot draw it any more."""
    host, _ = await a_room(visitors, server.url)
    guest = await a_guest(visitors, host, "Grace", "participant")
    ada, grace = StreamTalk(host), StreamTalk(guest)
    await grace.chat_is("up")
    await ada.say("Here is the link: https://example.org/next")
    await grace.say("Thank you!")
    await host.part("end-session").click()
    await host.part("confirm-end").click()
    for talk in (ada, grace):
        await talk.room.is_in_state("ended")
        await talk.chat_is("closed")
        await talk.room.part("theme-toggle").click()
        said = talk.chat.get_by_test_id("message")
        await expect(said).to_have_text(
            [re.compile("Here is the link: https://example.org/next$"), re.compile("Thank you!$")]
        )
        await expect(talk.chat).to_contain_text("Nothing can be written any more.")
    await visitors.shoot("closed")


async def test_what_is_written_out_of_sight_is_counted_until_it_is_seen(
    visitors: Visitors, server: ServerProcess
) -> None:
    host, _ = await a_room(visitors, server.url)
    guest = await a_guest(visitors, host, "Grace", "participant")
    ada, grace = StreamTalk(host), StreamTalk(guest)
    await ada.chat_is("up")
    await grace.chat_is("up")
    badge = host.part("talk-toggle").get_by_test_id("unread")
    await grace.say("seen at once")
    await ada.shows("seen at once")
    await expect(badge).to_have_count(0)
    await host.part("talk-toggle").click()
    await grace.say("one")
    await grace.say("two")
    await expect(badge).to_have_text("2 unread")
    await host.part("talk-toggle").click()
    await ada.shows("seen at once", "one", "two")
    await expect(badge).to_have_count(0)
    await host.part("channel-staff").click()
    await grace.say("three")
    await expect(host.part("channel-everybody").get_by_test_id("unread")).to_have_text("1 unread")
    await host.part("channel-everybody").click()
    await expect(badge).to_have_count(0)


async def test_without_stream_the_room_works_on_and_the_pane_says_so(
    visitors: Visitors, server: ServerProcess, service: StreamService
) -> None:
    host, ada_visitor = await a_room(visitors, server.url)
    ada = StreamTalk(host)
    await ada.chat_is("up")
    ada_visitor.expects(AWAY)
    service.stop()
    try:
        await ada_visitor.page.reload()
        await host.ready()
        await ada.chat_is("failed")
        await ada.call_is("failed")
        await expect(ada.chat).to_contain_text("The chat cannot be reached right now.")
        await expect(ada.call).to_contain_text("The call cannot be reached right now.")
        await host.replace_all("print('works on')\n")
        await visitors.shoot("away")
    finally:
        service.start()
    await ada.chat.get_by_role("button", name="Try again").click()
    await ada.call.get_by_role("button", name="Try again").click()
    await ada.chat_is("up")
    await ada.call_is("up")
    await ada.say("back again")
    await ada.shows("back again")


@pytest.mark.parametrize(
    ("secret", "changes"),
    [("not the secret that Stream and we know", {}), (SECRET, {"user_id": "somebody-else"})],
    ids=["forged", "of another user"],
)
async def test_a_token_that_stream_refuses_is_told_in_words(
    secret: str, changes: dict[str, str], visitors: Visitors, server: ServerProcess
) -> None:
    host, ada_visitor = await a_room(visitors, server.url)
    ada = StreamTalk(host)
    await ada.chat_is("up")
    ada_visitor.expects(rf"{AWAY}|401|token")

    async def with_another_token(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        claims = jwt.decode(told["token"], SECRET, algorithms=["HS256"])
        token = jwt.encode(claims | changes, secret)
        await route.fulfill(response=answer, json=told | {"token": token})

    await ada_visitor.page.route("**/api/chat/token", with_another_token)
    await ada_visitor.page.reload()
    await host.ready()
    await ada.chat_is("failed")
    await ada.call_is("failed")
    await expect(ada.chat).to_contain_text("did not accept your sign-in")
    await expect(ada.call).to_contain_text("did not accept your sign-in")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_it_takes_the_colours_of_the_theme(
    theme: str, visitors: Visitors, server: ServerProcess
) -> None:
    ada_visitor = await visitors.arrive(
        "Ada", server.url, theme="dark" if theme == "dark" else "light"
    )
    await ada_visitor.register()
    host = await RoomPage.create(ada_visitor)
    ada = StreamTalk(host)
    await ada.chat_is("up")
    await ada.say("In which colours is this?")
    await ada.shows("In which colours is this?")
    background = await ada.chat.locator(".str-chat").first.evaluate(
        "(element) => [getComputedStyle(element).backgroundColor,"
        " getComputedStyle(document.querySelector('[data-testid=talk]').closest('main > div'))"
        ".backgroundColor]"
    )
    assert background[0] == background[1]
    await visitors.shoot(f"theme-{theme}")
