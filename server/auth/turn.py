"""Names and passwords for TURN servers that are good for a while and need no list of people.

The rule is the "TURN REST API" (draft-uberti-behave-turn-rest-00), which coturn follows with
``use-auth-secret``: the name is the moment it ends, in Unix seconds, and who it is for; the
password is the HMAC-SHA1 of the name under a secret that both servers know.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import datetime
from typing import NamedTuple


class TurnCredential(NamedTuple):
    username: str
    credential: str


def turn_credential(secret: str, user_id: str, until: datetime) -> TurnCredential:
    """What one person signs in to the TURN servers with, to that second."""
    username = f"{int(until.timestamp())}:{user_id}"
    digest = hmac.digest(secret.encode(), username.encode(), "sha1")
    return TurnCredential(username, b64encode(digest).decode())
