"""Behind the nginx configurations that we give people, with the real nginx."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from crdt.errors import CloseCode
from server.store.database import new_id
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.nginx import nginx
from tests.helpers.people import Person, accept_invite, browser, register
from tests.helpers.rawclient import RawClient, raw_client
from tests.helpers.server import ROOT, ServerProcess, wait_until

SESSIONS = 20  # so many that both workers have some


@dataclass
class Behind:
    """What `raw_client` asks of a server: where it is, here through the proxy."""

    url: str

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)


@dataclass
class Cluster:
    proxy: Behind
    workers: list[ServerProcess]
    folder: Path


@pytest.fixture
def cluster(
    make_server: ServerFactory, database_process: DatabaseProcess, tmp_path: Path
) -> Iterator[Cluster]:
    """Two workers on one database behind deploy/nginx.conf."""
    shared = {"DB_URL": database_process.url, "DB_NAME": f"nginx-{new_id()}", "RUNNER": "off"}
    shared["SECRET_KEY"] = "one secret for all workers of the cluster"
    workers = [make_server(name, **shared).start() for name in ("one", "two")]
    config = (ROOT / "deploy/nginx.conf").read_text()
    places = {
        f"worker{number}:8000": worker.url.removeprefix("http://")
        for number, worker in enumerate(workers, 1)
    }
    folder = tmp_path / "nginx"
    folder.mkdir()
    with nginx(folder, config, places) as url:
        yield Cluster(Behind(url), workers, folder)


async def joined(
    stack: AsyncExitStack, server: Behind | ServerProcess, person: Person, session: str
) -> RawClient:
    client = await stack.enter_async_context(
        raw_client(server, session, person.ticket(session), events="1")
    )
    await client.sync()
    return client


async def test_each_session_is_with_one_worker_and_both_have_some(cluster: Cluster) -> None:
    host = register(cluster.proxy.url)
    sessions = [host.create_session()["_id"] for _ in range(SESSIONS)]
    async with AsyncExitStack() as stack:
        for session in sessions:
            guest = accept_invite(cluster.proxy.url, host.invite(session))
            writer = await joined(stack, cluster.proxy, guest, session)
            reader = await joined(stack, cluster.proxy, host, session)
            await writer.type(f"# {session}\n")
            await reader.until(lambda _, reader=reader: reader.text.startswith("# "))
            assert reader.text == writer.text
            # REST comes to the same room
            files = host.call("GET", f"/api/sessions/{session}/files")["files"]
            assert any(file["text"].startswith(f"# {session}") for file in files)
        shares = [
            sum(answered_by(worker, session) > 0 for session in sessions)
            for worker in cluster.workers
        ]
        assert sum(shares) == SESSIONS
        assert all(shares)
        host.call("POST", f"/api/sessions/end/{session}")
        await reader.event("session.ended")
    log = (cluster.folder / "stdout.log").read_text()
    assert f"/ws/rooms/{sessions[0]}" in log
    assert "ticket" not in log.replace("/ticket", "")


def test_the_address_that_counts_is_the_last_one_that_is_no_proxys(cluster: Cluster) -> None:
    """This test connects from a private address, as the proxy does that ends TLS."""
    for forwarded in (
        "203.0.113.7",
        "198.51.100.1, 203.0.113.8",  # the first is what the client claims
        "203.0.113.9, 10.1.2.3",  # of two proxies
    ):
        httpx.get(f"{cluster.proxy.url}/api/x", headers={"X-Forwarded-For": forwarded})
    log = (cluster.folder / "stdout.log").read_text()
    assert re.findall(r"^(\S+) .*/api/x", log, re.MULTILINE) == [
        "203.0.113.7",
        "203.0.113.8",
        "203.0.113.9",
    ]


def test_people_behind_another_proxy_do_not_share_their_limits(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    server = make_server(RATE_LIMITS="on", RUNNER="off").start()
    config = (ROOT / "deploy/nginx.conf").read_text()
    place = server.url.removeprefix("http://")
    folder = tmp_path / "nginx"
    folder.mkdir()

    def answer(url: str, address: str) -> int:
        body = {"email": f"{new_id()}@example.com", "password": "wrong password"}
        headers = {"X-Forwarded-For": address}
        return httpx.post(f"{url}/api/auth/login", json=body, headers=headers).status_code

    with nginx(folder, config, {"worker1:8000": place, "worker2:8000": place}) as url:
        # 60 a minute; on a slow machine a minute ends in between
        assert any(answer(url, "203.0.113.7") == 429 for _ in range(200))
        assert answer(url, "203.0.113.8") == 401


async def typed_in_all(cluster: Cluster, host: Person) -> list[str]:
    """Sessions with something saved in each, and nobody in them any more."""
    sessions = [host.create_session()["_id"] for _ in range(SESSIONS)]
    async with AsyncExitStack() as stack:
        for session in sessions:
            client = await joined(stack, cluster.proxy, host, session)
            await client.type("# saved\n")
            while (await client.event("saved"))["frames"] < 1:
                pass
    return sessions


def answered_by(worker: ServerProcess, session: str) -> int:
    """How many requests for a ticket of this session it has answered since it was started."""
    return worker.output.count(f"/api/sessions/{session}/ticket")


async def test_who_is_with_a_worker_that_stops_goes_to_the_other_one_at_once(
    cluster: Cluster,
) -> None:
    host = register(cluster.proxy.url)
    sessions = await typed_in_all(cluster, host)
    stopped, other = cluster.workers
    theirs = [session for session in sessions if answered_by(stopped, session)]
    assert theirs
    async with AsyncExitStack() as stack:
        clients = [await joined(stack, cluster.proxy, host, session) for session in theirs]
        stopping = asyncio.create_task(asyncio.to_thread(stopped.stop))
        assert {await client.close_code() for client in clients} == {CloseCode.RESTARTING}
        assert await stopping == 0
        for session in theirs:
            again = await joined(stack, cluster.proxy, host, session)
            assert again.text.startswith("# saved\n")
            wait_until(partial(answered_by, other, session), "the other one to have answered")
    host.call("GET", "/api/sessions/active")  # which any worker may answer


async def test_a_worker_that_is_back_has_its_sessions_again_with_all_that_was_saved(
    cluster: Cluster,
) -> None:
    host = register(cluster.proxy.url)
    sessions = await typed_in_all(cluster, host)
    victim, other = cluster.workers
    theirs = [session for session in sessions if answered_by(victim, session)]
    victim.kill()
    for session in sessions:  # the other one answers, for nothing is there that takes connections
        host.ticket(session)
        wait_until(partial(answered_by, other, session), "the other one to have answered")
    victim.start()

    def back() -> bool:
        for session in theirs:
            host.ticket(session)
        return all(answered_by(victim, session) for session in theirs)

    wait_until(back, "its sessions to be with it again")
    for session in theirs:
        files = host.call("GET", f"/api/sessions/{session}/files")["files"]
        assert any(file["text"].startswith("# saved\n") for file in files)


async def test_the_example_for_one_server_carries_rooms_and_cookies(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    page = (ROOT / "docs/PROXY.md").read_text()
    (example,) = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    config = f"events {{}}\nhttp {{\n    error_log /dev/stderr;\n{example}}}\n"
    places = {"127.0.0.1:8000": server_process.url.removeprefix("http://")}
    with nginx(tmp_path, config, places) as url:
        host = register(url)
        session = host.create_session()["_id"]
        async with AsyncExitStack() as stack:
            one = await joined(stack, Behind(url), host, session)
            two = await joined(stack, server_process, host, session)
            await one.type("through the proxy ")
            await two.until(lambda _: two.text.startswith("through"))
        with browser(url) as page_of_ours:  # its Origin is the proxy's address, and taken
            body = {"email": host.user["email"], "password": "wrong password"}
            assert page_of_ours.post("/api/auth/login", json=body).status_code == 401
