"""Tasks as Inngest's functions: where it is told to call them, and what becomes of failures."""

from __future__ import annotations

import httpx

from server.errors import StorageUnavailable
from server.jobs.base import Task
from server.jobs.served import inngest_app
from server.settings import Settings
from tests.jobs.inngest_side import SIGNING_KEY, InngestSide


async def broken() -> int:
    raise StorageUnavailable


def transport(task: Task, public_url: str = "") -> httpx.ASGITransport:
    settings = Settings(inngest_signing_key=SIGNING_KEY, public_url=public_url)
    return httpx.ASGITransport(inngest_app(settings, [task]))


async def test_functions_are_called_at_the_public_address() -> None:
    task = Task("broken", 60, "* * * * *", broken)
    request = InngestSide("http://10.0.0.7:8000").sync()
    served = transport(task, "https://interviews.example.com")
    async with httpx.AsyncClient(transport=served) as client:
        told = (await client.send(request)).json()
    url = told["functions"][0]["steps"]["step"]["runtime"]["url"]
    assert url.startswith("https://interviews.example.com/api/inngest?fnId=interview-room-broken")


async def test_a_task_that_fails_is_told_so_that_it_is_tried_again() -> None:
    task = Task("broken", 60, "* * * * *", broken)
    request = InngestSide("http://localhost").call("interview-room-broken")
    async with httpx.AsyncClient(transport=transport(task)) as client:
        answer = await client.send(request)
    assert answer.status_code == 500
    assert answer.headers.get("x-inngest-no-retry") is None
    assert (task.figures.errors, task.figures.runs) == (1, 0)
