"""The running server held to its own description, by requests that are made up from it.

Every operation is called with examples, with values at the bounds of its schema, and with random
ones, good and bad, by somebody who is signed in. Nothing may be answered with a 5xx, or otherwise
than it is described; not even with a field more.
"""

from __future__ import annotations

import copy
import os
import random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks

from server.api.openapi import document
from server.app import create_app
from server.settings import Settings
from tests.helpers.people import Person, accept_invite, bearer, register
from tests.helpers.server import ServerProcess

SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(2**32)))
EXAMPLES = 10
REAL = 0.75
"""How often a path names something that is there."""


def strict(spec: dict[str, Any]) -> dict[str, Any]:
    """The description, but an answer may have no field that it does not name."""
    spec = copy.deepcopy(spec)
    for name, schema in spec["components"]["schemas"].items():
        if "properties" in schema and name != "OpenApi":
            schema.setdefault("additionalProperties", False)
    return spec


# what is too large is a refusal too: it is not read far enough to be called wrong
REFUSED = {"negative_data_rejection": {"expected-statuses": ["4xx", "5xx"]}}
SCHEMA = schemathesis.openapi.from_dict(
    strict(document(create_app(Settings()).routes)),
    config=schemathesis.Config.from_dict({"seed": SEED, "checks": REFUSED}),
)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]


@pytest.fixture(scope="module")
def callers(server_process: ServerProcess, host: Person) -> list[dict[str, str]]:
    """Headers of those who ask: mostly the host, sometimes somebody else, or nobody."""
    others = [register(server_process.url, "Fuzzy Other") for _ in range(2)]
    return [*[bearer(host.token)] * 5, *(bearer(other.token) for other in others), {}]


@pytest.fixture(scope="module")
def host(server_process: ServerProcess) -> Person:
    return register(server_process.url, "Fuzzy Host")


@pytest.fixture
def real(server_process: ServerProcess, host: Person) -> dict[str, str]:
    """What is there, by the name of the path's parameter: a session with its three people."""
    session = host.create_session()["_id"]
    invite = host.invite(session)
    accept_invite(server_process.url, invite)
    accept_invite(server_process.url, host.invite(session, "spectator"))
    host.call("POST", f"/api/sessions/{session}/runs", {"language": "python"})
    return {
        "id": session,
        "token": host.invite(session, "spectator"),
        "name": host.write_problem(f"Own {session}"),
    }


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_it_is_described(
    case: schemathesis.Case[Any], real: dict[str, str], callers: list[dict[str, str]], url: str
) -> None:
    choice = random.Random(f"{SEED} {case.path_parameters!r} {case.body!r}")
    for name in case.path_parameters:
        if name in real and choice.random() < REAL:
            case.path_parameters[name] = real[name]
            if case.meta is not None:
                case.meta.mark_dirty(ParameterLocation.PATH)
    try:
        case.call_and_validate(
            base_url=url, headers=choice.choice(callers), checks=CHECKS, timeout=30
        )
    except BaseException as error:
        error.add_note(f"repeat with SEED={SEED}")
        raise
