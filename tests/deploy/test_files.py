"""Dockerfile, compose file, unit and pages: what they name exists. No Docker is needed."""

from __future__ import annotations

import configparser
import fnmatch
import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
import yaml

from server.processes.serving import IDLE_SECONDS, STOP_SECONDS
from server.settings import Settings, load_settings, variable
from server.store.embedded import STOP_SECONDS as DATABASE_STOP_SECONDS
from tests.helpers.server import ROOT, ServerProcess

SETTINGS = {variable(row) for row in fields(Settings)}
PAGES = ("SELF_HOSTING.md", "PLATFORM.md", "PROXY.md")


@dataclass
class Stage:
    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [words for each, words in self.steps if each == instruction]


def stages() -> dict[str, Stage]:
    """The Dockerfile's stages by name, each with its instructions in order."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    found: dict[str, Stage] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        instruction, _, words = line.strip().partition(" ")
        if instruction == "FROM":
            base, _, name = words.partition(" AS ")
            found[name] = Stage(base, name)
        else:
            [*found.values()][-1].steps.append((instruction, words.strip()))
    return found


def tracked() -> set[str]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listed.stdout.splitlines())


def reaches_docker(path: str) -> bool:
    """Whether .dockerignore lets a file through: the last line that fits decides."""
    let = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if not line or line.startswith("#"):
            continue
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        forms = [pattern, pattern.removeprefix("**/")]
        names = above + (parts if pattern.startswith("**/") else [])
        if any(fnmatch.fnmatchcase(name, form) for name in names for form in forms):
            let = line.startswith("!")
    return let


def test_every_source_of_the_image_is_tracked_and_not_ignored() -> None:
    files = tracked()
    made = stages()
    copied = 0
    for stage in made.values():
        for words in stage.all("COPY"):
            parts = shlex.split(words)
            origin = [part.removeprefix("--from=") for part in parts if part.startswith("--")]
            sources = [part for part in parts if not part.startswith("--")][:-1]
            if origin:
                assert [*made].index(origin[0]) < [*made].index(stage.name)
                continue
            for source in sources:
                inside = [name for name in files if name == source or name.startswith(source + "/")]
                assert inside, f"{source} is not tracked"
                assert any(map(reaches_docker, inside)), f".dockerignore keeps {source} out"
                copied += 1
    assert copied >= 6


@pytest.mark.parametrize(
    "path",
    [".env", "data/secret-key", "deploy/compose.env", "web/node_modules/x/y.js", ".git/HEAD"],
)
def test_nothing_secret_or_large_is_sent_to_docker(path: str) -> None:
    assert not reaches_docker(path)


def test_the_image_runs_as_an_ordinary_user_with_its_data_on_a_volume() -> None:
    made = stages()
    assert [*made] == ["web", "packages", "final"]
    final = made["final"]
    instructions = [instruction for instruction, _ in final.steps]
    assert final.all("USER") == ["interview"]
    assert instructions.index("USER") > max(
        at for at, each in enumerate(instructions) if each in ("RUN", "COPY")
    )
    assert final.all("VOLUME") == ["/data"]
    assert {stage.base for stage in made.values()} == {"node:22-slim", "python:3.12-slim"}
    assert "--require-hashes" in made["packages"].all("RUN")[0]
    set_there = dict(pair.split("=", 1) for pair in shlex.split(" ".join(final.all("ENV"))))
    assert (set_there["HOST"], set_there["DATA_DIR"]) == ("0.0.0.0", "/data")  # noqa: S104
    load_settings({name: value for name, value in set_there.items() if name in SETTINGS})


def test_what_the_image_starts_is_our_command() -> None:
    final = stages()["final"]
    entry, command = json.loads(final.all("ENTRYPOINT")[0]), json.loads(final.all("CMD")[0])
    asked = subprocess.run(
        [sys.executable, *entry[1:], *command, "--help"], cwd=ROOT, capture_output=True, check=False
    )
    assert entry[0] == "python"
    assert asked.returncode == 0


def test_the_images_health_check_tells_a_server_that_works_from_none(
    server_process: ServerProcess,
) -> None:
    (words,) = stages()["final"].all("HEALTHCHECK")
    program, *arguments = json.loads(words.partition("CMD ")[2])
    assert program == "python"
    for port, code in ((server_process.url.rpartition(":")[2], 0), ("1", 1)):
        asked = subprocess.run(
            [sys.executable, *arguments], env={"PORT": port}, capture_output=True, check=False
        )
        assert asked.returncode == code


def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_all_that_the_compose_file_names_exists() -> None:
    whole = compose()
    services, volumes = whole["services"], whole["volumes"]
    assert set(services) == {"worker1", "worker2", "nginx", "mongo", "redis", "piston"}
    used = set()
    for name, service in services.items():
        assert service["restart"] == "unless-stopped", name
        assert "build" in service or service["healthcheck"]["test"][0] == "CMD", name
        for other in service.get("depends_on", {}):
            assert other in services
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert source[2:] in tracked()
            else:
                used.add(source)
        if name != "piston":  # whose settings are its own
            assert set(service.get("environment", {})) <= SETTINGS
    assert used == set(volumes)
    assert not any("ports" in service for name, service in services.items() if name != "nginx")


def test_the_workers_can_be_started_with_what_the_compose_file_sets() -> None:
    services = compose()["services"]
    for name in ("worker1", "worker2"):
        load_settings({**services[name]["environment"], "SECRET_KEY": "x" * 32})
        assert services[name]["env_file"] == "deploy/compose.env"
        ours = [mount for mount in services[name]["volumes"] if mount.endswith(":/data")]
        assert ours == [f"{name}:/data"]  # its name is kept there
    ignored = subprocess.run(
        ["git", "-c", "safe.directory=*", "check-ignore", "-q", "deploy/compose.env"],
        cwd=ROOT,
        check=False,
    )
    assert ignored.returncode == 0


def test_the_piston_of_the_compose_file_allows_what_we_ask_for() -> None:
    asked, allowed = load_settings({}), compose()["services"]["piston"]["environment"]
    assert int(allowed["PISTON_OUTPUT_MAX_SIZE"]) >= asked.run_output_kib * 1024
    assert int(allowed["PISTON_RUN_TIMEOUT"]) >= asked.run_wall_seconds * 1000
    assert int(allowed["PISTON_RUN_CPU_TIME"]) >= asked.run_cpu_seconds * 1000


def test_nginx_knows_the_workers_of_the_compose_file() -> None:
    config = (ROOT / "deploy/nginx.conf").read_text()
    named = set(re.findall(r"server (\w+):8000", config))
    assert named == {name for name in compose()["services"] if name.startswith("worker")}
    assert set(re.findall(r"proxy_pass http://(\w+);", config)) == set(
        re.findall(r"upstream (\w+) ", config)
    )


def test_a_worker_keeps_idle_connections_longer_than_nginx_does() -> None:
    config = (ROOT / "deploy/nginx.conf").read_text()
    kept = re.findall(r"^        keepalive_timeout (\d+)s;$", config, re.M)
    assert len(kept) == len(re.findall(r"upstream \w+ {", config))
    assert all(int(seconds) < IDLE_SECONDS for seconds in kept)


def test_the_workers_have_addresses_that_nobody_else_can_get() -> None:
    """nginx looks them up once; a worker that is made anew must be where its predecessor was."""
    whole = compose()
    (pool,) = whole["networks"]["default"]["ipam"]["config"]
    network, others = IPv4Network(pool["subnet"]), IPv4Network(pool["ip_range"])
    fixed = {
        IPv4Address(service["networks"]["default"]["ipv4_address"])
        for name, service in whole["services"].items()
        if name.startswith("worker")
    }
    assert len(fixed) == 2
    assert all(each in network and each not in others for each in fixed)
    assert others.subnet_of(network)
    assert next(network.hosts()) not in fixed, "the gateway's"


def test_the_unit_starts_our_command_with_settings_that_exist() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(ROOT / "deploy/interview-room.service")
    service = unit["Service"]
    assert service["ExecStart"].endswith("/.venv/bin/interview serve")
    given = dict(pair.split("=", 1) for pair in service["Environment"].split())
    assert set(given) <= SETTINGS
    assert given["DATA_DIR"] == f"/var/lib/{service['StateDirectory']}"
    assert service["User"] not in ("", "root")


def test_what_stops_us_waits_until_everything_has_ended() -> None:
    """Workers have their time, then the database has its own."""
    needed = STOP_SECONDS + DATABASE_STOP_SECONDS
    unit = configparser.ConfigParser(interpolation=None)
    unit.read(ROOT / "deploy/interview-room.service")
    assert int(unit["Service"]["TimeoutStopSec"]) >= needed
    services = compose()["services"]
    for name in ("worker1", "worker2"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) >= needed


def test_systemd_has_the_workers_replaced_by_the_signal_that_does_it() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.read(ROOT / "deploy/interview-room.service")
    assert unit["Service"]["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert unit["Service"]["KillMode"] == "mixed", "workers are told by the supervisor"


@pytest.mark.parametrize("name", PAGES)
def test_pages_name_settings_and_files_that_exist(name: str) -> None:
    text = (ROOT / "docs" / name).read_text()
    for written in re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b(?!\.md)", text):
        assert written in SETTINGS, written
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / "docs" / link).exists(), link
    assert f"docs/{name}" in (ROOT / "README.md").read_text()


def test_make_knows_the_targets_that_the_page_names() -> None:
    page = (ROOT / "docs/SELF_HOSTING.md").read_text()
    assert page.count("make .venv/done/project web/dist/.done") == 2
    dry = subprocess.run(
        ["make", "-n", ".venv/done/project", "web/dist/.done"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert dry.returncode == 0, dry.stderr


def test_the_procfile_lets_a_platform_in() -> None:
    (web,) = [
        line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web: ")
    ]
    assert "HOST=0.0.0.0" in web  # and PORT is what the platform sets
    assert "PORT=" not in web
