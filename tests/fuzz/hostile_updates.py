"""Gives a replica mutated updates and state vectors; in a process of its own, because what
slips through may end it.

``python -m tests.fuzz.hostile_updates SEED COUNT`` prints how often what came of them as JSON.
Whatever else happens ends it with an error that names the bytes.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter

from crdt import frames
from crdt.errors import DocumentFull, DocumentPoisoned, FrameError, UpdateError
from crdt.frames import Frame, SyncStep1, SyncStep2, Update
from crdt.replica import Peer, Replica, Role
from tests.crdt.test_vet import rich_document
from tests.fuzz.mutate import mutated
from tests.fuzz.world import World

EXPECTED = (FrameError, UpdateError, DocumentFull, DocumentPoisoned)


def journals(rng: random.Random) -> list[list[bytes]]:
    """Documents of several people, and one with everything there is."""
    made = [rich_document()]
    for _ in range(5):
        world = World(rng.getrandbits(32))
        for _ in range(rng.randint(10, 60)):
            world.step()
        world.settle()
        made.append(world.journal)
    return made


def look(replica: Replica) -> None:
    """What the room does with a document that has taken an update."""
    document = replica.document
    document.files()
    document.active()
    document.state_vector()
    document.check_size()
    document.snapshot()


def receive(journal: list[bytes], frame: Frame) -> str:
    """What becomes of ``frame`` in a room with that journal."""
    replica = Replica()
    replica.load(journal)
    peer = Peer("1", "eve", "Eve", Role.PARTICIPANT)
    replica.join(peer)
    try:
        replica.receive(peer, frames.decode(frames.encode(frame)))
        look(replica)
    except EXPECTED as error:
        if isinstance(error, DocumentPoisoned):
            again = Replica()
            again.load(journal)
            look(again)
        return type(error).__name__
    return "effects"


def main(seed: int, count: int) -> None:
    rng = random.Random(seed)
    rooms = journals(rng)
    outcomes: Counter[str] = Counter()
    for _ in range(count):
        journal = rng.choice(rooms)
        replica = Replica()
        replica.load(journal)
        kind = rng.choice((Update, SyncStep2, SyncStep1))
        if kind is SyncStep1:
            honest = replica.document.state_vector()
        else:
            honest = rng.choice([*journal, replica.document.state()])
        frame = kind(mutated(honest, rng))
        try:
            outcomes[receive(journal, frame)] += 1
        except BaseException:
            print(f"{frame!r} after {[one.hex() for one in journal]}", file=sys.stderr)
            raise
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
