"""The embedded database: a child process that is always there, and gone with us."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.errors import StartupError, StorageUnavailable
from server.store.database import Database, new_id, reaching_storage
from server.store.embedded import EmbeddedDatabase
from tests.helpers.processes import alive


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[EmbeddedDatabase]:
    database = EmbeddedDatabase(tmp_path / "data")
    yield database
    await database.stop()


def pid_of(embedded: EmbeddedDatabase) -> int:
    assert embedded.pid is not None
    return embedded.pid


async def test_what_was_acknowledged_survives_kill_9_and_the_driver_finds_it_again(
    embedded: EmbeddedDatabase,
) -> None:
    database = Database(await embedded.start(), "test")
    rows = database.collection("rows")
    written = [new_id() for _ in range(100)]
    for row in written:
        await rows.insert_one({"_id": row})
    killed = pid_of(embedded)
    os.kill(killed, signal.SIGKILL)
    while True:
        try:
            with reaching_storage():
                found = [row["_id"] async for row in rows.find().sort("_id")]
            break
        except StorageUnavailable:
            continue  # each try waits some seconds for it to come back
    assert found == written
    assert pid_of(embedded) != killed
    await database.close()


async def test_stopping_leaves_no_process_and_keeps_the_data(embedded: EmbeddedDatabase) -> None:
    database = Database(await embedded.start(), "test")
    await database.collection("rows").insert_one({"_id": "kept"})
    await database.close()
    pid = pid_of(embedded)
    await embedded.stop()
    assert not alive(pid)
    assert embedded.pid is None
    database = Database(await embedded.start(), "test")
    assert await database.collection("rows").find_one() == {"_id": "kept"}
    await database.close()


async def test_a_second_server_on_the_same_data_is_told_so(
    embedded: EmbeddedDatabase, tmp_path: Path
) -> None:
    await embedded.start()
    second = EmbeddedDatabase(tmp_path / "data")
    with pytest.raises(StartupError) as raised:
        await second.start()
    assert str(raised.value) == (
        f"Another server (process {os.getpid()}) already uses the data in {tmp_path / 'data'}: "
        "stop it, or set DATA_DIR to another folder."
    )
    assert alive(pid_of(embedded))


async def test_data_it_cannot_read_is_told_with_the_log_to_look_at(
    embedded: EmbeddedDatabase, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "db").write_text("a file where the folder should be")
    with pytest.raises(StartupError) as raised:
        await embedded.start()
    assert str(tmp_path / "data" / "db.log") in str(raised.value)
    assert embedded.pid is None
