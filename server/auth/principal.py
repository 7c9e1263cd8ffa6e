"""Who somebody is, as far as a token says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "guest"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user, or a guest who came by an invitation."""

    user_id: str
    name: str
    kind: Kind
