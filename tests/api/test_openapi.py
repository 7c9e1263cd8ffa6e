"""Every route is described, and what is described is there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route

from server.api.answers import read_bytes
from server.api.endpoint import Endpoint
from server.api.openapi import document, endpoints
from server.app import create_app
from server.errors import RequestTimeout, StorageUnavailable
from server.settings import Settings
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, api, register
from tests.helpers.pictures import data_url, png
from tests.helpers.server import wait_until
from tests.helpers.stream import StreamService, stream_service

ROUTES = create_app(Settings()).routes
DESCRIBED = list(endpoints(ROUTES))
TAKING = [(path, each) for path, each in DESCRIBED if each.takes is not None]
READING = [path for path, each in DESCRIBED if each.method == "GET"]
LARGE = 512 * 1024  # above the longest body that any route takes
STORED = {path for path, each in DESCRIBED if StorageUnavailable in each.errors}


@pytest.fixture
def service() -> Iterator[StreamService]:
    with stream_service() as made:
        yield made


def every(routes: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        yield from every(list(route.routes)) if isinstance(route, Mount) else [route]


def filled(path: str, host: Person, session: str) -> str:
    """The path with real things in it."""
    known = {"id": session}
    if path.startswith("/api/pictures/"):
        user = host.call("PATCH", "/api/auth/me", {"profileImage": data_url(png())})["user"]
        known["id"] = user["profileImage"].rpartition("/")[2]
    if "{name}" in path:
        known["name"] = host.write_problem(f"For {path}")
    if "{token}" in path:
        known["token"] = host.invite(session)
    return path.format(**known)


def test_every_route_is_described() -> None:
    plain = [each for each in every(ROUTES) if isinstance(each, Route)]
    assert [each.path for each in plain if not isinstance(each, Endpoint)] == []


@pytest.mark.parametrize(("path", "endpoint"), DESCRIBED, ids=lambda value: str(value)[:60])
def test_every_description_says_something(path: str, endpoint: Endpoint) -> None:
    summary, description = endpoint.told
    assert re.fullmatch(r"[A-Z].*\.", summary), f"{path}: the handler's docstring is the summary"
    assert description == "" or description.endswith(".")


def test_names_are_unique_and_references_lead_somewhere(url: str) -> None:
    spec = api(url).get("/openapi.json").json()
    assert spec == document(ROUTES)
    names = [each["operationId"] for methods in spec["paths"].values() for each in methods.values()]
    assert len(set(names)) == len(names)
    schemas = spec["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/([\w.]+)", str(spec))) <= set(schemas)


@pytest.mark.parametrize(("path", "endpoint"), TAKING, ids=lambda value: str(value)[:60])
def test_no_body_may_be_large_however_it_is_sent(
    host: Person, path: str, endpoint: Endpoint
) -> None:
    address = filled(path, host, host.create_session()["_id"])

    def chunks() -> Iterator[bytes]:
        yield from [b" " * 1024] * (LARGE // 1024)

    for content in (b" " * LARGE, chunks()):
        answer = host.http.request(endpoint.method, address, content=content)
        assert answer.status_code == 413, answer.text
        assert answer.json()["code"] == "too_large"
        assert answer.headers["connection"] == "close"


async def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def nothing_more() -> Any:
        await asyncio.Event().wait()

    request = Request({"type": "http", "method": "POST", "headers": []}, nothing_more)
    with pytest.raises(RequestTimeout):
        await read_bytes(request, within=0.01)


async def test_without_its_database_the_server_says_so_everywhere_and_recovers(
    make_server: ServerFactory, tmp_path: Any, service: StreamService
) -> None:
    (tmp_path / "db").mkdir()
    database = DatabaseProcess(tmp_path / "db").start()
    try:
        # some routes are only there with it
        server = make_server(DB_URL=database.url, **service.settings()).start()
        host = register(server.url)
        session = host.create_session()["_id"]
        addresses = {path: filled(path, host, session) for path in READING}

        async def ask() -> dict[str, httpx.Response]:
            headers = {"Authorization": f"Bearer {host.token}"}
            async with httpx.AsyncClient(
                base_url=server.url, headers=headers, timeout=60
            ) as client:
                answers = await asyncio.gather(*map(client.get, addresses.values()))
            return dict(zip(addresses, answers, strict=True))

        well = await ask()
        assert {path for path, answer in well.items() if answer.status_code != 200} == set()
        database.kill()
        for path, answer in (await ask()).items():
            if path in STORED:
                assert answer.status_code == 503, path
                assert answer.json()["code"] == "storage_unavailable"
                assert int(answer.headers["retry-after"]) > 0
            else:
                assert answer.status_code == (503 if path == "/ready" else 200), path
        database.start()
        wait_until(server.is_ready, "the database to be found again")
        again = await ask()
        assert {path for path, answer in again.items() if answer.status_code != 200} == set()
    finally:
        database.kill()
