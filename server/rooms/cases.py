"""What a run came to, test by test.

A starter prints one line for each visible test, so the lines tell. This one function is all that
knows it: whatever judges otherwise takes its place.
"""

from __future__ import annotations

from typing import Any, Final

Case = dict[str, Any]
"""``{index, passed, expected, got}``; ``got`` is None where the program ended before."""

SHOWN_CHARACTERS: Final = 1_000
"""Of what a program printed for one test: a line may be as long as all output together."""


def judged(expected: str, printed: str) -> list[Case]:
    """One case for each line of ``expected``, told from the lines that were ``printed``.

    Blanks at the end of a line do not count; lines beyond those expected do not either.
    """
    lines = [line.rstrip() for line in printed.split("\n")]
    if not lines[-1]:
        del lines[-1]  # what follows the last line end is no line, unless something is there
    cases = []
    for index, wanted in enumerate(expected.removesuffix("\n").split("\n")):
        got = lines[index] if index < len(lines) else None
        cases.append(
            {
                "index": index,
                "passed": got == wanted.rstrip(),
                "expected": wanted,
                "got": got and got[:SHOWN_CHARACTERS],
            }
        )
    return cases
