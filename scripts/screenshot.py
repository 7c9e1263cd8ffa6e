"""Takes docs/room.png: two people in a room of the real server, in real browsers.

Usage: python scripts/screenshot.py [FILE]   (after `make test` installed what tests need)
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.room import RoomPage  # noqa: E402
from tests.e2e.talk import Talk  # noqa: E402
from tests.helpers.browsers import Visitors, launched  # noqa: E402
from tests.helpers.server import ServerProcess  # noqa: E402

SOLUTION = """\
def two_sum(nums: list[int], target: int) -> list[int]:
    seen: dict[int, int] = {}
    for index, number in enumerate(nums):
        if target - number in seen:
            return [seen[target - number], index]
        seen[number] = index
    raise ValueError("no pair adds up to the target")


if __name__ == "__main__":
    print(two_sum([2, 7, 11, 15], 9))
    print(two_sum([3, 2, 4], 6))
    print(two_sum([3, 3], 6))
"""

SAID = [
    "Hi Grace! Take your time, and think aloud.",
    "Thanks! May I use a dictionary?",
    "Sure. What does it cost?",
    "One pass, and memory for n numbers.",
]


async def take(url: str, picture: Path) -> None:
    """Ada interviews, Grace solves, both write. Seen in another tab of Ada's, which names both."""
    async with launched() as browser:
        visitors = Visitors(browser, picture.parent)
        ada = await visitors.arrive("Ada Lovelace", url)
        await ada.register()
        host = await RoomPage.create(ada)
        grace = await visitors.arrive("Grace Hopper", url)
        await grace.accept(await host.invite("participant"))
        candidate = await RoomPage.open(grace, host.session_id)
        await candidate.replace_all(SOLUTION)
        await candidate.run()
        await candidate.verdict_is("ok")
        for number, text in enumerate(SAID):
            await Talk((host, candidate)[number % 2]).say(text)
            await Talk(host).shows(SAID[: number + 1])
        tab = visitors.sit_down("Ada Lovelace", await ada.context.new_page(), url)
        seen = await RoomPage.open(tab, host.session_id)
        await host.go_to_line(5)
        await host.press("Home", "Shift+End")
        await candidate.go_to_line(7)  # names show for a few seconds after a move
        await seen.sees_cursor("Ada Lovelace", line=5)
        await seen.sees_cursor("Grace Hopper", line=7)
        await seen.verdict_is("ok")
        await Talk(seen).shows(SAID)
        await tab.screenshot(picture)


def main() -> None:
    picture = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/room.png"
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder)).start()
        try:
            asyncio.run(take(server.url, picture.resolve()))
            print(f"{picture.name}: {picture.stat().st_size // 1024} kB")
        finally:
            server.close()


if __name__ == "__main__":
    main()
