"""`.env.example` says what the table of settings says."""

from __future__ import annotations

from pathlib import Path

from server.settings import Settings, env_example, load_settings

FILE = Path(__file__).parents[1] / ".env.example"


def test_env_example_is_the_table_of_settings() -> None:
    # written by: python -c "from server.settings import *; print(env_example(), end='')"
    assert FILE.read_text() == env_example()


def test_env_example_taken_as_it_is_changes_nothing() -> None:
    assert load_settings({}, FILE) == Settings()
