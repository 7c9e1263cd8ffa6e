"""The web client's copy of the close codes is the server's list."""

from __future__ import annotations

import re

from crdt.errors import CloseCode
from tests.helpers.server import ROOT

COPY = ROOT / "web/src/collab/closeCodes.ts"


def test_the_web_client_knows_exactly_the_server_s_close_codes() -> None:
    listed = COPY.read_text().split("CLOSE_CODES = {", 1)[1].split("}", 1)[0]
    copied = {name: int(code) for name, code in re.findall(r"(\w+): (\d+)", listed)}
    assert copied == {code.name: code.value for code in CloseCode}
