"""What the scripts behind `make` do when all is well, and what they say when it is not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the scripts and nothing else."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    return tmp_path


def program(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def run(project: Path, *command: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": path} if path else None
    return subprocess.run(
        command, cwd=project, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def system_tools(folder: Path, *names: str) -> str:
    """A PATH that has these programs only."""
    folder.mkdir(exist_ok=True)
    for name in names:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return str(folder)


def test_a_step_says_one_line_and_keeps_the_noise_in_its_log(project: Path) -> None:
    done = run(
        project, "scripts/step", "noise", "Making noise", "sh", "-c", "echo loud; echo >&2 x"
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Making noise … done in ")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    assert (project / ".venv/log/noise.log").read_text() == "loud\nx\n"


def test_a_failed_step_shows_what_happened_and_keeps_the_exit_code(project: Path) -> None:
    failed = run(project, "scripts/step", "bad", "Failing", "sh", "-c", "echo the reason; exit 7")
    assert failed.returncode == 7
    assert "the reason" in failed.stderr
    assert ".venv/log/bad.log" in failed.stderr


def test_a_network_failure_is_tried_again(project: Path) -> None:
    flaky = program(
        project / "bin",
        "flaky",
        "if [ -e tried ]; then exit 0; fi\ntouch tried\necho Read timed out.\nexit 1",
    )
    done = run(project, "scripts/step", "-n", "flaky", "Fetching", str(flaky))
    assert done.returncode == 0
    assert "again … done" in done.stdout


@pytest.mark.parametrize("network", [True, False])
def test_a_failure_of_another_kind_is_not_tried_again(project: Path, network: bool) -> None:
    wrong = program(project / "bin", "wrong", "echo x >> tries\necho hashes differ\nexit 1")
    options = ["-n"] if network else []
    assert run(project, "scripts/step", *options, "w", "Fetching", str(wrong)).returncode == 1
    assert (project / "tries").read_text() == "x\n"


def test_an_old_python_is_named_with_what_to_install(project: Path) -> None:
    path = system_tools(project / "bin", "sh", "cat")
    program(
        project / "bin", "python3", 'case $1 in --version) echo "Python 3.9.2";; *) exit 1;; esac'
    )
    refused = run(project, "scripts/make-venv", path=path)
    assert refused.returncode == 1
    assert "Python 3.11 or newer is needed; here is Python 3.9.2." in refused.stderr
    assert "apt install python3.11 python3.11-venv" in refused.stderr
    assert not (project / ".venv").exists()


def test_a_python_without_ensurepip_names_the_package(project: Path) -> None:
    path = system_tools(project / "bin", "sh", "cat")
    program(
        project / "bin",
        "python3",
        f'case $2 in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac',
    )
    refused = run(project, "scripts/make-venv", path=path)
    assert refused.returncode == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt install python{version}-venv" in refused.stderr
    assert not (project / ".venv").exists()


def test_a_node_that_is_new_enough_is_used_as_it_is(project: Path) -> None:
    path = system_tools(project / "bin", "sh", "dirname")
    program(project / "bin", "node", "exit 0")
    program(project / "bin", "npm", "echo npm of the machine")
    used = run(project, "scripts/with-node", "npm", path=path)
    assert used.stdout == "npm of the machine\n"


def system_packages(project: Path, path: str, *needs: str) -> subprocess.CompletedProcess[str]:
    return run(project, sys.executable, "scripts/system_packages.py", *needs, path=path)


def test_programs_that_are_there_are_passed_over_in_silence(project: Path) -> None:
    program(project / "bin", "bwrap", "")
    program(project / "bin", "google-chrome", "")
    done = system_packages(project, str(project / "bin"), "bubblewrap", "chromium")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_program_that_does_not_run_counts_as_missing(project: Path) -> None:
    program(project / "bin", "chromium-browser", "echo install the snap; exit 1")
    refused = system_packages(project, str(project / "bin"), "chromium")
    assert refused.returncode == 1
    assert "not here: chromium." in refused.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install without sudo")
def test_missing_programs_are_installed_after_refreshing_the_lists(project: Path) -> None:
    tools = project / "bin"
    path = system_tools(tools, "sh", "touch", "ln")
    works = program(project / "store", "redis-server", "exit 0")
    program(
        tools,
        "apt-get",
        f"""echo "apt-get $*" >> {project}/calls
case $1 in
update) touch {project}/updated;;
install) [ -e {project}/updated ] || exit 100
    ln -s {works} {tools}/redis-server;;
esac""",
    )
    done = system_packages(project, path, "redis")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Installing redis with apt-get … done\n"
    install = "apt-get install -y --no-install-recommends redis-server"
    assert (project / "calls").read_text().splitlines() == [install, "apt-get update", install]


def test_without_a_package_manager_the_missing_programs_are_named(project: Path) -> None:
    refused = system_packages(project, str(project), "redis", "chromium")
    assert refused.returncode == 1
    assert "not here: redis, chromium." in refused.stderr
    assert "chromium: any of chromium, chromium-browser, google-chrome" in refused.stderr
