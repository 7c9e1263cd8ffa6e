"""One's own profile: name, picture, password; and signing in with Clerk instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.conftest import ServerFactory
from tests.e2e.room import RoomPage
from tests.e2e.test_looks import both_themes, looks
from tests.helpers.browsers import Theme, Visitor, Visitors
from tests.helpers.clerk import StandIn
from tests.helpers.people import PASSWORD
from tests.helpers.pictures import png

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NEW = "another correct horse"
LOADED = "(image) => image.complete && image.naturalWidth"


def profile_link(who: Visitor) -> Locator:
    return who.page.get_by_role("link", name="Your profile")


async def is_at_sessions(who: Visitor) -> None:
    await who.page.get_by_test_id("new-session").wait_for()


async def choose(who: Visitor, data: bytes, name: str = "me.png") -> None:
    await who.page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


@looks
async def test_a_name_and_a_picture_are_seen_wherever_the_person_is(
    visitors: Visitors, url: str, size: tuple[int, int], theme: Theme
) -> None:
    ada = await visitors.arrive("Ada Lovelace", url, size, theme)
    await ada.register()
    await profile_link(ada).click()
    await ada.sees("Name and picture")
    await both_themes(visitors, "1-profile", theme, ada)

    await choose(ada, b"no picture", "letter.txt")
    await ada.sees("no picture that the browser can read")
    await choose(ada, png(700))
    picture = ada.page.get_by_role("region", name="Name and picture").locator("img")
    assert await picture.evaluate(LOADED) == 128  # made small before it is sent
    await ada.page.get_by_label("Your name").fill("Augusta Ada King")
    await ada.page.get_by_role("button", name="Save").click()
    await ada.sees("Your profile is saved")
    await expect(profile_link(ada)).to_have_attribute(
        "aria-label", "Your profile, Augusta Ada King"
    )
    await both_themes(visitors, "2-profile-saved", theme, ada)
    address = await profile_link(ada).locator("img").get_attribute("src")
    assert address
    assert address.startswith("/api/pictures/")

    await ada.go("/sessions")
    room = await RoomPage.create(ada)
    row = room.part("people").locator("[data-person='Augusta Ada King'] img")
    await expect(row).to_have_attribute("src", address)

    await ada.go("/profile")
    await ada.page.get_by_role("button", name="Remove").click()
    await ada.page.get_by_role("button", name="Save").click()
    await ada.sees("Your profile is saved")
    await expect(profile_link(ada).locator("img")).to_have_count(0)
    await ada.go("/profile")
    await expect(ada.page.get_by_label("Your name")).to_have_value("Augusta Ada King")


async def test_a_changed_password_signs_out_elsewhere_and_not_here(
    visitors: Visitors, url: str
) -> None:
    ada = await visitors.arrive("Ada", url)
    await ada.register()
    email = (await ada.call("GET", "/api/auth/me"))["user"]["email"]
    elsewhere = await visitors.arrive("Phone", url, cookies=await ada.context.cookies())
    await elsewhere.go("/sessions")
    await is_at_sessions(elsewhere)

    await ada.go("/profile")
    for current, says in (("wrong password", "is wrong"), (PASSWORD, "is changed")):
        ada.expects(r"403 .*/api/auth/password")
        await ada.page.get_by_label("Current password").fill(current)
        await ada.page.get_by_label("New password").fill(NEW)
        await ada.page.get_by_role("button", name="Change the password").click()
        await ada.sees(says)
    await ada.go("/sessions")
    await is_at_sessions(ada)

    elsewhere.expects(r"401 ")
    await elsewhere.go("/sessions")
    await elsewhere.page.wait_for_url("**/signin?next=/sessions")
    await elsewhere.page.get_by_label("E-mail").fill(email)
    await elsewhere.page.get_by_label("Password").fill(NEW)
    await elsewhere.page.get_by_role("button", name="Sign in").click()
    await is_at_sessions(elsewhere)
    await elsewhere.go("/profile")
    await elsewhere.page.get_by_role("main").get_by_role("button", name="Sign out").click()
    await elsewhere.page.wait_for_url("**/signin")


async def test_a_guest_changes_the_name_and_nothing_else(visitors: Visitors, ada: RoomPage) -> None:
    grace = await visitors.arrive("Grace", ada.who.base)
    await grace.accept(await ada.invite("participant"))
    await grace.go("/profile")
    await grace.page.get_by_label("Your name").fill("Grace Hopper")
    await grace.page.get_by_role("button", name="Save").click()
    await grace.sees("Your profile is saved")
    await expect(grace.page.get_by_label("Current password")).to_have_count(0)


async def test_the_profile_of_nobody_leads_to_signing_in(visitors: Visitors, url: str) -> None:
    nobody = await visitors.arrive("Nobody", url)
    await nobody.go("/profile")
    await nobody.page.wait_for_url("**/signin?next=/profile")


# -- Clerk -------------------------------------------------------------------------------------


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[StandIn]:
    stand_in = StandIn(tmp_path / "clerk")
    yield stand_in.start()
    stand_in.stop()


@looks
async def test_people_sign_in_and_out_with_clerk(
    make_server: ServerFactory,
    clerk: StandIn,
    visitors: Visitors,  # after the server: they leave before it ends
    size: tuple[int, int],
    theme: Theme,
) -> None:
    clerk.add_user("user_ada", image_url=None)
    server = make_server(**clerk.settings()).start()
    ada = await visitors.arrive("Ada", server.url, size, theme, trusting=True)
    await ada.go("/profile")
    await ada.sees("Sign in to Stand-in")
    await both_themes(visitors, "1-signin", theme, ada)
    await ada.page.get_by_label("Identifier").fill("user_ada")
    await ada.page.get_by_role("button", name="Continue").click()

    await ada.page.wait_for_url("**/profile")
    await expect(ada.page.get_by_role("main")).to_contain_text("Ada Lovelace")
    await expect(ada.page.get_by_label("Current password")).to_have_count(0)
    await both_themes(visitors, "2-profile", theme, ada)
    await ada.page.get_by_role("button", name="Manage your account").click()
    await ada.sees("The profile of user_ada at Stand-in")
    await ada.page.keyboard.press("Escape")

    await ada.go("/sessions")
    room = await RoomPage.create(ada)
    await expect(room.part("role")).to_have_attribute("data-role", "host")

    await ada.go("/sessions")
    clerk.answers_with = 500  # a page that is open needs nothing of Clerk
    await ada.go("/sessions")
    await is_at_sessions(ada)
    clerk.answers_with = 200
    await ada.page.get_by_role("button", name="Sign out").click()
    await ada.page.wait_for_url("**/signin")
    await ada.sees("Sign in to Stand-in")
    ada.expects(r"401 ")
    await ada.go("/register")
    await ada.sees("Sign up for Stand-in")


async def test_clerk_being_away_is_told_and_can_be_tried_again(
    make_server: ServerFactory, clerk: StandIn, visitors: Visitors
) -> None:
    clerk.add_user("user_ada")
    server = make_server(**clerk.settings()).start()
    ada = await visitors.arrive("Ada", server.url, trusting=True)
    ada.expects(r"500 |net::ERR|503 ")
    clerk.answers_with = 500
    await ada.go("/signin")
    await ada.sees("Clerk's sign-in cannot be loaded")
    clerk.answers_with = 200
    await ada.page.get_by_role("button", name="Try again").click()
    await ada.page.get_by_label("Identifier").fill("user_ada")
    await ada.page.get_by_role("button", name="Continue").click()
    await is_at_sessions(ada)
