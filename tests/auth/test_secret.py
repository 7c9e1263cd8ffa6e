"""The secret that signs tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.auth.secret import FILE, load_secret
from server.errors import StartupError


def test_a_secret_is_made_once_and_only_ours_to_read(tmp_path: Path) -> None:
    made = load_secret("", tmp_path)
    assert len(made) >= 32
    assert load_secret("", tmp_path) == made
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_configured_secret_leaves_no_file(tmp_path: Path) -> None:
    assert load_secret("x" * 32, tmp_path) == "x" * 32
    assert not (tmp_path / FILE).exists()


def test_a_damaged_secret_is_not_used(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("short\n")
    with pytest.raises(StartupError, match="delete it or set SECRET_KEY"):
        load_secret("", tmp_path)


def test_a_folder_that_cannot_be_used_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="make DATA_DIR writable or set SECRET_KEY"):
        load_secret("", tmp_path / "missing")
