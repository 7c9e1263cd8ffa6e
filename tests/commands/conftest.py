"""Servers as the commands find them where nothing is set: with the embedded database."""

from __future__ import annotations

import pytest

from tests.conftest import ServerFactory
from tests.helpers.server import ServerProcess


@pytest.fixture
def make_server(make_server: ServerFactory) -> ServerFactory:
    def make(folder: str = "server", **settings: str) -> ServerProcess:
        return make_server(folder, **{"DB_URL": ""} | settings)

    return make
