"""Real people at real browsers: Chromium through Playwright, each person with a fresh profile."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    async_playwright,
)

from tests.helpers.people import PASSWORD, fresh_email
from tests.helpers.server import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OFF = (
    # of each window's address bar, which nobody sees: a process of half a second of CPU
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # what Playwright turns off and would come back with a list of ours
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
"""Features of Chromium that no test needs."""
WIDE = (1440, 900)
NARROW = (390, 844)
ARTIFACTS = ROOT / "tests/artifacts"
PATIENCE_MS = 30_000  # for a loaded machine; nothing waits longer than it has to

SIGNED_OUT = r"401 \(Unauthorized\).* /api/auth/me$"
UNREACHABLE = r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_SOCKET"
OUTAGE = rf"(WebSocket connection to .* failed|Failed to load resource).*({UNREACHABLE})"

Theme = Literal["light", "dark"]


def chromium_path() -> str:
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise AssertionError(f"there is none of {', '.join(NAMES)}; `make test` installs one")


@asynccontextmanager
async def launched(*more: str, off: Sequence[str] = ()) -> AsyncIterator[Browser]:
    """One browser process, with further arguments and these features `off` as well; every person
    gets a profile of their own in it."""
    without = f"--disable-features={','.join((*OFF, *off))}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*ARGUMENTS, without, *more], headless=True
        )
        yield browser
        await browser.close()


async def profile(
    browser: Browser,
    size: tuple[int, int] = WIDE,
    theme: Theme = "light",
    cookies: Any = None,
    *,
    trusting: bool = False,
    allowed: Sequence[str] = (),
) -> BrowserContext:
    """A fresh profile: nothing stored, nothing signed in, unless `cookies` says so. `trusting`:
    takes a stand-in's certificate, which nobody vouches for. `allowed`: what pages may use beside
    the clipboard; all else is refused."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        ignore_https_errors=trusting,
        permissions=["clipboard-read", "clipboard-write", *allowed],
        storage_state={"cookies": cookies, "origins": []} if cookies else None,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


async def until(
    holds: Callable[[], Awaitable[object]], what: str, seconds: float = 30, every: float = 0.02
) -> None:
    """Asks again, `every` so many seconds, until it holds; fails with `what` if it never does."""
    try:
        async with asyncio.timeout(seconds):
            while not await holds():  # noqa: ASYNC110 - it happens in other processes
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s for {what}") from None


class Visitor:
    """Somebody at a page. `complaints` is what the browser's console held against the page."""

    def __init__(self, name: str, page: Page, base: str) -> None:
        self.name = name
        self.context = page.context
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        self._expected = [SIGNED_OUT]
        size = page.viewport_size
        assert size is not None
        self._size = (size["width"], size["height"])
        page.on("console", self._on_console)
        page.on("pageerror", self._on_page_error)

    def expects(self, pattern: str) -> None:
        """From now on the console may say this; a regular expression over message and address."""
        self._expected.append(pattern)

    async def go(self, path: str) -> None:
        """Opens an address, whole or as a path of the server."""
        await self.page.goto(path if "://" in path else self.base + path)

    async def sees(self, text: str) -> None:
        """Waits for words anywhere on the page."""
        await self.page.get_by_text(text).first.wait_for()

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a request with this person's cookies, as their pages would make it."""
        answer = await self.context.request.fetch(
            self.base + path, method=method, data=body, headers={"Origin": self.base}
        )
        assert answer.ok, await answer.text()
        return await answer.json()

    async def register(self) -> None:
        """Makes an account in the page; ends at the sessions."""
        await self.go("/register")
        await self.register_here()
        await self.page.wait_for_url("**/sessions")

    async def register_here(self) -> None:
        """Fills in the page for making an account, wherever it leads to afterwards."""
        await self.page.get_by_label("Your name").fill(self.name)
        await self.page.get_by_label("E-mail").fill(fresh_email())
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Make the account").click()

    async def accept(self, link: str) -> None:
        """Takes an invitation without looking at its page."""
        token = link.rpartition("/")[2]
        await self.call("POST", f"/api/invites/{token}/accept", {"name": self.name})

    async def join(self, link: str) -> None:
        """Opens an invitation and takes it, giving the name if asked for one."""
        await self.go(link)
        button = self.page.get_by_role("button", name=re.compile("^(Join the interview|Watch)$"))
        await button.wait_for()
        field = self.page.get_by_label("Your name")
        if await field.count():
            await field.fill(self.name)
        await button.click()
        await self.page.wait_for_url("**/sessions/*")

    async def resize(self, size: tuple[int, int]) -> None:
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})

    async def leave(self) -> None:
        """Leaves the page as it was, for whoever uses it next: at an address of the same server,
        so that the process stays, which has the app compiled."""
        await self.go("/favicon.svg")
        await self.resize(self._size)
        self.page.remove_listener("console", self._on_console)
        self.page.remove_listener("pageerror", self._on_page_error)

    async def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=path)

    def _on_page_error(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        address = str(message.location.get("url", "")).removeprefix(self.base)
        said = f"{message.text} {address}"
        if not any(re.search(pattern, said) for pattern in self._expected):
            self.complaints.append(said)


class Visitors:
    """Everybody of one test, and where their screenshots go."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self._all: list[Visitor] = []
        self._contexts: list[BrowserContext] = []

    async def arrive(
        self,
        name: str,
        base: str,
        size: tuple[int, int] = WIDE,
        theme: Theme = "light",
        cookies: Any = None,
        *,
        trusting: bool = False,
        allowed: Sequence[str] = (),
    ) -> Visitor:
        """Somebody at an empty page, in a fresh profile (with `cookies` of an earlier one)."""
        context = await profile(
            self._browser, size, theme, cookies, trusting=trusting, allowed=allowed
        )
        self._contexts.append(context)
        return self.sit_down(name, await context.new_page(), base)

    def sit_down(self, name: str, page: Page, base: str) -> Visitor:
        """Somebody at a page that is already there, and stays when all have left."""
        visitor = Visitor(name, page, base)
        self._all.append(visitor)
        return visitor

    async def shoot(self, label: str, *people: Visitor) -> None:
        """Pictures for somebody to judge, where the environment has PICTURES."""
        if os.environ.get("PICTURES"):
            await self.photograph(label, *people)

    async def photograph(self, label: str, *people: Visitor) -> None:
        """One picture of the page of each of them, of everybody's if none are named."""
        for visitor in people or self._all:
            if not visitor.page.is_closed():
                first_name = visitor.name.split()[0]
                await visitor.screenshot(self._folder / f"{label}-{first_name}.png")

    async def close(self) -> None:
        for visitor in self._all:
            if visitor.context not in self._contexts and not visitor.page.is_closed():
                await visitor.leave()
        for context in self._contexts:
            await context.close()

    @property
    def complaints(self) -> list[str]:
        return [f"{visitor.name}: {said}" for visitor in self._all for said in visitor.complaints]
