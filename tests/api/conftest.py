"""What several tests of the API share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.clerk import StandIn


@pytest.fixture(scope="module")
def clerk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """Where people sign in instead of at ours."""
    stand_in = StandIn(tmp_path_factory.mktemp("clerk"))
    yield stand_in.start()
    stand_in.stop()
