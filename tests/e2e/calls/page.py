"""The call of a room as somebody at its page has it, and what their browser says of it."""

from __future__ import annotations

from typing import Any, Final

from playwright.async_api import Locator, expect

from tests.e2e.room import RoomPage
from tests.helpers.browsers import WIDE, Theme, Visitors, until

DEVICES: Final = ("camera", "microphone")
FPS: Final = 10
ASKING: Final = (75.0, 0.25)
"""For how long, and how often, a browser is asked what has come in, in seconds: asking holds up
what is to come, and a machine with a dozen pages in calls is slow."""
ARGUMENTS: Final = (
    "--use-fake-ui-for-media-stream",
    # a camera with a moving picture, a microphone that beeps once a second; few pictures a second:
    # processors encode and decode them all
    f"--use-fake-device-for-media-stream=fps={FPS}",
    # as on any desktop: a page may be heard once somebody has clicked in it
    "--autoplay-policy=document-user-activation-required",
)
OFF: Final = ("WebRtcHideLocalIpsWithMdns",)
"""Host candidates come by address: their .local names need a resolver of their own."""

# Keeps every connection and opened track for `getStats` and for pulling plugs.
SPY: Final = """
delete window.showSaveFilePicker; // its dialog is the browser's own: recordings are downloads
window.links = [];
window.opened = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...options) {
    super(...options);
    window.links.push(this);
  }
};
window.sounds = [];
window.Audio = class extends window.Audio {
  constructor(...options) {
    super(...options);
    window.sounds.push(this);
  }
};
const devices = navigator.mediaDevices;
const open = devices?.getUserMedia.bind(devices);
if (devices) devices.getUserMedia = async (wanted) => {
  if (window.unplugged) throw new DOMException("", "NotFoundError");
  const stream = await open(wanted);
  window.opened.push(...stream.getTracks());
  return stream;
};
"""
# What has come in: frames decoded by kind of picture (order of the transceivers) and the energy of
# what is heard, summed over all connections that are open.
STATS: Final = """
async () => {
  const sum = {camera: 0, screen: 0, mic: 0, links: 0, bytes: 0};
  for (const link of window.links) {
    if (link.connectionState !== "connected") continue;
    sum.links += 1;
    const [mic, camera, , screen] = link.getTransceivers();
    for (const [name, transceiver, field] of [
      ["mic", mic, "totalAudioEnergy"],
      ["camera", camera, "framesDecoded"],
      ["screen", screen, "framesDecoded"],
    ]) {
      if (!transceiver) continue;
      for (const report of (await transceiver.receiver.getStats()).values()) {
        if (report.type !== "inbound-rtp") continue;
        sum[name] += report[field] ?? 0;
        sum.bytes += report.bytesReceived ?? 0;
      }
    }
  }
  return sum;
}
"""
# How many sounds are being played, and not only received.
PLAYED: Final = """
() => window.sounds.filter((each) => !each.muted && !each.paused && each.currentTime > 0).length
"""
UNPLUG: Final = """
(kind) => {
  for (const track of window.opened) {
    if (track.kind !== kind || track.readyState !== "live") continue;
    track.stop();
    track.dispatchEvent(new Event("ended"));
  }
}
"""


class Caller(RoomPage):
    """One person in one room, with a camera and a microphone."""

    @property
    def call(self) -> Locator:
        return self.part("call")

    async def join(self) -> None:
        """Through the check, with everything on that is there."""
        await self.part("join-call").click()
        await self.part("join-now").click()
        await self.is_in_call()

    async def watch(self) -> None:
        await self.part("join-call").click()
        await self.is_in_call()

    async def is_in_call(self) -> None:
        await expect(self.call).to_have_attribute("data-joined", "true")

    def tile(self, name: str, **state: bool) -> Locator:
        """The tile of somebody, in a state such as ``mic=True``."""
        wanted = "".join(f"[data-{key}={str(value).lower()}]" for key, value in state.items())
        return self.page.locator(f'[data-testid=tile][data-person="{name}"]{wanted}')

    async def sees_tile(self, name: str, **state: bool) -> None:
        await expect(self.tile(name, **state)).to_have_count(1)

    async def sees_nobody_called(self, name: str) -> None:
        await expect(self.tile(name)).to_have_count(0)

    async def stats(self) -> dict[str, Any]:
        told: dict[str, Any] = await self.page.evaluate(STATS)
        return told

    async def receives(self, what: str, more: float = 5) -> None:
        """Waits until so many more frames were decoded, or so much more was heard, from now on."""
        before = (await self.stats())[what]

        async def come() -> bool:
            return bool((await self.stats())[what] >= before + more)

        await until(come, f"{more} more of {what} at {self.who.name}", *ASKING)

    async def hears(self, people: int = 1) -> None:
        """Somebody's microphone comes in, and so many are played."""
        await self.receives("mic", 0.0005)
        await self.plays(people)

    async def plays(self, people: int) -> None:
        async def does() -> bool:
            return bool(await self.page.evaluate(PLAYED) == people)

        await until(does, f"{self.who.name} to hear {people}", *ASKING)

    async def menu_of(self, name: str, item: str) -> None:
        await self.page.get_by_role("button", name=f"What to do with {name}").click()
        await self.page.get_by_test_id(item).locator("visible=true").click()


async def arrive(
    visitors: Visitors, name: str, base: str, theme: Theme = "light", size: tuple[int, int] = WIDE
) -> Any:
    visitor = await visitors.arrive(name, base, size, theme, allowed=DEVICES)
    await visitor.page.add_init_script(SPY)
    return visitor
