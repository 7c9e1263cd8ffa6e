"""How many examples hypothesis tries: `CRDT_EXAMPLES=1000` for more."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile(
    "crdt", max_examples=int(os.environ.get("CRDT_EXAMPLES", "100")), deadline=None, print_blob=True
)
settings.load_profile("crdt")
