"""Coming in: an account, a session, a link; and every way a link or a sign-in can be no good."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from playwright.async_api import Route, expect

from tests.e2e.room import RoomPage
from tests.helpers.browsers import Visitor, Visitors

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_candidate_is_in_by_link_and_name_alone(visitors: Visitors, url: str) -> None:
    ada = await visitors.arrive("Ada", url)
    await ada.register()
    room = await RoomPage.create(ada, "Reverse String")
    link = await room.invite("participant")

    grace = await visitors.arrive("Grace", url)
    await grace.go(link)
    await grace.sees("invites you to an interview")
    await expect(grace.page.get_by_role("heading", name="Reverse String")).to_be_visible()
    joined = await RoomPage.enter(grace, link)

    await expect(room.person("Grace")).to_have_attribute("data-role", "participant")
    await expect(joined.person("Ada")).to_have_attribute("data-role", "host")
    await expect(joined.part("role")).to_have_attribute("data-role", "participant")
    await expect(joined.part("problem")).to_contain_text("Reverse String")
    await expect(joined.part("end-session")).to_have_count(0)
    assert await joined.text() == await room.text() == (await room.stored()).rstrip("\n") + "\n"


async def test_a_problem_is_found_by_search_topic_and_difficulty(
    visitors: Visitors, url: str
) -> None:
    ada = await visitors.arrive("Ada", url)
    await ada.register()
    await _opened_before_its_problems_came(ada)
    problems = ada.page.get_by_role("radio")
    await expect(problems.first).to_be_checked()
    everything = await problems.count()
    search = ada.page.get_by_label("Search problems")
    # of the page itself: whether its window is in front is the machine's business
    assert await search.evaluate("element => element === document.activeElement")

    await search.fill("no such problem")
    await ada.sees("No problem fits")
    await expect(ada.page.get_by_test_id("create-session")).to_be_disabled()
    await ada.page.get_by_role("button", name="Show all of them").click()
    await expect(problems).to_have_count(everything)

    await ada.page.get_by_label("Difficulty", exact=True).select_option("hard")
    await ada.page.get_by_label("Topic").select_option("sliding window")
    await expect(problems).to_have_count(1)
    await search.fill("window minimum")
    await expect(problems.first).to_be_checked()
    await ada.page.get_by_test_id("create-session").click()
    room = await RoomPage(ada).ready()
    await expect(room.part("problem")).to_contain_text("Minimum Window")


async def _opened_before_its_problems_came(ada: Visitor) -> None:
    """The slow way to the list: a dialog that opened without a search has none to focus."""
    opened = asyncio.Event()

    async def late(route: Route) -> None:
        await opened.wait()
        await route.continue_()

    await ada.page.route("**/api/problems", late)
    await ada.page.get_by_test_id("new-session").click()
    await expect(ada.page.get_by_role("dialog")).to_be_visible()
    opened.set()


async def test_a_second_candidate_is_told_that_the_seat_is_taken(
    visitors: Visitors, ada: RoomPage, grace: RoomPage
) -> None:
    late = await visitors.arrive("Late", ada.who.base)
    late.expects(r"409 \(Conflict\)")
    await late.go(await ada.invite("participant"))
    await late.page.get_by_label("Your name").fill("Late")
    await late.page.get_by_role("button", name="Join the interview").click()
    await expect(late.page.get_by_role("alert")).to_contain_text("already being interviewed")
    await expect(ada.person("Late")).to_have_count(0)


async def test_a_candidate_whose_answer_was_lost_is_not_locked_out_by_themselves(
    visitors: Visitors, ada: RoomPage
) -> None:
    late = await visitors.arrive("Late", ada.who.base)
    late.expects("ERR_FAILED")
    link = await ada.invite("participant")

    async def lose_the_answer(route: Route) -> None:
        request = route.request  # sent on without the browser, which so gets no cookie
        async with httpx.AsyncClient() as client:
            headers = {"Content-Type": "application/json"}
            answer = await client.post(request.url, content=request.post_data, headers=headers)
        assert answer.status_code == 200
        await route.abort()

    await late.page.route("**/accept", lose_the_answer, times=1)
    await late.go(link)
    await late.page.get_by_label("Your name").fill("Late")
    await late.page.get_by_role("button", name="Join the interview").click()
    await expect(late.page.get_by_role("alert")).to_be_visible()
    await late.page.reload()
    await RoomPage.enter(late, link)
    await expect(ada.person("Late")).to_have_attribute("data-role", "participant")


async def test_an_account_that_opens_an_invitation_keeps_its_name(
    visitors: Visitors, ada: RoomPage
) -> None:
    hedy = await visitors.arrive("Hedy", ada.who.base)
    await hedy.register()
    await hedy.go(await ada.invite("participant"))
    await hedy.sees("You join as")
    await hedy.page.get_by_role("button", name="Join the interview").click()
    await RoomPage(hedy).ready()
    await expect(ada.person("Hedy")).to_be_visible()


async def test_the_host_who_opens_their_own_invitation_is_led_back(ada: RoomPage) -> None:
    room = ada.page.url
    await ada.who.go(await ada.invite("participant"))
    await ada.who.sees("This is your own session")
    await ada.page.get_by_role("link", name="To the room").click()
    await ada.page.wait_for_url(room)
    await ada.ready()


async def test_a_broken_link_says_so_and_what_to_do(visitors: Visitors, ada: RoomPage) -> None:
    link = await ada.invite("participant")
    cut_short, altered = link[:-20], link[:-10] + link[-10:].swapcase()
    stray = await visitors.arrive("Stray", ada.who.base)
    stray.expects(r"(400|401|404|410) .*/api/invites/")
    for broken in (cut_short, altered, link.rpartition("/")[0] + "/what"):
        await stray.go(broken)
        await stray.sees("This link does not work")
        await stray.sees("Ask whoever invited you for a new link")


async def test_an_address_that_is_no_page_says_so(visitors: Visitors, url: str) -> None:
    stray = await visitors.arrive("Stray", url)
    await stray.go("/sesions/what")
    await stray.sees("Nothing is here")


async def test_a_room_that_does_not_exist_says_so(ada: RoomPage) -> None:
    ada.who.expects(r"404 ")
    await ada.who.go("/sessions/000000000000000000000000")
    await ada.is_in_state("refused")
    await ada.who.sees("You cannot open this session")
    await ada.page.get_by_role("link", name="To the sessions").click()
    await ada.who.sees("Live now")


async def test_a_room_is_closed_to_who_is_not_signed_in_or_not_invited(
    visitors: Visitors, ada: RoomPage
) -> None:
    nobody = await visitors.arrive("Nobody", ada.who.base)
    nobody.expects(r"401 ")
    await nobody.go(f"/sessions/{ada.session_id}")
    await nobody.sees("Sign in to open this session")

    foreign = await visitors.arrive("Foreign", ada.who.base)
    foreign.expects(r"403 ")
    await foreign.register()
    await foreign.go(f"/sessions/{ada.session_id}")
    await foreign.sees("You cannot open this session")
    await expect(foreign.page.locator(".monaco-editor")).to_have_count(0)


async def test_a_cookie_that_is_no_good_leads_to_signing_in(
    visitors: Visitors, ada: RoomPage
) -> None:
    lapsed = await visitors.arrive("Lapsed", ada.who.base)
    lapsed.expects(r"401 ")
    good = (await ada.who.context.cookies())[0]
    signed = str(good.get("value"))
    for bad in ("nonsense", signed[:-6] + signed[-6:].swapcase()):
        await lapsed.context.add_cookies(
            [{"name": str(good.get("name")), "value": bad, "url": ada.who.base}]
        )
        await lapsed.go("/sessions")
        await lapsed.page.wait_for_url("**/signin?next=/sessions")
        await lapsed.go(f"/sessions/{ada.session_id}")
        await lapsed.sees("Sign in to open this session")


async def test_who_could_not_load_the_app_is_told_and_loads_it_again(
    visitors: Visitors, url: str
) -> None:
    grace = await visitors.arrive("Grace", url)
    grace.expects(r"ERR_FAILED .*/assets/")
    script = re.compile(r"/assets/jsx-runtime-.*\.js")  # one that the app's own needs
    await grace.page.route(script, lambda route: route.abort())
    await grace.go("/register")
    again = grace.page.get_by_role("alert").get_by_role("button", name="Load it again")
    await expect(again).to_be_in_viewport()
    await grace.sees("This page could not be loaded")
    await visitors.shoot("not-loaded")
    await grace.page.unroute(script)
    await again.click()
    await grace.page.get_by_label("Your name").wait_for()
    await expect(again).to_have_count(0)
