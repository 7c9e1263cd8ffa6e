"""A browser for all tests, people for each, and a page that must not complain."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

pytest.register_assert_rewrite("tests.e2e.room")  # so that its failures show both texts

from tests.e2e.room import RoomPage  # noqa: E402
from tests.helpers.browsers import ARTIFACTS, Visitors, launched, profile  # noqa: E402
from tests.helpers.people import PASSWORD, fresh_email  # noqa: E402
from tests.helpers.server import ROOT, ServerProcess  # noqa: E402

FAILED = pytest.StashKey[bool]()
"""Of a test whose own part has failed."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if not (ROOT / "web/dist/index.html").exists():
        pytest.fail("web/dist is missing: `make web/dist/.done` builds the web app")
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Visitors]:
    """People of this test's own. At the end of a test that failed each page is photographed; none
    may have an error in its console."""
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))
    everybody = Visitors(chromium, ARTIFACTS / name)
    yield everybody
    if request.node.stash.get(FAILED, False):
        await everybody.photograph("end")
    await everybody.close()
    assert not everybody.complaints


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pages(chromium: Browser, server_process: ServerProcess) -> AsyncIterator[dict[str, Page]]:
    """The pages of people who are in many tests, each in a profile of its own: only the first
    test has to wait until the editor is loaded and compiled. Ada is signed in."""
    async with seated(chromium, server_process.url) as pages:
        yield pages


@asynccontextmanager
async def seated(
    browser: Browser, url: str, allowed: Sequence[str] = ()
) -> AsyncIterator[dict[str, Page]]:
    """A page for each of three people, Ada signed in; they may use what is `allowed`."""
    contexts = {name: await profile(browser, allowed=allowed) for name in ("Ada", "Grace", "Sam")}
    body = {"name": "Ada", "email": fresh_email(), "password": PASSWORD}
    answer = await contexts["Ada"].request.post(
        f"{url}/api/auth/register", data=body, headers={"Origin": url}
    )
    assert answer.ok, await answer.text()
    yield {name: await context.new_page() for name, context in contexts.items()}
    for context in contexts.values():
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ada(visitors: Visitors, pages: dict[str, Page], url: str) -> RoomPage:
    """An interviewer with an account, alone in the room of a new session."""
    visitor = visitors.sit_down("Ada", pages["Ada"], url)
    made = await visitor.call("POST", "/api/sessions/create", {"problem": "two-sum"})
    return await RoomPage.open(visitor, made["session"]["_id"])


@pytest_asyncio.fixture(loop_scope="session")
async def grace(visitors: Visitors, pages: dict[str, Page], ada: RoomPage) -> RoomPage:
    """A candidate by invitation, in the same room."""
    visitor = visitors.sit_down("Grace", pages["Grace"], ada.who.base)
    await visitor.accept(await ada.invite("participant"))
    return await RoomPage.open(visitor, ada.session_id)


@pytest_asyncio.fixture(loop_scope="session")
async def sam(visitors: Visitors, pages: dict[str, Page], ada: RoomPage) -> RoomPage:
    """A spectator by invitation, in the same room."""
    visitor = visitors.sit_down("Sam", pages["Sam"], ada.who.base)
    await visitor.accept(await ada.invite("spectator"))
    return await RoomPage.open(visitor, ada.session_id)
