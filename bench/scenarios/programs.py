"""Programs in the sandbox: how soon they are heard of, how many, and what they cost others."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from pycrdt import Doc, Map, Text

from bench.figures import Cases, Figures, latencies, percentile
from bench.machine import cpu_seconds, move
from bench.people import Person, gather
from bench.scenarios.rooms import typing
from bench.targets import Ours, Target
from bench.wire import Loop
from server.runner.languages import RECIPES

AT_ONCE = 4
"""What a server allows unless told otherwise."""

BUSY = 20
COMPILERS_SECONDS = 30.0
COMPUTES = "print('on', flush=True)\nwhile True: pass\n"
BY_LANGUAGE = {recipe.language.id: recipe for recipe in RECIPES}


def runs(target: Target, quick: bool) -> Cases:
    """Ours alone: a hello in every language of this machine, from Run to its first output and to
    its verdict; as many Python hellos as four slots do; and two who type beside 20 programs that
    compute, server and programs wherever the machine puts them."""
    if not isinstance(target, Ours):
        return {}
    return _hellos(target, quick) | _at_most(target, quick) | _beside(target, quick)


@dataclass(eq=False)
class Runner(Person):
    """Somebody who runs programs and hears what becomes of them."""

    room: int = 0
    languages: frozenset[str] = frozenset()
    outputs: list[float] = field(default_factory=list)
    verdicts: list[float] = field(default_factory=list)
    """When the first output of each run and its end were heard."""
    begun: list[float] = field(default_factory=list)
    """When each was asked for."""

    def show(self, language: str, text: str) -> None:
        """Add a file and show it; once a room."""
        doc = Doc[Any]()
        path = f"bench{PurePath(BY_LANGUAGE[language].language.path).suffix}"
        doc.get("files", type=Map)[path] = {"language": language}
        doc.get(f"file:{path}", type=Text).insert(0, text)
        doc.get("room", type=Map)["active"] = path
        self.paste(doc.get_update())

    def _on_event(self, payload: bytes, now: float) -> None:
        super()._on_event(payload, now)
        event = json.loads(payload)
        match event["type"]:
            case "hello":
                self.languages = frozenset(e["language"] for e in event["runner"]["languages"])
            case "run.output" if len(self.outputs) < len(self.begun):
                self.outputs.append(now)
            case "run.finished":
                assert event["run"]["verdict"] == "ok", event["run"]
                self.verdicts.append(now)


@dataclass(slots=True)
class Desk:
    """A server with a runner, and what asks it for runs while its events are read."""

    target: Ours
    loop: Loop
    pool: ThreadPoolExecutor
    asked: list[Future[None]] = field(default_factory=list)

    def people(self, rooms: int) -> list[Runner]:
        first = len(self.target.sessions)
        made = [
            Runner(self.loop, seats[0], 10 + first + number, room=first + number)
            for number, seats in enumerate(self.target.seats(rooms, 2))
        ]
        gather(self.loop, made)
        return made

    def run(self, person: Runner) -> None:
        person.begun.append(time.perf_counter())
        self.asked.append(self.pool.submit(self.target.run, person.room))

    def until_ended(self, people: Sequence[Runner], what: str) -> None:
        self.loop.until(lambda: all(len(each.verdicts) == len(each.begun) for each in people), what)
        self.check()

    def until_heard(self, people: Sequence[Runner]) -> None:
        self.loop.until(lambda: all(each.outputs for each in people), "first outputs")
        self.check()

    def check(self) -> None:
        """Raises what became of a request, if one failed."""
        while self.asked:
            self.asked.pop().result()


@contextmanager
def _desk(target: Ours, at_once: int) -> Iterator[Desk]:
    running = target.running(at_once)
    loop = Loop()
    running.start()
    try:
        with ThreadPoolExecutor(BUSY) as pool:
            yield Desk(running, loop, pool)
        loop.close_all()
    finally:
        running.close()


def _hellos(target: Ours, quick: bool) -> Cases:
    cases = {}
    with _desk(target, AT_ONCE) as desk:
        for language in _languages(desk):
            [person] = desk.people(1)
            person.show(language, BY_LANGUAGE[language].hello)
            for _ in range(2 if quick else 10):
                desk.run(person)
                desk.until_ended([person], language)
            label = BY_LANGUAGE[language].language.label
            cases[f"hello in {label}"] = _hello_figures(person)
    return cases


def _languages(desk: Desk) -> list[str]:
    """All that there are: compilers are tried after the start."""
    give_up = time.perf_counter() + COMPILERS_SECONDS
    found: frozenset[str] = frozenset()
    while len(found) < len(RECIPES) and time.perf_counter() < give_up:
        [person] = desk.people(1)
        desk.loop.poll(2.0)
        found = person.languages
    return [each for each in BY_LANGUAGE if each in found]


def _hello_figures(person: Runner) -> Figures:
    def waits(ends: list[float]) -> list[float]:
        return [end - begun for end, begun in zip(ends, person.begun, strict=True)]

    first, ended = waits(person.outputs), waits(person.verdicts)
    return {
        "first output p50 ms": 1000 * percentile(first, 50),
        "first output max ms": 1000 * max(first),
        "verdict p50 ms": 1000 * percentile(ended, 50),
        "verdict max ms": 1000 * max(ended),
    }


def _at_most(target: Ours, quick: bool) -> Cases:
    """Twice as many rooms as slots, each of which runs again as soon as it may."""
    seconds = 4.0 if quick else 20.0
    with _desk(target, AT_ONCE) as desk:
        people = desk.people(2 * AT_ONCE)
        for person in people:
            person.show("python", BY_LANGUAGE["python"].hello)
            desk.run(person)
        desk.until_ended(people, "the first runs")
        done = sum(len(each.verdicts) for each in people)
        cpu, began = cpu_seconds(desk.target.pid), time.perf_counter()
        while (now := time.perf_counter()) < began + seconds:
            for person in people:
                if len(person.verdicts) == len(person.begun):
                    desk.run(person)
            desk.loop.poll(0.01)
        done = sum(len(each.verdicts) for each in people) - done
        cpu = cpu_seconds(desk.target.pid) - cpu
        desk.until_ended(people, "the last runs")
        waits = [
            end - begun
            for each in people
            for end, begun in zip(each.verdicts[1:], each.begun[1:], strict=True)
        ]
    return {
        f"Python hellos, {AT_ONCE} at once": {
            "runs/minute": 60 * done / (now - began),
            "server CPU ms/run": 1000 * cpu / done,
            **latencies(waits, "verdict"),
        }
    }


def _beside(target: Ours, quick: bool) -> Cases:
    """The same two who type, without and with programs that compute in other rooms."""
    cases = {}
    with _desk(target, BUSY) as desk:
        move(desk.target.pid, None)  # and with it the programs; the database stays where it is
        [seats] = desk.target.seats(1, 2)
        typists = [Person(desk.loop, seat, 1000 + number) for number, seat in enumerate(seats)]
        typists[0].watched, typists[1].watched = typists[1:], typists[:1]
        gather(desk.loop, typists)
        people = desk.people(BUSY)
        for programs in (0, BUSY):
            for person in people[:programs]:
                person.show("python", COMPUTES)
                desk.run(person)
            desk.until_heard(people[:programs])
            name = f"two who type 10 edits/s, {programs} programs compute"
            cases[name] = typing(desk.target, desk.loop, typists, typists, 10, quick)
    return cases
