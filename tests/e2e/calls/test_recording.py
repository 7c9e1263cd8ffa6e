"""A call is recorded only when all who are heard have agreed, and everybody sees that it is."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.calls.page import FPS, Caller

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def ask(room: Caller) -> None:
    await room.part("record").click()
    await room.part("ask-to-record").click()


async def test_a_recording_begins_when_all_agree_and_holds_everybody(
    ada: Caller,
    grace: Caller,
    sam: Caller,
    tmp_path: Path,
) -> None:
    for room in (ada, grace):
        await room.join()
    await ada.receives("camera")
    await ask(ada)
    await expect(ada.part("asking")).to_contain_text("waiting for Grace")
    await expect(grace.part("consent")).to_contain_text("Ada’s computer")
    for room in (ada, grace, sam):
        await expect(room.part("recording")).to_have_count(0)
    await grace.part("agree-to-recording").click()
    for room in (ada, grace, sam):  # also who is not in the call
        await expect(room.part("recording")).to_be_visible()
    await ada.receives("camera", 3 * FPS)
    async with ada.page.expect_download() as downloaded:
        await ada.part("record").click()
    path = tmp_path / (await downloaded.value).suggested_filename
    await (await downloaded.value).save_as(path)
    for room in (ada, grace, sam):
        await expect(room.part("recording")).to_have_count(0)
    await expect(ada.part("recording-note")).to_contain_text("saved")

    assert path.name.startswith("interview-")
    content = base64.b64encode(path.read_bytes()).decode()
    elsewhere = await ada.who.context.new_page()  # where no policy forbids to play it
    shown: dict[str, Any] = await elsewhere.evaluate(PLAY, content)
    assert (shown["width"], shown["height"]) == (1280, 720)
    assert shown["seconds"] > 2
    assert shown["loud"] > 0.001  # the beeps
    assert shown["green"] == [True, True]  # the made up camera, at the left and at the right


async def test_one_no_is_enough_for_no_recording(
    ada: Caller,
    grace: Caller,
) -> None:
    for room in (ada, grace):
        await room.join()
    await ask(ada)
    await expect(grace.part("consent")).to_be_visible()
    await grace.page.keyboard.press("Escape")  # puts it aside: still to be answered
    await expect(ada.part("asking")).to_be_visible()
    await grace.part("consent-waits").get_by_role("button").click()
    await grace.part("refuse-recording").click()
    await expect(ada.part("recording-note")).to_contain_text("Grace does not agree")
    await expect(grace.part("consent")).to_have_count(0)
    await expect(grace.part("consent-waits")).to_have_count(0)
    await expect(ada.part("recording")).to_have_count(0)
    await ada.receives("camera")  # the call goes on


async def test_who_joins_a_recorded_call_agrees_first(
    ada: Caller,
    grace: Caller,
) -> None:
    await ada.join()
    await ask(ada)  # nobody else is there to be asked
    await expect(ada.part("recording")).to_be_visible()
    await grace.part("join-call").click()
    await expect(grace.part("consent-note")).to_contain_text("Ada records this call")
    await grace.part("join-now").click()
    await grace.is_in_call()
    await ada.sees_tile("Grace", reached=True)

    await grace.page.reload()  # has agreed already
    await grace.is_in_call()
    await expect(grace.part("recording")).to_be_visible()
    await ada.sees_tile("Grace", mic=True, reached=True)
    async with ada.page.expect_download():
        await ada.part("leave-call").click()
    await expect(grace.part("recording")).to_have_count(0)


async def test_a_spectator_who_is_let_take_part_is_heard_in_a_recorded_call_once_they_agree(
    ada: Caller,
    sam: Caller,
) -> None:
    await ada.join()
    await sam.watch()
    await ask(ada)
    await expect(sam.part("recording")).to_be_visible()
    await ada.menu_of("Sam", "let-speak")
    await expect(sam.part("consent")).to_contain_text("heard and seen once you agree")
    await sam.page.keyboard.press("Escape")
    await sam.part("switch-mic").click()
    await sam.sees_tile("Sam", mic=True)
    await ada.sees_tile("Sam", mic=False)
    await sam.part("consent-waits").get_by_role("button").click()
    await sam.part("agree-to-recording").click()
    await ada.sees_tile("Sam", mic=True)
    await expect(ada.part("recording")).to_be_visible()
    async with ada.page.expect_download():
        await ada.part("record").click()


async def test_the_sign_is_gone_with_the_page_that_recorded(
    ada: Caller,
    grace: Caller,
) -> None:
    for room in (ada, grace):
        await room.join()
    await ask(ada)
    await grace.part("agree-to-recording").click()
    await expect(grace.part("recording")).to_be_visible()
    ada.page.on("dialog", lambda dialog: dialog.accept())  # leave, although it is not saved
    await ada.page.reload()
    await expect(grace.part("recording")).to_have_count(0, timeout=5_000)
    await ada.is_in_call()
    await grace.receives("camera")


# Plays a file of the recording: its size, how loud it is, and whether the halves are green.
PLAY = """
async (content) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const video = document.createElement("video");
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes], {type: "video/webm"}));
  await video.play();
  await new Promise((resolve) => {
    video.ontimeupdate = () => video.currentTime > 1.5 && resolve();
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const green = [0.05, 0.95].map((share) => {
    const [r, g, b] = context.getImageData(canvas.width * share, canvas.height / 2, 1, 1).data;
    return g > 80 && r < 60 && b < 60;
  });
  const sound = await new AudioContext().decodeAudioData(bytes.buffer);
  const samples = sound.getChannelData(0);
  const loud = Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
  return {width: canvas.width, height: canvas.height, seconds: sound.duration, loud, green};
}
"""
