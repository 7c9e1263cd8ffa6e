"""The `interview` command: what it takes. What each of its commands does is in `commands/`.

Nothing of the server is imported before it is known which command is wanted, so that help,
mistakes and short commands answer at once.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from server import VERSION
from server.errors import ApiError, StartupError
from server.settings import SettingsError

REFUSED = 2
INTERRUPTED = 130  # as shells tell it


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns what it returns (0 when all is well), 2 when something has to be
    set right first, or 130 after Ctrl-C."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    try:
        command = import_module(f"server.commands.{chosen.command}")
        code: int = command.run(chosen)
    except SettingsError as error:
        return _refuse(*error.problems)
    except StartupError as error:
        return _refuse(str(error))
    except ApiError as error:
        return _refuse(error.message)
    except (asyncio.CancelledError, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # whoever read what we say has heard enough
        sys.stderr.close()
        return 1
    return code


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        sys.stderr.write(f"interview: {sentence}\n")
    return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="interview",
        description="Live technical interviews on your own server.",
        epilog="Settings come from the environment and .env; .env.example lists them all.",
    )
    parser.add_argument("--version", action="version", version=f"interview-room {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("serve", help="start the server and everything it needs")
    _check(commands.add_parser("check", help="say what is configured and whether it works"))
    _export(commands.add_parser("export", help="write out one session: code, runs, people"))
    _user(commands.add_parser("user", help="accounts: add one"))
    commands.add_parser("worker", help="do the background jobs of servers with JOBS=worker")
    return parser


def _check(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Says what is configured and whether it works; exit code 1 if not all does."
    )
    parser.add_argument("--json", action="store_true", help="for programs instead of people")


def _export(parser: argparse.ArgumentParser) -> None:
    parser.description = "Writes out one session. It may go on meanwhile: nothing is changed."
    parser.add_argument("session", metavar="SESSION", help="its id, the end of its address")
    parser.add_argument("--format", choices=("json", "markdown"), default="json")
    parser.add_argument("--output", type=Path, metavar="FILE", help="instead of the terminal")


def _user(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    add = actions.add_parser("add", help="make an account")
    add.add_argument("--name", required=True, help="as others see it")
    add.add_argument("--email", required=True, help="address to sign in with")
    add.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from the first line of standard input instead of asking",
    )


if __name__ == "__main__":
    sys.exit(main())
