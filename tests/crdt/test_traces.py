"""What people really typed, keystroke by keystroke."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from pycrdt import Doc, Text

from crdt.document import Document
from crdt.vet import vet_update
from tests.helpers.stock import TRACES


@pytest.mark.rule("VT10")
@pytest.mark.parametrize("name", ["sveltecomponent", "friendsforever_flat"])
def test_every_update_of_a_real_trace_passes_and_the_text_is_the_same(name: str) -> None:
    path = TRACES / f"{name}.json.gz"
    if not path.exists():
        pytest.skip(f"there is no {path.name} in {TRACES.parent.name}/{TRACES.name}")
    trace: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    assert trace["endContent"].isascii(), "positions would have to be turned into bytes"
    author, updates = Doc[Any](), []
    author.observe(lambda event: updates.append(event.update))
    text: Text = author.get("file:a", type=Text)
    for transaction in trace["txns"]:
        for at, deleted, inserted in transaction["patches"]:
            if deleted:
                del text[at : at + deleted]
            if inserted:
                text.insert(at, inserted)
    document = Document()
    for update in updates:
        vet_update(update)
        document.apply(update)
    assert document.text("a") == trace["endContent"]
    vet_update(document.snapshot())
