"""Editors, workers and a network that a seed disturbs."""

from __future__ import annotations

import random

from crdt.document import SeedFile
from crdt.replica import Role
from tests.helpers.editor import Editor
from tests.helpers.wire import Wire, deliver_all, disturb
from tests.helpers.worker import Line, Worker

WORDS = ("a", "b", "v", "\n", "    ", "é", "日本", "😀", "👩‍👩‍👧", "def f(x):\n", "x" * 130, "")
CURSORS = (None, 0, 1, 7, {"anchor": 1, "head": 5}, "😀")


class World:
    """One room on one or two workers, with everybody who ever came."""

    def __init__(self, seed: int, workers: int = 1) -> None:
        self.rng = random.Random(seed)
        self.journal: list[bytes] = []
        self.workers = [Worker(self.journal) for _ in range(workers)]
        self.bus: list[Wire] = []
        self.lines: list[tuple[Worker, Line]] = []
        self.dead: list[tuple[Worker, Line]] = []
        self.away: list[tuple[Editor, Role]] = []
        for worker in self.workers:
            self._join_bus(worker)
        files = [SeedFile("a", "text", "seed 😀\n")]
        self.workers[0].carry_out(self.workers[0].replica.seed(files, "a"))
        self.come(Role.HOST)
        self.come(Role.PARTICIPANT)

    def _join_bus(self, worker: Worker) -> None:
        wires = [Wire(other.from_bus) for other in self.workers if other is not worker]
        self.bus += wires

        def publish(update: bytes) -> None:
            for wire in wires:
                wire.send(update)

        worker.publish = publish

    # -- what happens ------------------------------------------------------------------

    def step(self) -> None:
        """Let one thing happen."""
        happenings = (self.type, self.type, self.move, self.deliver, self.deliver, self.deliver)
        rare = (
            self.come_somebody,
            self.lose,
            self.lose,
            self.come_back,
            self.notice,
            self.hold,
            self.leave,
        )
        self.rng.choice(rare if self.rng.random() < 0.12 else happenings)()

    def come_somebody(self) -> None:
        if len(self.lines) + len(self.away) < 7:
            self.come(self.rng.choice(list(Role)))

    def come(self, role: Role) -> None:
        """Somebody opens the page; two in seven are second pages of the same person."""
        editor = Editor(self.rng.getrandbits(32), f"user{self.rng.randrange(5)}")
        self._connect(editor, role)

    def type(self) -> None:
        editor, role = self._anybody()
        if role is Role.SPECTATOR:
            return
        length = len(editor.text)
        at = self.rng.randint(0, length)
        if self.rng.random() < 0.7 or at == length:
            editor.insert(at, self.rng.choice(WORDS))
        else:
            editor.delete(at, min(length, at + self.rng.randint(1, 5)))

    def move(self) -> None:
        self._anybody()[0].move(self.rng.choice(CURSORS))

    def deliver(self) -> None:
        busy = [wire for wire in self._wires() if wire.waiting]
        if busy:
            wire = self.rng.choice(busy)
            disturb(wire, self.rng, orderly=wire in self.bus)

    def lose(self) -> None:
        """A connection breaks; the worker may notice later."""
        if self.lines:
            worker, line = self.lines.pop(self.rng.randrange(len(self.lines)))
            line.editor.close()
            if self.rng.random() < 0.5:
                line.up.cut = True  # what was on its way still arrives
            else:
                line.up.disconnect()
            line.down.disconnect()
            self.dead.append((worker, line))
            self.away.append((line.editor, line.peer.role))

    def leave(self) -> None:
        """Somebody whose edits have all arrived closes the page for good."""
        gone = [(at, line) for at, (_, line) in enumerate(self.lines) if self._arrived(line)]
        if len(gone) > 1:
            at, line = self.rng.choice(gone)
            line.editor.close()
            self.dead.append(self.lines.pop(at))

    def notice(self) -> None:
        if self.dead:
            worker, line = self.dead.pop(self.rng.randrange(len(self.dead)))
            worker.notice(line)

    def come_back(self) -> None:
        if self.away:
            self._connect(*self.away.pop(self.rng.randrange(len(self.away))))

    def hold(self) -> None:
        """Storage goes away or comes back on one worker."""
        worker = self.rng.choice(self.workers)
        reason = None if worker.replica.read_only else "storage is away"
        worker.carry_out(worker.replica.set_read_only(reason))

    # -- the end -----------------------------------------------------------------------

    def settle(self) -> None:
        """Everybody reconnects over a good network and renews their presence."""
        for wire in self.bus:
            deliver_all(lambda wire=wire: [wire])  # type: ignore[misc]
        for worker in self.workers:
            worker.carry_out(worker.replica.set_read_only(None))
        for worker, line in [*self.lines, *self.dead]:
            worker.notice(line)
            line.editor.close()
        back = [(line.editor, line.peer.role) for _, line in self.lines] + self.away
        self.lines, self.dead, self.away = [], [], []
        for editor, role in back:
            self._connect(editor, role)
        self.flush()
        for _, line in self.lines:
            line.editor.move(line.editor.cursor)
        self.flush()

    def flush(self) -> None:
        """Deliver everything that is on its way, in order."""
        deliver_all(self._wires)

    @property
    def editors(self) -> list[Editor]:
        return [line.editor for _, line in self.lines]

    def _connect(self, editor: Editor, role: Role) -> None:
        worker = self.rng.choice(self.workers)
        self.lines.append((worker, worker.connect(editor, role)))

    def _arrived(self, line: Line) -> bool:
        worker = self.workers[0]
        return worker.replica.document.knows(line.editor.update())

    def _anybody(self) -> tuple[Editor, Role]:
        """Somebody, connected or not: people type while they are offline."""
        people = [(line.editor, line.peer.role) for _, line in self.lines] + self.away
        return self.rng.choice(people) if people else (Editor(1, "nobody"), Role.SPECTATOR)

    def _wires(self) -> list[Wire]:
        return [*self.bus, *(wire for worker in self.workers for wire in worker.wires())]
