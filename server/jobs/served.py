"""The tasks as functions of Inngest, which then decides when they run.

Its SDK has no adapter for Starlette but one for FastAPI, which is Starlette: that one is served
in an app of its own rather than imitated over the SDK's private modules. Imported only when
Inngest is configured, for the SDK takes a third of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import inngest
import inngest.fast_api
from fastapi import FastAPI
from starlette.types import ASGIApp

from server import VERSION
from server.jobs.base import Task
from server.settings import Settings

APP_ID: Final = "interview-room"
PATH: Final = "/api/inngest"


def inngest_app(settings: Settings, tasks: Sequence[Task]) -> ASGIApp:
    """What answers Inngest at PATH. Only requests signed with INNGEST_SIGNING_KEY get anything
    but 401, also those that ask what there is."""
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
    return app


def _function(client: inngest.Inngest, task: Task) -> inngest.Function[int]:
    @client.create_function(
        fn_id=task.name,
        trigger=inngest.TriggerCron(cron=task.cron),
        concurrency=[inngest.Concurrency(limit=1)],  # again only once it has ended
    )
    async def run(_context: inngest.Context) -> int:
        return await task.run()

    return run
