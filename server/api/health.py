"""Is it up, and does every part of it work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from server import VERSION
from server.api.answers import Json
from server.api.endpoint import Endpoint
from server.api.services import Probe, services_of
from server.api.shapes import Health, Readiness
from server.errors import ApiError

STARTED = time.monotonic()


async def health(_request: Request) -> Response:
    """Whether the process answers; says nothing about what it depends on."""
    uptime = round(time.monotonic() - STARTED, 1)
    return Json(
        {"msg": "api is up and running", "version": VERSION, "uptime": uptime},
        headers={"cache-control": "no-store"},
    )


async def ready(request: Request) -> Response:
    """Whether every part works: 200, or else 503; either way with the state of each."""
    parts = await states_of(services_of(request).probes)
    well = is_well(parts)
    return Json(
        {"ready": well, "parts": parts},
        200 if well else 503,
        headers={"cache-control": "no-store"},
    )


async def states_of(probes: Mapping[str, Probe]) -> dict[str, str]:
    """The state of every part, "ok" or what is wrong with it in words."""
    states = await asyncio.gather(*(_state(probe) for probe in probes.values()))
    return dict(zip(probes, states, strict=True))


def is_well(states: Mapping[str, str]) -> bool:
    return all(state == "ok" for state in states.values())


async def _state(probe: Probe) -> str:
    try:
        await probe()
    except ApiError as error:
        return error.message
    return "ok"


routes = [
    Endpoint("GET", "/health", health, gives=Health, who="anybody", stored=False),
    Endpoint("GET", "/ready", ready, gives=Readiness, also=(503,), who="anybody", stored=False),
]
