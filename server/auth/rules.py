"""What a name, an e-mail address and a password may be, for the API and the command alike."""

from __future__ import annotations

import re
from typing import Annotated, Final

from msgspec import Meta

from server.errors import InvalidBody

NAME_CHARACTERS: Final = 60
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")

Name = Annotated[str, Meta(max_length=NAME_CHARACTERS, examples=["Ada Lovelace"])]
Email = Annotated[
    str,
    Meta(
        max_length=254,  # the longest address that mail can be sent to
        examples=["ada@example.com"],
        extra_json_schema={"format": "email"},
    ),
]
Password = Annotated[
    str,
    Meta(max_length=200, examples=["correct horse battery"]),  # hashing more only costs us time
]
NewPassword = Annotated[Password, Meta(min_length=8)]


def clean_name(name: str) -> str:
    """The name without space around it; raises InvalidBody when nothing to show is left."""
    clean = " ".join(name.split())
    if not clean:
        raise InvalidBody("name must not be empty.", field="name")
    if not clean.isprintable():
        raise InvalidBody("name must not have invisible characters.", field="name")
    return clean


def clean_email(email: str) -> str:
    """The address without space around it; raises InvalidBody when it cannot be one."""
    clean = email.strip()
    if not ADDRESS.fullmatch(clean):
        raise InvalidBody("email must be an e-mail address.", field="email")
    return clean
