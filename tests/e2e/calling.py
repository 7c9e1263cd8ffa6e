"""Call and chat by Stream as somebody at its page sees and uses them."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.e2e.room import RoomPage


class StreamTalk:
    """The column for talking of one person's page."""

    def __init__(self, room: RoomPage) -> None:
        self.room = room
        self.page = room.page

    # -- chat ----------------------------------------------------------------------------------

    @property
    def chat(self) -> Locator:
        return self.room.part("stream-chat")

    async def chat_is(self, phase: str) -> None:
        await expect(self.chat).to_have_attribute("data-phase", phase)

    async def say(self, text: str) -> None:
        await self._write(self.chat.locator(".str-chat__main-panel"), text)

    async def answer(self, text: str) -> None:
        """In the thread that is open."""
        await self._write(self.chat.locator(".str-chat__thread-container"), text)

    async def _write(self, part: Locator, text: str) -> None:
        field = part.locator("textarea")
        await field.fill(text)
        await field.press("Enter")
        await expect(field).to_have_value("")

    def message(self, text: str) -> Locator:
        return self.chat.locator(".str-chat__message").filter(has_text=text)

    async def shows(self, *texts: str) -> None:
        """Waits until just these messages are shown, in this order: of the thread, if one is
        open."""
        rows = self.chat.locator(".str-chat__message .str-chat__message-text p").filter(
            visible=True
        )
        await expect(rows).to_have_text([re.compile(rf"^{re.escape(text)}$") for text in texts])

    async def react(self, text: str) -> None:
        """With the first reaction that is offered."""
        await self.message(text).hover()
        await self.message(text).get_by_role("button", name="Open Reaction Selector").click()
        await self.chat.locator(".str-chat__reaction-selector-list button").first.click()

    async def open_thread(self, text: str) -> None:
        await self.message(text).hover()
        await self.message(text).get_by_role("button", name="Open Thread").first.click()
        await self.chat.locator(".str-chat__thread-container").wait_for()

    # -- call ----------------------------------------------------------------------------------

    @property
    def call(self) -> Locator:
        return self.room.part("call")

    async def call_is(self, phase: str) -> None:
        await expect(self.call).to_have_attribute("data-phase", phase)

    async def join(self) -> None:
        await self.room.part("call-join").click()
        await self.room.part("grid").wait_for()

    async def leave(self) -> None:
        await self.room.part("call-leave").click()
        await self.room.part("call-join").wait_for()

    def tile(self, name: str) -> Locator:
        return self.page.locator(f"[data-testid=tile][data-person='{name}']")

    async def sees(self, *names: str) -> None:
        """Waits until just these people are in the grid."""
        await expect(self.room.part("grid")).to_have_attribute("data-count", str(len(names)))
        for name in names:
            await expect(self.tile(name)).to_have_count(1)
