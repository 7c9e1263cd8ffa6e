"""The real sandbox, as the tests of the runner have it."""

from tests.runner.conftest import sandbox

__all__ = ["sandbox"]
