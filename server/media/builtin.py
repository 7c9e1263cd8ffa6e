"""What carries video and chat without a service: nothing, so nothing lives elsewhere."""

from __future__ import annotations


class BuiltinMedia:
    """Implements ``server.media.base.Media``."""

    async def check(self) -> None:
        """There is nothing that could be away."""

    async def remove(self, call_id: str) -> None:
        """There is nothing to remove."""

    async def close(self) -> None:
        """There is nothing to close."""
