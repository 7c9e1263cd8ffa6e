"""The figures of several workers as one text, and the supervisor's own beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

BLOCK: Final = re.compile(r"^(?=# HELP )", re.MULTILINE)
"""Where a figure begins, with what it is."""


class Watched:
    """What only the supervisor knows of workers."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._up = Gauge(
            "interview_worker_up", "1 while a worker answers.", ["worker"], registry=registry
        )
        self.starts = Counter(
            "interview_worker_starts",
            "Starts of workers: the first, after a crash, and by SIGHUP.",
            ["worker"],
            registry=registry,
        )

    def all(self, texts: Mapping[int, bytes | None]) -> bytes:
        """The figures of all workers by their number (None: it does not answer), and ours."""
        for number, text in texts.items():
            self._up.labels(str(number)).set(text is not None)
        answered = [text for text in texts.values() if text is not None]
        return generate_latest(self._registry) + merged(answered)


def merged(texts: Iterable[bytes]) -> bytes:
    """Each figure once, with the lines of all: Prometheus takes no figure that is in two places."""
    families: dict[str, list[str]] = {}
    for text in texts:
        for block in BLOCK.split(text.decode()):
            lines = block.splitlines()
            head = [line for line in lines if line.startswith("#")]
            families.setdefault("\n".join(head), []).extend(lines[len(head) :])
    families.pop("", None)
    return "".join("\n".join((head, *lines)) + "\n" for head, lines in families.items()).encode()
