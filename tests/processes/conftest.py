"""Servers of two workers on one embedded database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ServerFactory
from tests.helpers.redis import RedisProcess
from tests.helpers.server import ServerProcess

Factory = Callable[..., ServerProcess]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("redis"))
    try:
        yield process.start()
    finally:
        process.kill()


@pytest.fixture
def make_two(make_server: ServerFactory, redis: RedisProcess, tmp_path: Path) -> Factory:
    """Makes servers of two workers, not started yet; `make_two(NAME="value")` as `make_server`.
    PROBLEMS_FILE is a copy that a test may break."""
    problems = tmp_path / "problems.yaml"
    problems.write_bytes((Path(__file__).parents[2] / "problems.yaml").read_bytes())

    def make(folder: str = "server", **settings: str) -> ServerProcess:
        fixed = {"DB_URL": "", "REDIS_URL": redis.url, "WEB_CONCURRENCY": "2"}
        return make_server(folder, **fixed | {"PROBLEMS_FILE": str(problems)} | settings)

    return make


@pytest.fixture
def break_starts(tmp_path: Path) -> Callable[[bool], None]:
    """`break_starts(True)`: no worker of `make_two` can start any more; `False`: again they can."""
    problems = tmp_path / "problems.yaml"
    right = (Path(__file__).parents[2] / "problems.yaml").read_bytes()

    def change(broken: bool) -> None:
        problems.write_bytes(b"- nonsense" if broken else right)

    return change
