"""The dashboard: it follows what others do, is filtered and paged, and survives the server."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Locator, expect

from tests.conftest import ServerFactory
from tests.e2e.room import RoomPage
from tests.helpers.browsers import OUTAGE, Visitor, Visitors
from tests.helpers.people import Person, accept_invite

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ROW = "[data-testid=session]"
FEW = [("two-sum", 7), ("number-of-islands", 3), ("minimum-window", 2)]


def row(visitor: Visitor, session_id: str) -> Locator:
    return visitor.page.locator(f"{ROW}[data-id='{session_id}']")


def seat(visitor: Visitor, session_id: str) -> Locator:
    return row(visitor, session_id).get_by_test_id("seat")


def recent(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region", name="Recent")


async def figure(visitor: Visitor, name: str, value: str) -> None:
    await expect(visitor.page.get_by_test_id(f"figure-{name}")).to_contain_text(value)


async def test_what_others_create_join_and_end_is_seen_without_reloading(
    visitors: Visitors, url: str, other: Person
) -> None:
    ada = await visitors.arrive("Ada", url)
    async with ada.page.expect_websocket(lambda socket: socket.url.endswith("/ws/live")) as live:
        await ada.register()
    news: list[str | bytes] = []
    (await live.value).on("framereceived", lambda message: news.append(message))
    await ada.page.evaluate("window.loadedOnce = true")
    await ada.sees("Live now")

    session = other.create_session()["_id"]
    await expect(seat(ada, session)).to_have_text("Open")
    await expect(row(ada, session)).to_contain_text("by Other Person")
    accept_invite(url, other.invite(session))
    await expect(seat(ada, session)).to_have_text("Full")
    await expect(row(ada, session).get_by_role("button")).to_have_count(0)
    await expect(row(ada, session)).not_to_contain_text("Grace")
    other.call("POST", f"/api/sessions/end/{session}")
    await expect(row(ada, session)).to_have_count(0)
    assert await ada.page.evaluate("window.loadedOnce")
    assert len(news) >= 3  # it was told, and did not just happen to ask


async def test_an_own_session_is_opened_rejoined_and_becomes_recent_by_itself(
    visitors: Visitors, url: str
) -> None:
    ada = await visitors.arrive("Ada", url)
    await ada.register()
    made = await ada.call("POST", "/api/sessions/create", {"problem": "two-sum"})
    session = made["session"]["_id"]
    await expect(row(ada, session).get_by_role("link")).to_have_text("Open")
    await expect(row(ada, session)).to_contain_text("nobody has joined yet")
    await figure(ada, "Active", "1")
    link = await ada.call("POST", f"/api/sessions/{session}/invites", {"role": "participant"})
    await asyncio.to_thread(accept_invite, url, link["token"])
    await expect(row(ada, session).get_by_role("link")).to_have_text("Rejoin")
    await expect(row(ada, session)).to_contain_text("with Grace")
    await figure(ada, "People met", "1")

    await ada.call("POST", f"/api/sessions/end/{session}", {})
    await expect(recent(ada).locator(f"[data-id='{session}']")).to_contain_text("Two Sum")
    await figure(ada, "Completed", "1")
    await ada.sees("No session is running")


async def test_an_open_session_of_somebody_else_is_joined_as_candidate(
    visitors: Visitors, url: str, other: Person
) -> None:
    session = other.create_session()["_id"]
    ada = await visitors.arrive("Ada", url)
    await ada.register()
    await row(ada, session).get_by_role("button", name="Join").click()
    room = await RoomPage(ada).ready()
    await expect(room.part("role")).to_have_attribute("data-role", "participant")


async def test_a_new_session_needs_the_keyboard_alone(visitors: Visitors, url: str) -> None:
    ada = await visitors.arrive("Ada", url)
    await ada.register()
    button = ada.page.get_by_test_id("new-session")
    await button.focus()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("radio").first).to_be_checked()
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)  # the focus is back before that
    await expect(button).to_be_focused()

    await ada.page.keyboard.press("Enter")
    await ada.page.keyboard.type("string")
    await expect(ada.page.get_by_label("Search problems")).to_have_value("string")
    for key in ("ArrowDown", "ArrowDown"):  # into the list, then to its second
        await ada.page.keyboard.press(key)
    await expect(ada.page.get_by_role("radio").nth(1)).to_be_checked()
    await ada.page.keyboard.press("Enter")
    await RoomPage(ada).ready()


async def test_recent_sessions_are_paged_and_found_by_filters(
    visitors: Visitors, url: str, other: Person
) -> None:
    ada = await visitors.arrive("Ada", url)
    await ada.register()
    for problem, times in FEW:
        for _ in range(times):
            made = await ada.call("POST", "/api/sessions/create", {"problem": problem})
            await ada.call("POST", f"/api/sessions/end/{made['session']['_id']}", {})
    joined = other.create_session()["_id"]
    await ada.call("POST", f"/api/sessions/join/{joined}", {})
    other.call("POST", f"/api/sessions/end/{joined}")

    part = recent(ada)
    rows = part.locator(ROW)
    await expect(rows).to_have_count(10)
    await expect(rows.first).to_have_attribute("data-id", joined)
    await part.get_by_role("button", name="Load more").click()
    await expect(rows).to_have_count(13)
    await expect(part.get_by_role("button", name="Load more")).to_have_count(0)

    await part.get_by_label("Role").select_option("participant")
    await expect(rows).to_have_count(1)
    await part.get_by_label("Role").select_option("")
    await part.get_by_label("Difficulty").select_option("hard")
    await expect(rows).to_have_count(2)
    await part.get_by_label("Search").fill("window")
    await expect(rows).to_have_count(2)
    await part.get_by_label("Search").fill("islands")
    await ada.sees("No session fits")
    await part.get_by_role("button", name="Show all of them").click()
    await expect(rows).to_have_count(13)


async def test_the_own_activity_is_drawn_told_and_in_a_table(visitors: Visitors, url: str) -> None:
    ada = await visitors.arrive("Ada", url)
    await ada.register()
    part = ada.page.get_by_role("region", name="Your activity")
    await expect(part).to_contain_text("Nothing in the last 30 days")
    await figure(ada, "Pass rate", "–")
    await figure(ada, "Pass rate", "no run judged yet")

    await ada.call("POST", "/api/sessions/create", {"problem": "two-sum"})
    cells = part.get_by_test_id("activity-table").locator("tbody tr").locator("td")
    await expect(cells).to_have_text(["1", "0", "0"])
    chart = part.get_by_role("img").first
    await expect(chart).to_have_accessible_name(
        "Sessions per day in the last 30 days: 1 session. The arrow keys go through the days."
    )
    await part.get_by_role("button", name="90 days").click()
    await chart.focus()
    await chart.press("ArrowLeft")  # from the right: today
    await expect(part.get_by_test_id("chart-hint")).to_contain_text("sessions1")
    await chart.press("ArrowLeft")
    await expect(part.get_by_test_id("chart-hint")).to_contain_text("sessions0")


async def test_parts_say_what_is_wrong_while_the_server_is_away_and_recover_by_themselves(
    make_server: ServerFactory, visitors: Visitors
) -> None:
    server = await asyncio.to_thread(make_server().start)
    ada = await visitors.arrive("Ada", server.url)
    ada.expects(OUTAGE)
    await ada.register()
    await ada.call("POST", "/api/sessions/create", {"problem": "two-sum"})
    made = await ada.call("POST", "/api/sessions/create", {"problem": "two-sum"})
    await ada.call("POST", f"/api/sessions/end/{made['session']['_id']}", {})
    await expect(recent(ada).locator(ROW)).to_have_count(1)
    await expect(ada.page.locator(ROW)).to_have_count(2)

    await asyncio.to_thread(server.stop)
    # what is asked for now has nothing to show; what was there stays, and says that it is old
    await recent(ada).get_by_label("Difficulty").select_option("easy")
    failed = recent(ada).get_by_role("alert")
    await expect(failed).to_contain_text("The server cannot be reached")
    live = ada.page.get_by_role("region", name="Live now")
    await expect(live.get_by_role("alert").first).to_contain_text("Not up to date")
    await expect(live.locator(ROW)).to_have_count(1)
    await visitors.shoot("away")

    await asyncio.to_thread(server.start)
    await expect(ada.page.get_by_role("alert")).to_have_count(0)
    await expect(ada.page.locator(ROW)).to_have_count(2)
