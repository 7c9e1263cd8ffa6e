"""`interview export`: a session as JSON and Markdown, with the server running and without."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.commands import export as command
from server.commands import markdown
from server.settings import Settings
from server.store.database import Database, new_id, now
from server.store.runs import Runs
from tests.conftest import ServerFactory
from tests.helpers.command import interview, refused
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, accept_invite, register
from tests.helpers.rawclient import event, raw_client
from tests.helpers.server import ServerProcess, wait_until

NOBODY = "0" * 24


async def typed(server: ServerProcess, person: Person, session: str, text: str) -> None:
    """Types into main.py and waits until it is saved."""
    ticket = person.ticket(session)
    async with raw_client(server, session, ticket, events="1") as client:
        await client.sync()
        await client.type(text)
        while (await client.event("saved"))["frames"] < 1:
            pass


def ran(host: Person, session: str) -> dict[str, Any]:
    """Runs main.py; the run when it has ended."""
    host.call("POST", f"/api/sessions/{session}/runs", {"language": "python"})

    def newest() -> dict[str, Any]:
        run: dict[str, Any] = host.call("GET", f"/api/sessions/{session}/runs")["runs"][-1]
        return run

    wait_until(lambda: newest()["status"] == "finished", "the run to end")
    return newest()


def exported(folder: Path, session: str) -> dict[str, Any]:
    run = interview(folder, "export", session)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def main_py(export: dict[str, Any]) -> str:
    (text,) = [file["text"] for file in export["files"] if file["path"] == "main.py"]
    return str(text)


async def test_a_session_is_exported_while_it_goes_on_and_after_the_server_stopped(
    make_server: ServerFactory,
) -> None:
    server = make_server(RUNNER="auto").start()
    host = register(server.url, "Hedy", "hedy@example.com")
    session = host.create_session()["_id"]
    guest = accept_invite(server.url, host.invite(session), "Grace")
    watching = accept_invite(server.url, host.invite(session, "spectator"), "Spec")
    await typed(server, guest, session, "print('héllo')  # ```\n")
    run = ran(host, session)

    live = exported(server.folder, session)
    assert (live["format"], live["version"]) == ("interview-room/session", 1)
    assert live["session"]["_id"] == session
    assert live["session"]["status"] == "active"
    assert [(each["_id"], each["role"], each["kind"]) for each in live["people"]] == [
        (host.id, "host", "user"),
        (guest.id, "participant", "guest"),
        (watching.id, "spectator", "guest"),
    ]
    assert live["people"][0]["email"] == "hedy@example.com"
    assert live["problem"]["title"] == live["session"]["problem"]
    assert "hiddenTests" not in live["problem"]
    assert main_py(live).startswith("print('héllo')  # ```\n")
    assert {file["path"] for file in live["files"]} == {"main.py", "main.js", "Main.java"}
    assert live["runs"] == [run]
    assert "password" not in json.dumps(live["people"])

    # the room is untouched by the reading, and what comes later is read later
    await typed(server, guest, session, "# more\n")
    assert main_py(exported(server.folder, session)).startswith("# more\nprint")
    server.stop()
    stopped = exported(server.folder, session)
    assert main_py(stopped).startswith("# more\nprint")
    assert stopped["runs"] == live["runs"]


async def test_what_a_killed_server_had_saved_is_exported_and_left_for_its_next_start(
    make_server: ServerFactory,
) -> None:
    server = make_server().start()
    host = register(server.url)
    session = host.create_session()["_id"]
    await typed(server, host, session, "# saved\n")
    server.kill()
    for _ in range(2):
        assert main_py(exported(server.folder, session)).startswith("# saved\n")
    server.start()
    files = host.call("GET", f"/api/sessions/{session}/files")["files"]
    assert any(file["text"].startswith("# saved\n") for file in files)


async def test_a_run_that_a_crash_interrupted_is_exported_as_one_that_failed(
    make_server: ServerFactory,
) -> None:
    server = make_server(RUNNER="auto").start()
    host = register(server.url)
    session = host.create_session()["_id"]
    await typed(server, host, session, "input()\n")  # and waits for it
    host.call("POST", f"/api/sessions/{session}/runs", {"language": "python"})

    def told() -> tuple[str, str | None]:
        (run,) = exported(server.folder, session)["runs"]
        return run["status"], run["verdict"]

    over = ("finished", "failed")
    assert told() != over, "it goes on"
    server.kill()
    assert told() == over
    server.start()  # on the same data: it ends what it left
    assert told() == over
    text = interview(server.folder, "export", session, "--format", "markdown").stdout
    assert "### 1. main.py by Ada: failed\n" in text


@pytest.mark.parametrize(("age", "status"), [(5, "queued"), (3600, "finished")])
async def test_a_run_older_than_any_can_be_is_not_going_on(
    make_server: ServerFactory, database_process: DatabaseProcess, age: int, status: str
) -> None:
    name = f"export-{age}"
    server = make_server(DB_URL=database_process.url, DB_NAME=name).start()
    session = register(server.url).create_session()["_id"]
    database = Database(database_process.url, name)
    began = (now() - timedelta(seconds=age)).isoformat().replace("+00:00", "Z")
    run = {"_id": new_id(), "session": session, "status": "queued", "createdAt": began}
    await Runs(database).save(run)
    (found,) = (await command.exported(database, Settings(), session))["runs"]
    assert found["status"] == status
    await database.close()


async def test_markdown_reads_well_and_goes_into_a_file(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    server = make_server(RUNNER="auto").start()
    host = register(server.url, "Hedy *L*", "hedy@example.com")
    session = host.create_session()["_id"]
    await typed(server, host, session, "print('x' * 5000)\n# ```` here\n")
    ran(host, session)
    target = tmp_path / "session.md"
    run = interview(
        server.folder, "export", session, "--format", "markdown", "--output", str(target)
    )
    assert (run.returncode, run.stdout) == (0, "")
    text = target.read_text()
    assert text.startswith("# Two Sum\n\n- Session: `" + session)
    assert "- Hedy \\*L\\*: host, hedy@example.com" in text
    assert "\n`````python\nprint('x' * 5000)\n# ```` here\n" in text
    assert "more characters are left out here" in text
    assert "x" * markdown.OUTPUT_CHARACTERS in text
    assert "x" * (markdown.OUTPUT_CHARACTERS + 1) not in text


async def test_the_chat_is_exported_with_the_channel_of_every_message(
    make_server: ServerFactory,
) -> None:
    server = make_server().start()
    host = register(server.url, "Hedy *L*")
    session = host.create_session()["_id"]
    said = [("everybody", "hello\n# no heading"), ("staff", "```\nnot yet\n```")]
    async with raw_client(server, session, host.ticket(session), events="1") as client:
        await client.sync()
        await client.event("hello")
        for channel, text in said:
            key = new_id()
            written = {"type": "chat.send", "channel": channel, "text": text, "key": key}
            await client.send(event(written))
            assert (await client.event("chat.message"))["message"]["key"] == key
    chat = exported(server.folder, session)["chat"]
    assert [(each["channel"], each["text"], each["number"]) for each in chat] == [
        (*said[0], 1),
        (*said[1], 1),
    ]
    text = interview(server.folder, "export", session, "--format", "markdown").stdout
    _, _, shown = text.partition("## Chat\n")
    assert "**Hedy \\*L\\*** (host), " in shown
    assert "\n```\nhello\n# no heading\n```\n" in shown
    assert " UTC, to the interviewers only:\n\n````\n```\nnot yet\n```\n````\n" in shown


def test_an_unknown_session_is_one_sentence(make_server: ServerFactory) -> None:
    server = make_server().start()
    for unknown in (NOBODY, "nonsense"):
        run = interview(server.folder, "export", unknown)
        assert refused(run) == "interview: There is no such session.\n"


def test_where_nothing_is_stored_it_says_where_it_looked_and_makes_nothing(tmp_path: Path) -> None:
    told = refused(interview(tmp_path, "export", NOBODY))
    assert str(tmp_path / "data") in told
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(make_server: ServerFactory) -> None:
    server = make_server().start()
    session = register(server.url).create_session()["_id"]
    run = interview(server.folder, "export", session, "--output", "none/file.json")
    assert "none/file.json" in refused(run)


def test_what_is_missing_is_said_in_words() -> None:
    session: dict[str, Any] = {
        "_id": NOBODY,
        "problem": "Old\n<b>",
        "difficulty": "easy",
        "status": "active",
    }
    session |= {"createdAt": "2026-01-02T03:04:05.678Z", "endedAt": None}
    export: dict[str, Any] = {"session": session, "people": [], "problem": None, "active": None}
    export |= {"files": [], "runs": [], "chat": [], "exportedAt": "2026-01-02T03:04:05Z"}
    text = markdown.written(export)
    assert text.startswith("# Old \\<b\\>\n")
    assert "not among this server's problems" in text
    assert "Nothing was run." in text
    assert "Nothing was written." in text
    assert "- Began: 2026-01-02 03:04:05 UTC\n" in text
