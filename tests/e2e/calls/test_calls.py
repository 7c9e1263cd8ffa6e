"""Calls between real browsers: what one sends really arrives at the others, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

import pytest
from playwright.async_api import expect

from tests.conftest import ServerFactory
from tests.e2e.calls.page import FPS, Caller, arrive
from tests.helpers.browsers import NARROW, OUTAGE, Visitors, until
from tests.helpers.rawclient import event, raw_client
from tests.helpers.server import ServerProcess

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_two_see_and_hear_each_other_and_a_spectator_both_of_them_until_one_leaves(
    ada: Caller, grace: Caller, sam: Caller
) -> None:
    await ada.join()
    await expect(grace.part("in-call")).to_contain_text("Ada")
    await grace.join()
    await sam.watch()
    for room, other in ((ada, "Grace"), (grace, "Ada")):
        await room.sees_tile(other, mic=True, camera=True, reached=True)
        await room.receives("camera")
        await room.hears()
        assert (await room.stats())["screen"] == 0
    await sam.receives("camera")
    await sam.hears(2)
    for room in (ada, grace):
        await expect(room.page.locator("[data-testid=watching][data-person=Sam]")).to_be_visible()
        await expect(room.tile("Sam")).to_have_count(0)
    await grace.part("leave-call").click()
    await expect(ada.tile("Grace")).to_have_count(0)
    await expect(sam.tile("Grace")).to_have_count(0)
    await expect(grace.part("in-call")).to_contain_text("Ada")


async def test_who_loads_the_page_again_is_back_in_the_call_by_itself(
    ada: Caller, grace: Caller
) -> None:
    await ada.join()
    await grace.join()
    await ada.receives("camera")
    await grace.page.reload()
    await grace.is_in_call()
    await grace.sees_tile("Ada", camera=True, reached=True)
    await grace.receives("camera")
    await grace.hears()
    await ada.sees_tile("Grace", camera=True, reached=True)  # one, not also the one before
    await ada.receives("camera")
    await ada.hears()


async def test_sound_and_pictures_go_on_while_the_server_is_down_and_after_it_is_back(
    make_server: ServerFactory, visitors: Visitors
) -> None:
    server = await asyncio.to_thread(make_server(DB_URL="").start)
    host = await arrive(visitors, "Ada", server.url)
    await host.register()
    ada = await Caller.create(host)
    guest = await arrive(visitors, "Grace", server.url)
    grace = await Caller.enter(guest, await ada.invite("participant"))
    for room in (ada, grace):
        room.who.expects(OUTAGE)
        await room.join()
    for room in (ada, grace):
        await room.receives("camera")
    made = await ada.page.evaluate("window.links.length")

    await asyncio.to_thread(server.kill)
    for room, other in ((ada, "Grace"), (grace, "Ada")):
        await room.is_in_state("reconnecting")
        await room.receives("camera", FPS)
        await room.hears()
        await room.sees_tile(other, reached=True)
    await asyncio.to_thread(server.start)
    for room, other in ((ada, "Grace"), (grace, "Ada")):
        await room.is_in_state("connected")
        await room.receives("camera", FPS)
        await room.sees_tile(other, mic=True, camera=True, reached=True)
    assert await ada.page.evaluate("window.links.length") == made, "the link was made anew"

    await grace.part("switch-mic").click()  # and the room still tells what is on
    await ada.sees_tile("Grace", mic=False)


async def test_a_shared_screen_takes_its_place_beside_the_camera_and_leaves_it(
    ada: Caller, grace: Caller
) -> None:
    await ada.join()
    await grace.join()
    await ada.receives("camera")
    await grace.part("switch-screen").click()
    await expect(ada.page.locator("[data-testid=screen][data-person=Grace]")).to_be_visible()
    await ada.sees_tile("Grace", screen=True, camera=True)
    await ada.receives("screen")
    await ada.receives("camera")
    assert (await grace.stats())["screen"] == 0
    await ada.part("switch-screen").click()  # both at once
    await grace.receives("screen")
    await grace.part("switch-screen").click()
    await ada.sees_tile("Grace", screen=False)
    await expect(ada.part("screen")).to_have_count(1)  # one's own
    await ada.receives("camera")


async def test_who_mutes_or_is_muted_is_silent_until_they_turn_it_on_again(
    ada: Caller, grace: Caller
) -> None:
    await ada.join()
    await grace.join()
    await ada.hears()
    await expect(ada.tile("Grace", speaking=True)).to_have_count(1)
    await grace.part("switch-mic").click()
    await silent(ada, "Grace")
    await grace.part("switch-mic").click()
    await ada.sees_tile("Grace", mic=True)
    await ada.hears()

    await ada.menu_of("Grace", "mute-member")
    await expect(grace.part("call-notice")).to_contain_text("Ada muted you")
    await grace.sees_tile("Grace", mic=False)
    await silent(ada, "Grace")
    await grace.part("switch-mic").click()
    await ada.sees_tile("Grace", mic=True)
    await ada.hears()
    await expect(grace.part("call-notice")).to_have_count(0)


async def test_with_the_call_out_of_sight_one_still_mutes_oneself_and_leaves(
    ada: Caller, grace: Caller
) -> None:
    strip = grace.part("call-strip")
    await ada.join()
    await grace.join()
    await expect(strip).to_have_count(0)
    await grace.part("talk-toggle").click()
    await expect(strip).to_contain_text("In the call with 1 other")
    await strip.get_by_test_id("switch-mic").click()
    await ada.sees_tile("Grace", mic=False)
    await strip.get_by_text("In the call").click()
    await expect(grace.call).to_be_visible()
    await expect(strip).to_have_count(0)

    await grace.who.resize(NARROW)
    await expect(strip).to_be_visible()  # the code is seen
    await grace.part("pane-talk").click()
    await expect(strip).to_have_count(0)
    await grace.part("pane-code").click()
    await strip.get_by_text("Leave").click()
    await ada.sees_nobody_called("Grace")
    await expect(strip).to_have_count(0)


async def silent(room: Caller, name: str) -> None:
    """Hears nothing of somebody over two beeps of their microphone: pictures still come."""
    await room.sees_tile(name, mic=False, speaking=False)
    await room.plays(0)
    await room.receives("camera", FPS // 2)  # what was on its way has been heard
    before = (await room.stats())["mic"]
    await room.receives("camera", 2 * FPS)
    assert (await room.stats())["mic"] - before < 1e-6


async def test_a_spectator_is_neither_seen_nor_heard_until_let_and_no_more_when_taken_back(
    ada: Caller, grace: Caller, sam: Caller
) -> None:
    for room in (ada, grace):
        await room.join()
    await sam.watch()
    await expect(sam.part("switch-mic")).to_have_count(0)
    await sam.receives("camera")
    # a page that does not keep to the rules
    await sam.page.evaluate(SEND_ANYWAY)
    for room in (ada, grace):
        await room.plays(1)
        await room.receives("camera")
        assert await room.page.evaluate(RECEIVING_LINKS) == 1, "only the other of the two sends"
        await expect(room.tile("Sam")).to_have_count(0)

    await ada.menu_of("Sam", "let-speak")
    await expect(sam.part("call-notice")).to_contain_text("You may take part now")
    await sam.part("switch-mic").click()
    await sam.part("switch-camera").click()
    for room in (ada, grace):
        await room.sees_tile("Sam", mic=True, camera=True, reached=True)

        async def both(room: Caller = room) -> bool:
            return int(await room.page.evaluate(RECEIVING_LINKS)) == 2

        await until(both, f"{room.who.name} to receive Sam too")
    await sam.page.reload()  # the server has it stored
    await sam.is_in_call()
    await ada.sees_tile("Sam", mic=True, camera=True, reached=True)

    await ada.menu_of("Sam", "take-back")
    await expect(sam.part("call-notice")).to_contain_text("watch and listen again")
    await expect(sam.part("switch-mic")).to_have_count(0)
    assert await sam.page.evaluate(ALL_CLOSED)
    for room in (ada, grace):
        await expect(room.tile("Sam")).to_have_count(0)
    await sam.receives("camera")


async def test_a_link_whose_messages_were_lost_comes_about_all_the_same(
    ada: Caller, grace: Caller
) -> None:
    for room in (ada, grace):
        await room.page.evaluate(LOSE_SIGNALS)
    await ada.join()
    await grace.join()
    await ada.sees_tile("Grace", reached=False)
    for room in (ada, grace):
        await until(partial(room.page.evaluate, "window.lost > 0"), "something to be lost")
        await room.page.evaluate("window.losing = false")
    for room, other in ((ada, "Grace"), (grace, "Ada")):
        await room.sees_tile(other, reached=True)
        await room.receives("camera")


async def goes_another_way(room: Caller, before: str) -> None:
    async def does() -> bool:
        return bool(await room.page.evaluate(WAY) != before)

    await until(does, "another way")


@pytest.mark.parametrize("loser", [0, 1])
async def test_where_only_one_is_not_heard_pictures_come_both_ways(
    ada: Caller, grace: Caller, loser: int
) -> None:
    """Which of the two offers and which answers is decided by chance: each is the one whose words
    are lost, and who tries anew."""
    room = (ada, grace)[loser]
    await room.page.evaluate(LOSE_SIGNALS)
    await ada.join()
    await grace.join()
    await until(partial(room.page.evaluate, DESCRIBED), "an offer or an answer")
    lost = await room.page.evaluate("window.lost")
    await room.page.evaluate(OTHER_NETWORK)
    await until(partial(room.page.evaluate, f"window.lost > {lost}"), "another try to be lost")
    await room.page.evaluate("window.losing = false")
    for each in (ada, grace):
        await each.receives("camera")


async def test_when_both_change_their_network_at_once_pictures_go_on_both_ways(
    ada: Caller, grace: Caller
) -> None:
    await ada.join()
    await grace.join()
    for room in (ada, grace):
        await room.receives("camera")
    ways = {room: await room.page.evaluate(WAY) for room in (ada, grace)}
    await asyncio.gather(*(room.page.evaluate(OTHER_NETWORK) for room in (ada, grace)))
    for room in (ada, grace):
        await goes_another_way(room, ways[room])
    for room in (ada, grace):
        await room.receives("camera")


async def test_who_is_let_take_part_is_seen_though_the_first_words_about_it_were_lost(
    ada: Caller, sam: Caller
) -> None:
    await ada.join()
    await sam.watch()
    await sam.receives("camera")
    for room in (ada, sam):
        await room.page.evaluate(LOSE_SIGNALS)
    await ada.menu_of("Sam", "let-speak")
    await sam.part("switch-camera").click()

    async def lost() -> bool:
        return any([await room.page.evaluate("window.lost > 0") for room in (ada, sam)])

    await until(lost, "something to be lost")
    for room in (ada, sam):
        await room.page.evaluate("window.losing = false")
    await ada.receives("camera")


async def test_after_a_change_of_the_network_another_way_is_found_without_a_break(
    ada: Caller, grace: Caller
) -> None:
    await ada.join()
    await grace.join()
    await ada.receives("camera")
    ways = {room: await room.page.evaluate(WAY) for room in (ada, grace)}
    await ada.page.evaluate(OTHER_NETWORK)
    for room in (ada, grace):
        await goes_another_way(room, ways[room])
        await room.receives("camera")
        assert await room.page.evaluate("window.links.length") == 1


async def test_who_is_put_out_of_the_session_is_out_of_the_call_at_once(
    ada: Caller, grace: Caller
) -> None:
    grace.who.expects(r"403 \(Forbidden\)")
    await ada.join()
    await grace.join()
    await ada.receives("camera")
    await ada.menu_of("Grace", "remove-member")
    await ada.part("confirm-remove").click()
    await expect(grace.part("removed")).to_be_visible()
    await expect(ada.tile("Grace")).to_have_count(0, timeout=5_000)
    assert await grace.page.evaluate(ALL_CLOSED)


async def test_who_finds_the_call_full_is_told_and_gets_in_when_somebody_has_left(
    ada: Caller, grace: Caller, server_process: ServerProcess
) -> None:
    cookies = await ada.who.context.cookies()
    headers = {"Cookie": "; ".join(f"{each['name']}={each['value']}" for each in cookies)}
    headers["Origin"] = ada.who.base
    async with AsyncExitStack() as pages:
        for number in range(8):
            path = f"/api/sessions/{ada.session_id}/ticket"
            ticket = str((await ada.who.call("POST", path))["ticket"])
            page = await pages.enter_async_context(
                raw_client(server_process, ada.session_id, ticket, headers=headers, events="1")
            )
            await page.event("hello")
            key = f"page-{number}".ljust(20, "-")
            await page.send(event({"type": "call.join", "key": key, "mic": False, "camera": False}))
        await expect(grace.part("in-call")).to_contain_text("Ada")
        await grace.part("join-call").click()
        await grace.part("join-now").click()
        await expect(grace.part("call-refused")).to_contain_text("8 take part in this call already")
        assert await grace.page.evaluate(
            "window.opened.every((each) => each.readyState === 'ended')"
        )
    await expect(grace.part("in-call")).to_contain_text("Nobody")
    await grace.join()


@pytest.mark.parametrize("key", [False, True])
async def test_a_browser_that_holds_the_sound_back_plays_it_after_a_click_or_a_key(
    ada: Caller, sam: Caller, key: bool
) -> None:
    await ada.join()
    await sam.page.evaluate(HOLD_BACK)
    await sam.watch()
    await sam.part("unblock-sound").wait_for()
    await sam.plays(0)
    await sam.page.evaluate("window.heldBack = false")
    await (sam.press("ArrowDown") if key else sam.part("unblock-sound").click())
    await expect(sam.part("unblock-sound")).to_have_count(0)
    await sam.plays(1)


ALL_CLOSED = "window.opened.every((each) => each.readyState === 'ended')"
HOLD_BACK = """
() => {
  window.heldBack = true;
  HTMLAudioElement.prototype.play = async function () {
    if (window.heldBack) throw new DOMException("", "NotAllowedError");
    await HTMLMediaElement.prototype.play.call(this);
  };
}
"""
LOSE_SIGNALS = """
() => {
  const send = WebSocket.prototype.send;
  window.losing = true;
  window.lost = 0;
  WebSocket.prototype.send = function (data) {
    const lost = window.losing && new TextDecoder().decode(data).includes('"type":"signal"');
    if (lost) window.lost += 1;
    else send.call(this, data);
  };
}
"""
OTHER_NETWORK = "window.dispatchEvent(new Event('online'))"
DESCRIBED = "window.links[0]?.localDescription != null"
# The names under which the two ends of the only link find each other.
WAY = r"window.links[0].localDescription.sdp.match(/ice-ufrag:(.*)/)[1]"
SEND_ANYWAY = """
async () => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: true});
  for (const link of window.links) {
    for (const [index, transceiver] of link.getTransceivers().entries()) {
      transceiver.direction = "sendrecv";
      if (index < 2) await transceiver.sender.replaceTrack(stream.getTracks()[index]);
    }
  }
}
"""
# Over how many connections pictures of a camera have come within a second.
RECEIVING_LINKS = """
async () => {
  const count = async (link) => {
    const [, camera] = link.getTransceivers();
    let frames = 0;
    for (const report of (await camera.receiver.getStats()).values()) {
      if (report.type === "inbound-rtp") frames += report.framesDecoded ?? 0;
    }
    return frames;
  };
  const open = window.links.filter((link) => link.connectionState === "connected");
  const before = await Promise.all(open.map(count));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = await Promise.all(open.map(count));
  return after.filter((frames, index) => frames > before[index]).length;
}
"""
