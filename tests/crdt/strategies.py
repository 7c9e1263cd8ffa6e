"""Hypothesis strategies for frames and what they are made of."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from crdt.frames import (
    Event,
    Frame,
    PermissionDenied,
    Presence,
    PresenceEntry,
    QueryPresence,
    SyncStep1,
    SyncStep2,
    Update,
)

NUMBERS = st.one_of(
    st.integers(0, 2**63 - 1),
    st.integers(1, 9).flatmap(lambda size: st.integers(-2, 2).map(lambda d: 2 ** (7 * size) + d)),
).filter(lambda number: number < 2**63)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON_OBJECTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
EVENTS = st.builds(lambda body, kind: {**body, "type": kind}, JSON_OBJECTS, TEXTS)
STATES = st.none() | TEXTS.filter(lambda text: text != "null") | JSON_OBJECTS.map(json.dumps)
ENTRIES = st.builds(PresenceEntry, NUMBERS, NUMBERS, STATES)
FRAMES: st.SearchStrategy[Frame] = st.one_of(
    st.builds(SyncStep1, st.binary()),
    st.builds(SyncStep2, st.binary()),
    st.builds(Update, st.binary(max_size=300)),
    st.builds(Presence, st.lists(ENTRIES, max_size=5).map(tuple)),
    st.builds(PermissionDenied, TEXTS),
    st.just(QueryPresence()),
    st.builds(Event, EVENTS.map(json.dumps)),
)
