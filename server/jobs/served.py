"""The tasks as functions of Inngest, which then decides when they run.

Its SDK has no adapter for Starlette but one for FastAPI, which is Starlette: that one is served
in an app of its own rather than imitated over the SDK's private modules. Imported only when
Inngest is configured, for the SDK takes a third of a second.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs

import inngest
import inngest.fast_api
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from server import VERSION
from server.errors import NotSignedIn, TooLarge
from server.jobs.base import Task
from server.settings import Settings

APP_ID: Final = "interview-room"
PATH: Final = "/api/inngest"
BODY_BYTES: Final = 4 * 1024 * 1024  # what Inngest sends at most
SIGNATURE_SECONDS: Final = 300.0  # as Inngest's other SDKs have it; this one looks at no times


def inngest_app(settings: Settings, tasks: Sequence[Task]) -> ASGIApp:
    """What answers Inngest at PATH. Only requests signed with INNGEST_SIGNING_KEY in the last
    minutes get anything but 401, also those that ask what there is."""
    client = inngest.Inngest(
        app_id=APP_ID,
        app_version=VERSION,
        signing_key=settings.inngest_signing_key,
        event_key=settings.inngest_event_key or None,
        api_base_url=settings.inngest_base_url or None,
        event_api_base_url=settings.inngest_base_url or None,
        is_production=True,  # whatever INNGEST_DEV says: signatures are always looked at
    )
    app = FastAPI(openapi_url=None)
    inngest.fast_api.serve(
        app,
        client,
        [_function(client, task) for task in tasks],
        enable_unauthed_sync=False,
        serve_origin=settings.public_url or None,
        serve_path=PATH,
    )
    return _Fresh(app)


def _function(client: inngest.Inngest, task: Task) -> inngest.Function[int]:
    @client.create_function(
        fn_id=task.name,
        trigger=inngest.TriggerCron(cron=task.cron),
        concurrency=[inngest.Concurrency(limit=1)],
    )
    async def run(_context: inngest.Context) -> int:
        return await task.run()

    return run


class _Fresh:
    """Lets only requests through that were signed lately and are not too large; raises
    NotSignedIn or TooLarge. The signature itself is for the SDK to check."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        signature = parse_qs(request.headers.get("x-inngest-signature", ""))
        signed_at = signature.get("t", [""])[0]
        if not signed_at.isdecimal() or abs(time.time() - int(signed_at)) > SIGNATURE_SECONDS:
            raise NotSignedIn("Only Inngest may ask, signing each request.")
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > BODY_BYTES:
                raise TooLarge

        async def again() -> dict[str, object]:
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, again, send)
