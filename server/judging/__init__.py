"""Judging: the function that somebody wrote, called with every test inside the sandbox.

`drivers/` holds one program a language that makes the calls. It is given arguments only and tells
what came back: what is right is known and compared here, so nothing a program prints or pretends
can be worth more than returning it.
"""

from server.judging.cases import Case, passed_all
from server.judging.judge import Judge, judgeable

__all__ = ["Case", "Judge", "judgeable", "passed_all"]
