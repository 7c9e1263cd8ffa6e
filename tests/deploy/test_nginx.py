"""Behind the nginx configurations that we give people, with the real nginx."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from server.store.database import DOCUMENTS, Database, new_id
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.nginx import nginx
from tests.helpers.people import Person, accept_invite, bearer, browser, register
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
    database: Database

    async def of(self, worker: ServerProcess) -> set[str]:
        """The sessions this worker has open, as it tells the others."""
        (name,) = (file.read_text() for file in worker.data_dir.glob("worker-*"))
        rows = self.database.collection(DOCUMENTS).find({"open": name})
        return {row["_id"] async for row in rows}

    def texts(self, worker: ServerProcess, person: Person, session: str) -> list[str]:
        """Its files as this worker shows them when it is asked without the proxy."""
        path = f"{worker.url}/api/sessions/{session}/files"
        answer = httpx.get(path, headers=bearer(person.token)).raise_for_status()
        return [file["text"] for file in answer.json()["files"]]


@pytest.fixture
async def cluster(
    make_server: ServerFactory, database_process: DatabaseProcess, tmp_path: Path
) -> AsyncIterator[Cluster]:
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
        database = Database(shared["DB_URL"], shared["DB_NAME"])
        yield Cluster(Behind(url), workers, folder, database)
        await database.close()


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
        shares = [await cluster.of(worker) for worker in cluster.workers]
        assert sum(map(len, shares)) == SESSIONS
        assert all(shares)
        assert set().union(*shares) == set(sessions)
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


async def test_a_worker_that_was_killed_has_its_sessions_again_with_all_that_was_saved(
    cluster: Cluster,
) -> None:
    host = register(cluster.proxy.url)
    sessions = [host.create_session()["_id"] for _ in range(SESSIONS)]
    async with AsyncExitStack() as stack:
        for session in sessions:
            client = await joined(stack, cluster.proxy, host, session)
            await client.type("# saved\n")
            while (await client.event("saved"))["frames"] < 1:
                pass
    victim, other = cluster.workers
    theirs = await cluster.of(victim)
    assert theirs
    victim.kill()
    for session in sessions:
        answer = host.http.get(f"/api/sessions/{session}/files")
        assert answer.status_code == (502 if session in theirs else 200)
    host.call("GET", "/api/sessions/active")  # which any worker may answer
    for session in theirs:  # whoever opens it has everything, without waiting for anybody
        texts = cluster.texts(other, host, session)
        assert any(text.startswith("# saved\n") for text in texts)
    victim.start()
    wait_until(victim.is_ready, "the worker to be back")
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
