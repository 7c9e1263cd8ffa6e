"""The room as somebody at its page sees and uses it: real keys, real clicks, visible text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Self

from playwright.async_api import Locator, Response, TimeoutError, expect

from tests.helpers.browsers import PATIENCE_MS, Visitor, until

expect.set_options(timeout=PATIENCE_MS)

VISIBLE_TEXT = r"""
() => [...document.querySelectorAll('.monaco-editor .view-line')]
  .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
  .map((line) => line.textContent.replaceAll('\u00a0', ' ').replace(/[\u200b\u200c]/g, ''))
  .join('\n')
"""
# What is drawn of others, by line (from 1): cursors with name and colour, and selections.
LINES = r"""
const tops = [...document.querySelectorAll('.monaco-editor .view-line')]
  .map((line) => parseFloat(line.style.top)).sort((a, b) => a - b);
const lineOf = (element) => 1 + tops.indexOf(parseFloat(element.style.top));
"""
CURSORS = rf"""
() => {{ {LINES}
  return [...document.querySelectorAll('.yRemoteSelectionHead')].map((head) => ({{
    name: JSON.parse(getComputedStyle(head, '::after').content.replace(/^none$/, '""')),
    colour: getComputedStyle(head).borderLeftColor,
    line: lineOf(head.closest('.view-line')),
  }}));
}}
"""
SELECTED_LINES = rf"""
() => {{ {LINES}
  return [...document.querySelectorAll('.view-overlays .yRemoteSelection')]
    .filter((part) => part.offsetWidth > 0)
    .map((part) => lineOf(part.parentElement));
}}
"""

# The lines of a terminal that are in sight, or the text that stands there before it has loaded.
PRINTED = r"""
(output) => {
  const rows = [...output.querySelectorAll('.xterm-rows > div')];
  if (rows.length === 0) return output.textContent.trimEnd();
  const lineOf = (row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd();
  return rows.map(lineOf).join('\n').trimEnd();
}
"""


class RoomPage:
    """One person in one room."""

    def __init__(self, who: Visitor) -> None:
        self.who = who
        self.page = who.page

    # -- coming in -----------------------------------------------------------------------------

    @classmethod
    async def create(cls, visitor: Visitor, problem: str = "Two Sum") -> Self:
        """From the list of sessions: a new one for a problem."""
        await visitor.page.get_by_test_id("new-session").click()
        await visitor.page.get_by_role("radio", name=problem).check()
        await visitor.page.get_by_test_id("create-session").click()
        await visitor.page.wait_for_url("**/sessions/*")
        return await cls(visitor).ready()

    @classmethod
    async def enter(cls, visitor: Visitor, link: str) -> Self:
        """By an invitation."""
        await visitor.join(link)
        return await cls(visitor).ready()

    @classmethod
    async def open(cls, visitor: Visitor, session_id: str) -> Self:
        """By the address of the room, as somebody who comes back."""
        await visitor.go(f"/sessions/{session_id}")
        return await cls(visitor).ready()

    @classmethod
    async def practise(cls, visitor: Visitor, problem_id: str) -> Self:
        """A room of one's own, by the page of a problem."""
        await visitor.go(f"/problems/{problem_id}")
        return await cls(visitor).ready()

    async def ready(self) -> Self:
        """Waits until it is live and shows the code."""
        await self.is_in_state("connected")
        await self.page.locator(".monaco-editor .view-line").first.wait_for(state="attached")
        return self

    @property
    def session_id(self) -> str:
        return self.page.url.rpartition("/")[2]

    async def invite(self, role: str) -> str:
        """The link that the button for `role` shows, which it has also copied."""

        def made(answer: Response) -> bool:
            return answer.request.method == "POST" and answer.url.endswith("/invites")

        async with self.page.expect_response(made) as answered:
            await self.page.get_by_test_id(f"copy-{role}").click()
        link = str((await (await answered.value).json())["url"])
        await expect(self.part("invite-url")).to_have_value(link)

        async def copied() -> bool:
            return bool(await self.page.evaluate("navigator.clipboard.readText()") == link)

        await until(copied, "the link to be in the clipboard")
        return link

    # -- what it says --------------------------------------------------------------------------

    def part(self, test_id: str) -> Locator:
        return self.page.locator(f"[data-testid='{test_id}']:not([data-panel])")

    async def is_in_state(self, state: str) -> None:
        await expect(self.part("connection")).to_have_attribute("data-state", state)

    async def is_saved(self, state: str = "saved") -> None:
        await expect(self.part("saved")).to_have_attribute("data-state", state)

    def person(self, name: str) -> Locator:
        """Somebody's row in the list of people, while they are here."""
        return self.part("people").locator(f"[data-person='{name}'][data-online=true]")

    async def cursors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.page.evaluate(CURSORS)
        return found

    async def sees_cursor(self, name: str, line: int) -> dict[str, Any]:
        """Waits for somebody's named cursor in a line (from 1); returns it."""
        seen: list[dict[str, Any]] = []

        async def there() -> bool:
            seen[:] = [
                cursor
                for cursor in await self.cursors()
                if cursor["name"] == name and cursor["line"] == line
            ]
            return bool(seen)

        await until(there, f"{self.who.name} to see {name}'s cursor in line {line}")
        return seen[0]

    async def sees_selected(self, lines: list[int]) -> None:
        """Waits until just these lines (from 1) hold something that others selected."""

        async def there() -> bool:
            return bool(await self.page.evaluate(SELECTED_LINES) == lines)

        await until(there, f"{self.who.name} to see a selection in lines {lines}")

    # -- the code ------------------------------------------------------------------------------

    async def text(self) -> str:
        """What is to be read in the editor: all of it, as long as it is not higher than that."""
        text: str = await self.page.evaluate(VISIBLE_TEXT)
        return text

    async def shows(self, text: str) -> None:
        """Waits until the editor holds exactly this."""
        try:
            await self.page.wait_for_function(
                f"(wanted) => ({VISIBLE_TEXT})() === wanted", arg=text
            )
        except TimeoutError:
            assert await self.text() == text
        await expect(self.part("editor")).to_have_attribute("data-length", str(len(text)))

    async def shows_line(self, pattern: str) -> str:
        """Waits for a line that matches as a whole; returns it."""
        found: list[str] = []

        async def there() -> bool:
            lines = (await self.text()).split("\n")
            found[:] = [line for line in lines if re.fullmatch(pattern, line)]
            return bool(found)

        await until(there, f"{self.who.name} to see a line like {pattern}")
        return found[0]

    async def open_file(self, path: str) -> None:
        await self.part(f"tab-{path}").click()
        await self.is_in_file(path)

    async def is_in_file(self, path: str) -> None:
        await expect(self.part("editor")).to_have_attribute("data-path", path)

    async def focus(self) -> None:
        await self.page.locator(".monaco-editor .view-lines").click(position={"x": 5, "y": 5})

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def go_to_line(self, line: int) -> None:
        """The cursor to the end of a line (from 1)."""
        await self.focus()
        await self.press("ControlOrMeta+Home", *["ArrowDown"] * (line - 1), "End")

    async def type(self, text: str) -> None:
        """Key by key, wherever the cursor is."""
        await self.page.keyboard.type(text)

    async def paste(self, text: str) -> None:
        """Through the clipboard, wherever the cursor is."""
        await self.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        await self.press("ControlOrMeta+v")

    async def replace_all(self, text: str) -> None:
        """Another text in place of the whole file; returns when the server has it."""
        await self.focus()
        await self.press("ControlOrMeta+a")
        await (self.paste(text) if text else self.press("Delete"))
        await self.shows(text)
        await self.is_saved()

    async def stored(self, path: str = "main.py") -> str:
        """A file as the server has it."""
        answer = await self.who.call("GET", f"/api/sessions/{self.session_id}/files")
        return next(str(file["text"]) for file in answer["files"] if file["path"] == path)

    async def server_has(self, text: str, path: str = "main.py") -> None:
        async def has() -> bool:
            return await self.stored(path) == text

        await until(has, f"the server to have in {path}: {text!r}")

    # -- runs ----------------------------------------------------------------------------------

    async def run(self) -> None:
        await self.part("run").click()

    async def run_tests(self) -> None:
        await self.part("run-tests").click()

    async def prints(self, text: str) -> None:
        """Waits until this is to be seen of the shown run's output, among other things."""
        await self._output_is(lambda printed: text in printed, text)

    async def has_printed(self, text: str) -> None:
        """Waits until this is all that is to be seen of the output; blanks at ends are not."""
        await self._output_is(lambda printed: printed == text, text)

    async def seen_of_output(self) -> str:
        """The lines of the shown run's output that are in sight."""
        return str(await self.part("run-output").evaluate(PRINTED))

    async def _output_is(self, right: Callable[[str], bool], wanted: str) -> None:
        seen = ""

        async def there() -> bool:
            nonlocal seen
            seen = await self.seen_of_output()
            return right(seen)

        try:
            await until(there, "the output")
        except AssertionError:
            assert seen == wanted, f"{self.who.name} sees another output"

    async def type_to_program(self, text: str) -> None:
        """Key by key, in the terminal, wherever its cursor is; "\\n" is Enter."""
        terminal = self.part("run-output")
        await expect(terminal).to_have_attribute("data-typeable", "true")
        await terminal.click()
        await self.type_to_focused_program(text)

    async def type_to_focused_program(self, text: str) -> None:
        """The same without a click: the terminal takes the focus by itself, once it is loaded.
        Until then what is printed is to be seen without one."""
        await expect(self.page.locator(".xterm-helper-textarea")).to_be_focused()
        await self.type(text)

    async def run_is(self, status: str) -> None:
        await expect(self.part("run-view")).to_have_attribute("data-status", status)

    async def verdict_is(self, verdict: str) -> None:
        await expect(self.part("run-view")).to_have_attribute("data-verdict", verdict)
