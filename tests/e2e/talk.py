"""The chat as somebody at its page sees and uses it."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.e2e.room import RoomPage
from tests.helpers.browsers import until


class Talk:
    """The chat of one person's page."""

    def __init__(self, room: RoomPage) -> None:
        self.room = room
        self.page = room.page

    async def say(self, text: str) -> None:
        """Types into the field and presses Enter, in the channel that is shown."""
        field = self.room.part("compose")
        await field.fill(text)
        await field.press("Enter")
        await expect(field).to_have_value("")

    async def say_all_at_once(self, texts: list[str]) -> None:
        """More than the pace of the server allows, however slowly this machine types: they are
        written without a network and leave together when it is back."""
        visitor = self.room.who
        visitor.expects("ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|WebSocket")
        await visitor.context.set_offline(True)
        await self.room.is_in_state("reconnecting")
        for text in texts:
            await self.say(text)
        await visitor.context.set_offline(False)
        await self.room.is_in_state("connected")

    async def to(self, channel: str) -> None:
        await self.room.part(f"channel-{channel}").click()

    @property
    def messages(self) -> Locator:
        return self.room.part("message")

    async def texts(self) -> list[str]:
        """The texts of what was said, in the order they are shown, without names and times."""
        shown: list[str] = await self.messages.evaluate_all(
            "(rows) => rows.map((row) => [...row.querySelectorAll(':scope > p[dir], :scope > pre')]"
            ".map((part) => part.textContent).join('\\n'))"
        )
        return shown

    async def shows(self, texts: list[str]) -> None:
        """Waits until just these messages are shown, in this order."""
        seen: list[str] = []

        async def there() -> bool:
            seen[:] = await self.texts()
            return seen == texts

        try:
            await until(there, f"{self.room.who.name}'s chat")
        except AssertionError:
            assert seen == texts, f"{self.room.who.name} sees another chat"

    async def failed(self) -> Locator:
        """The row of a message that was refused."""
        row = self.page.locator("[data-testid=outgoing][data-state=failed]")
        await row.first.wait_for()
        return row

    async def unread_is(self, count: int, part: str = "talk-toggle") -> None:
        """What the button of the column, or a tab, says."""
        badge = self.room.part(part).locator("[data-testid=unread]")
        if count == 0:
            await expect(badge).to_have_count(0)
        else:
            await expect(badge).to_have_text(f"{count} unread")
