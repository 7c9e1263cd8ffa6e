"""A job that cannot be is refused before anything runs."""

from __future__ import annotations

import pytest

from server.runner.base import FILES, Job


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../up.py", "a/../../b.py", "", ".", "nul\0.py", "line\n.py"]
)
def test_paths_stay_below_the_working_directory(path: str) -> None:
    with pytest.raises(ValueError, match="working directory"):
        Job("python", {path: ""}, path)


def test_the_main_file_is_one_of_the_files() -> None:
    with pytest.raises(ValueError, match=r"other\.py"):
        Job("python", {"main.py": ""}, "other.py")


def test_a_file_is_no_folder() -> None:
    with pytest.raises(ValueError, match=r"lib/a is a file, so lib/a/b\.py cannot"):
        Job("python", {"main.py": "", "lib/a/b.py": "", "lib/a": ""}, "main.py")


def test_there_are_not_too_many_files() -> None:
    files = {f"{number}.py": "" for number in range(FILES + 1)}
    with pytest.raises(ValueError, match="files"):
        Job("python", files, "0.py")
