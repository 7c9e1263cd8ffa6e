"""What an issuer tells of somebody, made fit to be shown here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from server.auth.rules import NAME_CHARACTERS

ADDRESS_CHARACTERS: Final = 2048


@dataclass(frozen=True, slots=True)
class Profile:
    """None: the issuer said nothing of it, so what is known stays.

    `updated_at`: when this was so, in milliseconds; only what is newer replaces it.
    """

    name: str | None = None
    email: str | None = None
    picture: str | None = None
    updated_at: int = 0


def profile_of(claims: Mapping[str, Any]) -> Profile:
    """What a token itself tells (OpenID Connect Core, section 5.1)."""
    email = claims.get("email")
    return Profile(
        name=shown_name(claims.get("name") or claims.get("preferred_username")),
        email=email if isinstance(email, str) and email else None,
        picture=shown_picture(claims.get("picture")),
        updated_at=int(claims.get("iat", 0)) * 1000,
    )


def shown_name(given: object) -> str | None:
    """A name in our bounds; None when nothing is left to show."""
    if not isinstance(given, str):
        return None
    seen = "".join(letter for letter in given if letter.isprintable() or letter.isspace())
    return " ".join(seen.split())[:NAME_CHARACTERS].strip() or None


def shown_picture(given: object) -> str | None:
    return given if isinstance(given, str) and is_picture_address(given) else None


def is_picture_address(given: str) -> bool:
    """Whether it is an https address that a page can show."""
    if len(given) > ADDRESS_CHARACTERS or not given.isascii() or not given.isprintable():
        return False
    try:
        parts = urlsplit(given)
        return parts.scheme == "https" and bool(parts.hostname) and " " not in given
    except ValueError:
        return False
