"""Video and chat at Stream (getstream.io), by its REST API.

Requests carry the application's key and a server token: a JWT signed with the secret, as Stream's
own server libraries make it. Those libraries are not used: they take a second to import, and two
requests are all that is needed here.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import httpx
import jwt

from server.media.base import MediaUnavailable

CALL_TYPE: Final = "default"
CHANNEL_TYPE: Final = "messaging"
TIMEOUT_SECONDS: Final = 10.0


class StreamMedia:
    """Implements ``server.media.base.Media``; `timeout`: how long an answer may take."""

    def __init__(
        self,
        key: str,
        secret: str,
        video_url: str,
        chat_url: str,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._video_url = video_url
        self._chat_url = chat_url
        self._http = httpx.AsyncClient(
            params={"api_key": key},
            headers={
                "Authorization": jwt.encode({"server": True}, secret, algorithm="HS256"),
                "stream-auth-type": "jwt",
            },
            timeout=timeout,
        )

    async def check(self) -> None:
        """Reads the application's settings, which only the right key and secret may."""
        if not await self._ask("GET", f"{self._chat_url}/app"):
            raise MediaUnavailable(f"Stream knows no {self._chat_url}/app")

    async def remove(self, call_id: str) -> None:
        """Deletes the video call and the chat channel, with all that was said and recorded."""
        name = quote(call_id, safe="")
        call = f"{self._video_url}/api/v2/video/call/{CALL_TYPE}/{name}/delete"
        await self._ask("POST", call, json={"hard": True})
        channel = f"{self._chat_url}/channels/{CHANNEL_TYPE}/{name}"
        await self._ask("DELETE", channel, params={"hard_delete": "true"})

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, method: str, url: str, **request: Any) -> bool:
        """Whether the thing was there; False is a 404."""
        try:
            answer = await self._http.request(method, url, **request)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise MediaUnavailable(f"Stream cannot be reached: {reason}") from error
        if not answer.is_success and answer.status_code != httpx.codes.NOT_FOUND:
            raise MediaUnavailable(f"Stream answered {answer.status_code} to {method} {url}")
        return answer.is_success
