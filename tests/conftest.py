"""What many tests share: the real server, and the real database without one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from server.store.database import Database, new_id
from tests.helpers.embedded import Storage, storage_in
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, register
from tests.helpers.server import ServerProcess

ServerFactory = Callable[..., ServerProcess]


@pytest.fixture(scope="session")
def server_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests that leave it as it was; take `make_server` to break one."""
    server = ServerProcess(tmp_path_factory.mktemp("server"))
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def make_server(tmp_path: Path, database_process: DatabaseProcess) -> Iterator[ServerFactory]:
    """Makes servers of this test's own: `make_server(NAME="value")`, not started yet.

    Unless told otherwise they start quickly: with a database of the folder's own in a process
    that all share (`DB_URL=""`: the embedded one), and without running programs
    (`RUNNER="auto"`).
    """
    made: list[ServerProcess] = []
    test = new_id()

    def make(folder: str = "server", **settings: str) -> ServerProcess:
        if "DB_URL" not in settings:
            own = {"DB_URL": database_process.url, "DB_NAME": f"{folder}-{test}"}
            settings = own | settings
        made.append(ServerProcess(tmp_path / folder, **{"RUNNER": "off"} | settings))
        return made[-1]

    try:
        yield make
    finally:
        for server in made:
            server.close()


@pytest.fixture(scope="module")
def database_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseProcess]:
    """One database for all tests of a file that do not end it; each should take a name of its own
    in it. Not one for all files: with hundreds of databases it stood still for good, once."""
    process = DatabaseProcess(tmp_path_factory.mktemp("database"))
    try:
        yield process.start()
    finally:
        process.kill()


@pytest.fixture
def url(server_process: ServerProcess) -> str:
    return server_process.url


@pytest.fixture
def host(url: str) -> Person:
    """Somebody with an account."""
    return register(url, "Hedy Lamarr")


@pytest.fixture
def other(url: str) -> Person:
    """Somebody else with an account."""
    return register(url, "Other Person")


@pytest.fixture
async def database(database_process: DatabaseProcess) -> AsyncIterator[Database]:
    """A database of the test's own in a process that all share."""
    made = Database(database_process.url, f"test-{new_id()}")
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def away(tmp_path: Path) -> AsyncIterator[Storage]:
    """A database that can be taken away."""
    async with storage_in(tmp_path / "data") as storage:
        yield storage
