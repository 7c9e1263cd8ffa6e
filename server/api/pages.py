"""The built web app: hashed assets for ever, everything else fresh, any address the one page."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.errors import NotFound

INDEX: Final = "index.html"
HASHED: Final = "assets/"  # Vite puts a hash of the content into these names
API: Final = ("api", "ws")
NOT_PAGES: Final = ("health", "ready", "metrics", "openapi.json")

NOT_BUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>Interview Room</title><h1>The web app is not built yet</h1>
<p><code>make run</code> builds it and starts the server. The API works already.</p></html>
"""


class WebApp(StaticFiles):
    """Everything that is neither API nor WebSocket."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._index = folder / INDEX

    async def check_config(self) -> None:
        """The folder may appear later, so there is nothing to check at start."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or the page: the web app knows its own addresses. Raises NotFound,
        or HTTPException for another method."""
        first = path.split("/", 1)[0]
        if first in API:
            raise NotFound
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if first in NOT_PAGES:
            raise NotFound
        if not self._index.is_file():
            return HTMLResponse(NOT_BUILT, 503, {"retry-after": "60"})
        try:
            return _cached(path, await super().get_response(path, scope))
        except HTTPException as error:
            if error.status_code != 404 or path.startswith(HASHED):
                raise
        return _cached(INDEX, await super().get_response(INDEX, scope))


def _cached(path: str, response: Response) -> Response:
    rule = "public, max-age=31536000, immutable" if path.startswith(HASHED) else "no-cache"
    response.headers["cache-control"] = rule
    return response
