"""`interview user add`: an account, by the rules of the API."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

import pytest

from tests.conftest import ServerFactory
from tests.helpers.command import Told, interview, refused
from tests.helpers.people import PASSWORD, api
from tests.helpers.server import environment


def add(
    folder: Path, email: str = "ada@example.com", says: str = PASSWORD, name: str = "Ada"
) -> Told:
    return interview(
        folder, "user", "add", "--name", name, "--email", email, "--password-stdin", says=says
    )


def signs_in(url: str, password: str = PASSWORD) -> bool:
    with api(url) as client:
        body = {"email": "ada@example.com", "password": password}
        return client.post("/api/auth/login", json=body).status_code == 200


def test_an_account_made_while_the_server_is_stopped_signs_in_later(
    make_server: ServerFactory,
) -> None:
    server = make_server()
    server.folder.mkdir()
    run = add(server.folder, says=PASSWORD + "\n")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Added Ada <ada@example.com>, id ")
    server.start()
    assert signs_in(server.url)


def test_an_account_made_beside_a_running_server_signs_in_at_once(
    make_server: ServerFactory,
) -> None:
    server = make_server().start()
    assert add(server.folder).returncode == 0
    assert signs_in(server.url)
    assert "already an account" in refused(add(server.folder, email="ADA@example.com"))
    assert server.is_ready()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"says": "short"}, "password must have at least 8 characters."),
        ({"says": ""}, "There is no password on standard input."),
        ({"email": "nobody"}, "email must be an e-mail address."),
        ({"name": "  "}, "name must not be empty."),
        ({"name": "x" * 61}, "name must have at most 60 characters."),
    ],
)
def test_what_the_api_refuses_is_refused_in_the_same_words(
    tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    assert refused(add(tmp_path, **wrong)) == f"interview: {told}\n"


def test_without_a_terminal_it_says_how_to_give_the_password(tmp_path: Path) -> None:
    run = interview(tmp_path, "user", "add", "--name", "Ada", "--email", "ada@example.com")
    assert "--password-stdin" in refused(run)


def typed(folder: Path, *answers: str) -> tuple[int, str]:
    """The command at a terminal, with one answer a question: exit code, and what was seen."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        command = [sys.executable, "-m", "server.cli", "user", "add", "--name", "Ada"]
        command += ["--email", "ada@example.com"]
        os.execve(sys.executable, command, environment(DATA_DIR=str(folder / "data")))  # noqa: S606
    seen = ""
    left = list(answers)
    while True:
        try:
            part = os.read(terminal, 1000).decode()
        except OSError:  # the other side is closed
            break
        seen += part
        if part.rstrip(" ").endswith(":") and left:
            os.write(terminal, left.pop(0).encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    code, seen = typed(tmp_path, PASSWORD + "\n", PASSWORD + "\n")
    assert code == 0, seen
    assert "Added Ada" in seen
    assert PASSWORD not in seen


def test_two_different_passwords_make_no_account(tmp_path: Path) -> None:
    code, seen = typed(tmp_path, PASSWORD + "\n", "another password\n")
    assert code == 2
    assert "not the same" in seen


def test_ctrl_c_at_the_question_ends_it_quietly(tmp_path: Path) -> None:
    code, seen = typed(tmp_path, "\x03")
    assert code == 130
    assert "Traceback" not in seen
