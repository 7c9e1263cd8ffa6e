"""`interview check`: a row for everything that is configured, and an exit code for scripts."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from redis import Redis

from server.store.database import Database
from server.store.embedded import running_server
from tests.conftest import ServerFactory
from tests.helpers.clerk import StandIn
from tests.helpers.command import Told, interview
from tests.helpers.piston import piston
from tests.helpers.redis import RedisProcess
from tests.helpers.stream import stream_service


def states(run: Told) -> dict[str, tuple[str, str]]:
    """State and words of every row, by its name."""
    return {row["name"]: (row["state"], row["what"]) for row in json.loads(run.stdout)["checks"]}


def web_app(folder: Path) -> str:
    """A folder that looks like a built web app."""
    (folder / "web").mkdir()
    (folder / "web/index.html").write_text("<!doctype html>")
    return str(folder / "web")


def test_a_fresh_machine_is_told_that_everything_works(tmp_path: Path) -> None:
    run = interview(tmp_path, "check", "--json", WEB_DIR=web_app(tmp_path))
    found = states(run)
    assert run.returncode == 0, run.stdout
    assert json.loads(run.stdout)["ok"] is True
    for name in ("settings", "data", "database", "problems", "web app", "port"):
        assert found[name][0] == "ok", found
    assert "embedded" in found["database"][1]
    assert found["indexes"][0] == found["secret key"][0] == "off"
    assert found["run Python"][1].startswith("hello in ")
    assert not list((tmp_path / "data").glob("secret-key"))  # looking makes none


def test_people_get_a_table(tmp_path: Path) -> None:
    run = interview(tmp_path, "check", WEB_DIR=web_app(tmp_path), RUNNER="off")
    rows = {line[2:].split("  ")[0]: line for line in run.stdout.splitlines() if line[:2] == "  "}
    assert {"settings", "database", "runner", "public URL"} <= set(rows)
    assert rows["runner"].split() == ["runner", "off", "turned", "off", "RUNNER"]
    assert run.stdout.rstrip().endswith("Everything that is configured works.")
    assert "\x1b" not in run.stdout
    assert run.stderr == ""


def test_beside_a_running_server_it_says_so_and_leaves_it_alone(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    server = make_server().start()
    port = server.url.rpartition(":")[2]
    settings = {"PORT": port, "PUBLIC_URL": server.url, "RUNNER": "off"}
    run = interview(server.folder, "check", "--json", WEB_DIR=web_app(tmp_path), **settings)
    found = states(run)
    assert run.returncode == 0, run.stdout
    assert f"run by the server (process {server.pid})" in found["database"][1]
    assert found["indexes"] == ("ok", found["indexes"][1])
    assert found["secret key"][0] == "ok"
    assert "this server answers" in found["port"][1]
    assert "leads to this server" in found["public URL"][1]
    assert found["sign-in"] == ("ok", "e-mail and password")
    assert found["jobs"][0] == "ok", found["jobs"]
    assert server.is_ready()


def test_whatever_does_not_work_is_a_row_of_its_own(tmp_path: Path) -> None:
    key = tmp_path / "data" / "secret-key"
    key.parent.mkdir()
    key.write_text("x" * 40)
    key.chmod(0o644)
    problems = tmp_path / "problems.yaml"
    problems.write_text("- id: x\n")
    with socket.create_server(("127.0.0.1", 0)) as other:
        run = interview(
            tmp_path,
            *("check", "--json"),
            DB_URL="mongodb://127.0.0.1:1",
            PROBLEMS_FILE=str(problems),
            WEB_DIR=str(tmp_path / "none"),
            PORT=str(other.getsockname()[1]),
            REDIS_URL="redis://127.0.0.1:1",
            RUNNER="off",
        )
    found = states(run)
    assert run.returncode == 1
    assert json.loads(run.stdout)["ok"] is False
    failed = {name for name, (state, _) in found.items() if state == "failed"}
    assert failed == {"secret key", "database", "redis", "problems", "web app", "port"}
    assert "chmod 600" in found["secret key"][1]
    assert "problem x" in found["problems"][1]
    assert "Traceback" not in run.stderr


def test_services_that_are_configured_are_asked(tmp_path: Path) -> None:
    clerk = StandIn(tmp_path)
    with stream_service() as stream:
        keys = stream.settings()
        settings = {"OIDC_ISSUER": clerk.start().url, "SSL_CERT_FILE": str(clerk.certificate)}
        try:
            good = states(interview(tmp_path, "check", "--json", RUNNER="off", **keys, **settings))
        finally:
            clerk.stop()
        keys["STREAM_API_SECRET"] = "another secret that Stream has never heard of"
        bad = states(interview(tmp_path, "check", "--json", RUNNER="off", **keys, **settings))
    assert (good["sign-in"][0], good["Stream"][0]) == ("ok", "ok"), good
    assert (bad["sign-in"][0], bad["Stream"][0]) == ("failed", "failed"), bad
    assert "keys cannot be had" in bad["sign-in"][1]
    assert "401" in bad["Stream"][1]


def test_a_redis_is_asked_whether_it_carries(tmp_path: Path) -> None:
    redis = RedisProcess(tmp_path).start()
    mute = redis.url.replace("//", "//mute:hush-hush@")
    try:
        with Redis.from_url(redis.url) as client:
            client.acl_setuser(
                "mute",
                enabled=True,
                passwords=["+hush-hush"],
                commands=["+@all", "-publish"],
                channels=["*"],
            )
        good = states(interview(tmp_path, "check", "--json", RUNNER="off", REDIS_URL=redis.url))
        bad = interview(tmp_path, "check", "--json", RUNNER="off", REDIS_URL=mute)
    finally:
        redis.kill()
    assert good["redis"][0] == "ok"
    assert "carries rooms between workers; answers in" in good["redis"][1]
    assert states(bad)["redis"][0] == "failed"
    assert "publish" in states(bad)["redis"][1]
    assert "hush-hush" not in bad.stdout + bad.stderr


def test_a_piston_is_asked_and_runs_a_hello(tmp_path: Path) -> None:
    with piston(authorization="Bearer secret") as made:
        settings = {"PISTON_URL": made.url, "PISTON_AUTHORIZATION": "Bearer secret"}
        good = states(interview(tmp_path, "check", "--json", **settings))
        settings["PISTON_AUTHORIZATION"] = "Bearer other"
        bad = interview(tmp_path, "check", "--json", **settings)
    assert good["runner"] == ("ok", "Piston: Python, TypeScript, Bash")
    assert good["run Python"][1].startswith("hello in ")
    assert good["run Java"] == ("off", "not installed at Piston")
    assert states(bad)["runner"][0] == "failed"
    assert "PISTON_AUTHORIZATION" in states(bad)["runner"][1]
    assert "Bearer" not in bad.stdout + bad.stderr


def test_settings_of_piston_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    alone = states(interview(tmp_path, "check", "--json", RUNNER="piston"))
    assert alone["settings"] == (
        "failed",
        "RUNNER=piston needs PISTON_URL, the address of a Piston.",
    )


def test_a_public_url_that_leads_elsewhere_is_told_while_the_server_runs(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    server = make_server().start()
    settings = {"PORT": server.url.rpartition(":")[2], "PUBLIC_URL": "http://127.0.0.1:1"}
    run = interview(server.folder, "check", "--json", WEB_DIR=web_app(tmp_path), **settings)
    assert run.returncode == 1
    assert states(run)["public URL"][0] == "failed"


def test_wrong_settings_are_rows_too(tmp_path: Path) -> None:
    run = interview(tmp_path, "check", "--json", PORT="x", RUNNER="y")
    rows = json.loads(run.stdout)["checks"]
    assert run.returncode == 1
    assert [row["what"] for row in rows] == [
        "PORT must be a whole number, not 'x'.",
        "RUNNER must be one of auto, sandbox, piston, off, not 'y'.",
    ]


def test_a_folder_that_cannot_be_written_names_the_setting(tmp_path: Path) -> None:
    run = interview(tmp_path, "check", DATA_DIR="/proc/none", RUNNER="off")
    assert run.returncode == 1
    (row,) = [line for line in run.stdout.splitlines() if line.startswith("  data ")]
    assert "failed" in row
    assert row.endswith("DATA_DIR")


async def test_an_index_that_is_missing_fails_where_a_server_should_have_made_it(
    make_server: ServerFactory, tmp_path: Path
) -> None:
    server = make_server().start()
    running = running_server(server.data_dir)
    assert running is not None
    database = Database(running.url, "interview")
    await database.collection("runs").drop_index("session")
    await database.close()
    beside = {"PORT": server.url.rpartition(":")[2], "WEB_DIR": web_app(tmp_path)}
    run = interview(server.folder, "check", "--json", RUNNER="off", **beside)
    assert (run.returncode, states(run)["indexes"][0]) == (1, "failed")
    assert "runs.session" in states(run)["indexes"][1]
    server.stop()
    run = interview(server.folder, "check", "--json", RUNNER="off", WEB_DIR=beside["WEB_DIR"])
    assert (run.returncode, states(run)["indexes"][0]) == (0, "off")
