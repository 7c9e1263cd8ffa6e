"""Calls the function of a Python file once for each test; runs inside the sandbox.

Standard input: the nonce, what to call (JSON), then the arguments of a test (JSON) a line. For
each test one line leaves on standard output: the nonce, a colon, and what came of the call. What
the judged code prints goes to standard error, where the nonce and a number end each test's part.
"""

from __future__ import annotations  # it runs from Python 3.8 on

import contextlib
import gc
import json
import os
import resource
import sys
import time
import types
from collections import deque
from typing import Any

LONGEST_RESULT = 100_000  # characters of JSON
LONGEST_CHAIN = 100_000  # nodes
LONGEST_ERROR = 2_000
MOST_LINES = 8  # of the code's own in one error


class Unfit(Exception):
    """The result is no value of the problem's type."""


class Node:
    """A node where the judged file has no class for it."""

    val: Any = None
    next: Any = None
    left: Any = None
    right: Any = None


def node_of(maker: Any, value: Any, **links: Any) -> Any:
    try:
        node = maker(value)
    except TypeError:
        node = maker()
    node.val = value
    for name, link in links.items():
        setattr(node, name, link)
    return node


def list_from(values: list[Any], maker: Any) -> Any:
    first = None
    for value in reversed(values):
        first = node_of(maker, value, next=first)
    return first


def tree_from(values: list[Any], maker: Any) -> Any:
    """From the levels, top to bottom; children of what is missing are left out."""
    if not values:
        return None
    rest = iter(values)
    root = node_of(maker, next(rest), left=None, right=None)
    waiting = deque([root])
    while waiting:
        node = waiting.popleft()
        for side in ("left", "right"):
            value = next(rest, None)
            if value is not None:
                child = node_of(maker, value, left=None, right=None)
                setattr(node, side, child)
                waiting.append(child)
    return root


def list_to(node: Any) -> list[Any]:
    values: list[Any] = []
    while node is not None:
        if len(values) >= LONGEST_CHAIN:
            raise Unfit("The list returned has no end: one of its nodes comes twice.")
        values.append(plain(node.val))
        node = node.next
    return values


def tree_to(root: Any) -> list[Any]:
    values: list[Any] = []
    waiting = deque([root])
    while waiting:
        node = waiting.popleft()
        if len(values) >= LONGEST_CHAIN:
            raise Unfit("The tree returned has no end: one of its nodes is its own descendant.")
        values.append(None if node is None else plain(node.val))
        if node is not None:
            waiting.extend((node.left, node.right))
    while values and values[-1] is None:
        values.pop()
    return values


def plain(value: Any) -> Any:
    """What JSON can say; what no test can expect is told as `{"$": text}`."""
    kind = type(value)
    if kind in (bool, int, str):
        return value
    if isinstance(value, float):
        return float(value) if value - value == 0 else {"$": str(value)}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, (bool, int, str)):
        return kind.__mro__[-2](value)  # a subclass such as an enumeration's
    if value is None:
        return {"$": "None"}
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist())
    raise Unfit(f"The function returned {kind.__name__}: {repr(value)[:200]}")


def build(value: Any, kind: str, module: Any) -> Any:
    """An argument as the function takes it."""
    if kind.endswith("[]"):
        return [build(entry, kind[:-2], module) for entry in value]
    if kind.startswith("linked-list<"):
        return list_from(value, getattr(module, "ListNode", Node))
    if kind.startswith("tree<"):
        return tree_from(value, getattr(module, "TreeNode", Node))
    return float(value) if kind == "number" else value


def taken(value: Any, kind: str) -> Any:
    """A result as JSON can say it. Raises Unfit."""
    structured = "<" in kind
    if structured and kind.endswith("[]") and isinstance(value, (list, tuple)):
        return [taken(entry, kind[:-2]) for entry in value]
    if structured and (value is None or hasattr(value, "val")):
        return list_to(value) if kind.startswith("linked-list<") else tree_to(value)
    return plain(value)


def told(error: BaseException, files: str) -> str:
    """The error with those lines that are the judged code's own, the innermost first."""
    name = type(error).__name__
    if isinstance(error, SyntaxError):
        where = f"\n    at {os.path.relpath(str(error.filename))}:{error.lineno}"
        return f"{name}: {error.msg}{where}"
    lines: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        path = os.path.abspath(trace.tb_frame.f_code.co_filename)
        if path.startswith(files) and path != DRIVER:
            at = f"{os.path.relpath(path)}:{trace.tb_lineno}"
            lines.append(f"\n    at {trace.tb_frame.f_code.co_name} ({at})")
        trace = trace.tb_next
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - its own __str__ may fail in any way
        message = "(its text could not be made)"
    shown = "".join(lines[::-1][:MOST_LINES])
    return f"{name}: {message}"[: LONGEST_ERROR // 2] + shown[: LONGEST_ERROR // 2]


class Wire:
    """The real standard output, out of the judged code's way, and its own streams instead."""

    def __init__(self) -> None:
        with os.fdopen(os.dup(0), encoding="utf-8") as given:
            self.lines = given.read().splitlines()
        self.nonce = self.lines[0]
        self.out = os.dup(1)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        # bound now: the judged code may change any of these
        self.write, self.encode, self.flush = os.write, json.dumps, sys.stdout.flush

    def put(self, descriptor: int, text: str) -> None:
        data = text.encode("ascii")
        while data:
            data = data[self.write(descriptor, data) :]

    def tell(self, frame: dict[str, Any]) -> None:
        self.put(self.out, f"{self.nonce}:{self.encode(frame, separators=(',', ':'))}\n")

    def end_case(self, index: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # they are the code's own, and maybe closed
                stream.flush()
        with contextlib.suppress(OSError):
            self.put(2, f"{self.nonce}:{index}\n")


DRIVER = os.path.abspath(__file__)


def load(path: str) -> Any:
    """The judged file as a module; its main part does not run."""
    module = types.ModuleType("judged")
    module.__file__ = path
    sys.modules["judged"] = module
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    exec(code, module.__dict__)  # noqa: S102 - what this program is for
    return module


class Calls:
    """The calls of one run: the same function, other arguments."""

    def __init__(self, order: dict[str, Any], module: Any) -> None:
        self.function = getattr(module, order["function"])
        self.parameters: list[str] = order["parameters"]
        self.result: str = order["result"]
        self.in_place: int | None = order["inPlace"]
        self.module = module
        self.clock = time.perf_counter_ns

    def call(self, line: str) -> dict[str, Any]:
        arguments = [
            build(value, kind, self.module)
            for value, kind in zip(json.loads(line), self.parameters)  # noqa: B905 - 3.8
        ]
        frame: dict[str, Any] = {}
        began = self.clock()
        try:
            value = self.function(*arguments)
            frame["t"] = (self.clock() - began) // 1000
            if self.in_place is not None:
                value = arguments[self.in_place]
            frame["v"] = taken(value, self.result)
            if len(json.dumps(frame["v"])) > LONGEST_RESULT:
                raise Unfit(f"The result is longer than {LONGEST_RESULT:,} characters.")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the next test is called
            frame.pop("v", None)
            frame.setdefault("t", (self.clock() - began) // 1000)
            frame["e"] = str(error) if type(error) is Unfit else told(error, FILES)
            if isinstance(error, MemoryError):
                frame["x"] = "memory"
        return frame


FILES = os.getcwd() + os.sep


def main() -> None:
    wire = Wire()
    order = json.loads(wire.lines[1])
    sys.path[0] = os.path.dirname(os.path.abspath(order["main"]))
    sys.argv = [order["main"]]
    peak = resource.getrusage
    try:
        module = load(order["main"])
        if not callable(getattr(module, order["function"], None)):
            raise Unfit(f"There is no function {order['function']} in {order['main']}.")
    except BaseException as error:  # noqa: BLE001 - also an exit while loading
        text = str(error) if type(error) is Unfit else told(error, FILES)
        wire.tell({"load": text})
        wire.put(2, text.encode("ascii", "backslashreplace").decode() + "\n")
        os._exit(1)
    calls = Calls(order, module)
    wire.end_case(-1)  # what loading printed
    for index, line in enumerate(wire.lines[2:]):
        gc.collect()
        frame = calls.call(line)
        frame["m"] = peak(resource.RUSAGE_SELF).ru_maxrss * 1024
        wire.end_case(index)
        wire.tell({"i": index, **frame})
    os._exit(0)  # threads of the judged code do not keep it


if __name__ == "__main__":
    main()
