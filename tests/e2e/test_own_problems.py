"""Problems that people write themselves: the form, its mistakes and drafts, and an interview."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.room import RoomPage
from tests.helpers.browsers import Visitor, Visitors

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TITLE = "Largest Gap"
STATEMENT = "Find the **largest gap** between two neighbours of `heights`."
STARTER = """\
def largest_gap(heights: list[int]) -> int:
    # Write your solution here
    pass


if __name__ == "__main__":
    print(largest_gap([1, 4, 9]))
    print(largest_gap([2, 2]))
"""


class ProblemForm:
    """The form at `/problems/new` and `/problems/:id/edit`."""

    def __init__(self, who: Visitor) -> None:
        self.who = who
        self.page = who.page

    async def value(self, group: str, label: str, text: str) -> None:
        """Fills in a field of a row, such as "Visible test 1"."""
        row = self.page.get_by_role("group", name=group, exact=True)
        await row.get_by_label(label, exact=True).fill(text)

    async def fill_in(self, title: str = TITLE) -> None:
        """A whole problem without a mistake."""
        await self.page.get_by_label("Title").fill(title)
        await self.page.get_by_label("Topics").fill("array, our own")
        await self.page.get_by_label("What is to be done").fill(STATEMENT)
        await self.page.get_by_label("Name", exact=True).fill("largest gap")
        await self.page.get_by_label("Name 1").fill("heights")
        rows = [("Visible test 1", "[1, 4, 9]", "5"), ("Visible test 2", "[2, 2]", "0")]
        for group, heights, gap in [*rows, ("Hidden test 1", "[7, 1]", "6")]:
            await self.value(group, "heights", heights)
            await self.value(group, "expected", gap)

    async def save(self) -> None:
        await self.page.get_by_test_id("save-problem").click()

    async def is_wrong_at(self, group: str, label: str, message: str) -> None:
        """Waits until a field says what is wrong with it, and has the focus."""
        field = self.page.get_by_role("group", name=group, exact=True).get_by_label(label)
        await expect(field).to_be_focused()
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_accessible_description(message)


@pytest_asyncio.fixture(loop_scope="session")
async def author(visitors: Visitors, pages: dict[str, Page], url: str) -> Visitor:
    """Somebody with an account, at no page yet."""
    return visitors.sit_down("Ada", pages["Ada"], url)


async def test_an_own_problem_with_a_mistake_is_put_right_and_interviewed_with(
    author: Visitor, visitors: Visitors, pages: dict[str, Page], url: str
) -> None:
    author.expects(r"400 ")
    await author.go("/problems")
    await author.page.get_by_test_id("new-problem").click()
    form = ProblemForm(author)
    await form.fill_in()
    await expect(author.page.get_by_test_id("generated-starter")).to_have_text(STARTER)
    await expect(author.page.get_by_test_id("candidate-view")).to_contain_text("largest gap")
    await author.page.get_by_role("button", name="From the visible tests").click()
    await author.page.get_by_label("Explanation").first.fill("From 4 to 9 it is 5.")

    await form.value("Visible test 2", "heights", "2, 2")
    await form.save()
    await form.is_wrong_at("Visible test 2", "heights", "This is not JSON: write it like [3, 7].")
    await form.value("Visible test 2", "heights", '["2"]')
    await form.save()
    await form.is_wrong_at("Visible test 2", "heights", '["2"] is not integer[].')
    await form.value("Visible test 2", "heights", "[2, 2]")
    await form.save()

    room = await RoomPage(author).ready()
    assert author.page.url.partition("/problems/")[2].startswith("largest-gap")
    await room.shows(STARTER)
    await room.run_tests()
    await expect(room.part("case-1")).to_contain_text("heights = [2, 2]")
    await room.part("start-interview").click()
    await author.page.wait_for_url("**/sessions/*")
    await room.ready()
    grace = visitors.sit_down("Grace", pages["Grace"], url)
    await grace.accept(await room.invite("participant"))
    candidate = await RoomPage.open(grace, room.session_id)
    await candidate.shows(STARTER)
    for words in (TITLE, "largest gap", "From 4 to 9 it is 5."):
        await expect(candidate.part("problem")).to_contain_text(words)


async def test_a_draft_outlives_its_page_and_is_discarded_only_when_asked(author: Visitor) -> None:
    await author.go("/problems/new")
    title = author.page.get_by_label("Title")
    await title.fill("Half a thought")
    await author.page.get_by_role("link", name="Back to the problems").click()
    await author.sees("Leave without saving?")
    await author.page.get_by_role("button", name="Go on writing").click()
    await expect(title).to_have_value("Half a thought")
    await author.page.get_by_role("link", name="Back to the problems").click()
    await author.page.get_by_test_id("confirm-leave").click()
    await author.page.wait_for_url("**/problems")

    await author.go("/problems/new")
    await expect(title).to_have_value("Half a thought")
    await author.page.get_by_role("button", name="Discard it").click()
    await expect(title).to_have_value("")
    await author.go("/problems/new")
    await expect(title).to_have_value("")
    await expect(author.page.get_by_test_id("found-draft")).to_have_count(0)


async def test_an_own_problem_is_changed_and_deleted(author: Visitor) -> None:
    author.expects(r"404 ")
    form = ProblemForm(author)
    await author.go("/problems/new")
    await form.fill_in("To be changed")
    await form.save()
    await RoomPage(author).ready()
    await author.page.get_by_role("link", name="Edit this problem").click()
    await expect(author.page.get_by_label("What is to be done")).to_have_value(STATEMENT)
    await author.page.get_by_label("Title").fill("Changed")
    await author.page.get_by_role("button", name="Java", exact=True).click()
    await expect(author.page.get_by_test_id("generated-starter")).to_contain_text("largestGap(")
    await author.page.get_by_role("button", name="Change it").click()
    written = author.page.get_by_label("Starter in Java")
    await written.fill(f"// by hand\n{await written.input_value()}")
    await form.save()
    room = await RoomPage(author).ready()
    await expect(room.part("problem")).to_contain_text("Changed")

    await author.go("/problems?mine=true")
    row = author.page.get_by_role("listitem").filter(has_text="Changed")
    await expect(row).to_contain_text("Yours")
    await row.get_by_role("link", name="Edit Changed").click()
    await author.page.get_by_role("button", name="Java written by you").click()
    await expect(written).to_have_value(re.compile("^// by hand\n"))
    address = author.page.url.removesuffix("/edit")
    await author.page.get_by_test_id("delete-problem").click()
    await author.page.get_by_test_id("confirm-delete").click()
    await author.page.wait_for_url("**/problems?mine=true")
    await expect(row).to_have_count(0)
    await author.go(address)
    await author.sees("There is no such problem")


async def test_whoever_is_not_signed_in_is_led_to_the_form_by_way_of_signing_in(
    visitors: Visitors, url: str
) -> None:
    stray = await visitors.arrive("Stray", url)
    await stray.go("/problems/new")
    await stray.page.wait_for_url("**/signin?next=/problems/new")


async def test_anothers_problem_is_not_there_to_edit(
    author: Visitor, visitors: Visitors, url: str
) -> None:
    other = await visitors.arrive("Hedy", url)
    other.expects(r"404 |403 ")
    await other.register()
    await author.go("/problems/new")
    form = ProblemForm(author)
    await form.fill_in("Mine alone")
    await form.save()
    await RoomPage(author).ready()
    await other.go(author.page.url)
    await other.sees("There is no such problem")
    await other.go(f"{author.page.url}/edit")
    await expect(other.page.get_by_role("alert")).to_contain_text("There is no problem called")
