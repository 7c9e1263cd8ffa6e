"""The page of the API: made of the server's own description, on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.test_looks import both_themes, looks
from tests.helpers.browsers import Theme, Visitors

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@looks
async def test_the_api_can_be_read(
    visitors: Visitors, url: str, size: tuple[int, int], theme: Theme
) -> None:
    ada = await visitors.arrive("Ada", url, size, theme)
    await ada.go("/docs#runs.start")
    page = ada.page
    linked = page.locator("[id='runs.start']")
    await expect(linked.get_by_text("stdin", exact=True)).to_be_visible()
    await expect(linked.get_by_text("run_busy")).to_be_visible()
    await expect(linked.locator("pre")).to_contain_text(f"{url}/api/sessions/{{id}}/runs")
    await both_themes(visitors, "1-linked", theme, ada)
    await page.get_by_label("Find an operation").fill("post ticket")
    await expect(page.locator("details")).to_have_count(1)
    await page.get_by_label("Find an operation").fill("no such thing")
    await ada.sees("No operation has these words")
    await page.get_by_label("Find an operation").fill("")
    await page.evaluate("window.scrollTo(0, 0)")
    await both_themes(visitors, "2-all", theme, ada)
