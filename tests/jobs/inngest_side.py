"""Inngest's side: the requests it makes, signed as it signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import httpx

SIGNING_KEY = "0123456789abcdef0123456789abcdef"


class InngestSide:
    """What Inngest sends, signed as it signs: over the body in canonical JSON and the time."""

    def __init__(self, url: str, key: str = SIGNING_KEY) -> None:
        self.url = f"{url}/api/inngest"
        self._key = key

    def signed(self, content: bytes, at: float | None = None) -> dict[str, str]:
        moment = str(int(time.time() if at is None else at))
        # canonical as RFC 8785 has it, for the plain ASCII and whole numbers that are sent here
        canonical = json.dumps(json.loads(content or "0"), sort_keys=True, separators=(",", ":"))
        said = (canonical if content else "") + moment
        mac = hmac.new(self._key.encode(), said.encode(), hashlib.sha256)
        return {"x-inngest-signature": f"t={moment}&s={mac.hexdigest()}"}

    def sync(self) -> httpx.Request:
        content = json.dumps({"url": self.url}).encode()
        headers = {"x-inngest-sync-kind": "in_band", "x-inngest-server-kind": "cloud"}
        return httpx.Request(
            "PUT", self.url, content=content, headers=headers | self.signed(content)
        )

    def call(self, function: str, **headers: str) -> httpx.Request:
        event = {
            "id": "1",
            "name": "inngest/scheduled.timer",
            "data": {"cron": "* * * * *"},
            "ts": 1,
        }
        context = {
            "attempt": 0,
            "disable_immediate_execution": False,
            "fn_id": function,
            "run_id": "01J",
            "stack": {"stack": []},
            "use_api": False,
        }
        body = {"ctx": context, "event": event, "events": [event], "steps": {}, "use_api": False}
        content = json.dumps(body).encode()
        return httpx.Request(
            "POST",
            self.url,
            params={"fnId": function, "stepId": "step"},
            content=content,
            headers=self.signed(content) | headers,
        )
