"""Rooms on a server where a program in another room does its worst."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ServerFactory
from tests.helpers.people import Person, register
from tests.helpers.rawclient import event, raw_client
from tests.helpers.runs import write

EDITS = 25

HOSTILE = {
    "forks": (
        "import os\nprint('on', flush=True)\n"
        "while True:\n    try: os.fork()\n    except OSError: pass\n"
    ),
    "computes": "import os\nprint('on', flush=True)\nos.fork(); os.fork()\nwhile True: pass\n",
    "writes": (
        "import os\nprint('on', flush=True)\n"
        "while True:\n"
        "    try: open(f'/tmp/{os.urandom(4).hex()}', 'wb').write(bytes(2**20))\n"
        "    except OSError: os.system('rm -f /tmp/*')\n"
    ),
    "prints": (
        "import time\nprint('on', flush=True)\n"
        "while True: print('.', flush=True); time.sleep(0.0005)\n"
    ),
}


@pytest.mark.parametrize("program", sorted(HOSTILE))
async def test_edits_are_saved_and_forwarded_while_a_program_does_its_worst(
    make_server: ServerFactory, program: str
) -> None:
    """It goes on until it is stopped here: also when all edits have arrived."""
    server = make_server(RUNNER="auto", RUN_WALL_SECONDS="300", RUN_CPU_SECONDS="300").start()
    host = register(server.url)
    hostile, quiet = (str(host.create_session()["_id"]) for _ in range(2))
    write(server.url, host, hostile, "main.py", HOSTILE[program])
    async with (
        raw_client(server, hostile, host.ticket(hostile), events="1") as watcher,
        raw_client(server, quiet, host.ticket(quiet), events="1") as writer,
        raw_client(server, quiet, host.ticket(quiet), events="1") as reader,
    ):
        for client in (watcher, writer, reader):
            await client.sync()
        run = host.call("POST", f"/api/sessions/{hostile}/runs", {"language": "python"})["run"]
        assert "on" in (await watcher.event("run.output"))["text"]
        for number in range(EDITS):
            await writer.type(f"# edit {number}\n")
        saved = 0
        while saved < EDITS:
            saved = (await writer.event("saved"))["frames"]
        await reader.until(lambda _: f"# edit {EDITS - 1}\n" in reader.text)
        assert all(f"# edit {number}\n" in reader.text for number in range(EDITS))
        assert newest(host, hostile)["status"] == "running"
        await watcher.send(event({"type": "run.stop", "id": run["_id"]}))
        assert (await watcher.event("run.finished"))["run"]["verdict"] == "stopped"


def newest(person: Person, session: str) -> dict[str, Any]:
    run: dict[str, Any] = person.call("GET", f"/api/sessions/{session}/runs")["runs"][-1]
    return run
