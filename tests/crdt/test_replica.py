"""The rules of one room: frames in, effects out."""

from __future__ import annotations

import pytest

from crdt import frames
from crdt.document import Document, SeedFile, together
from crdt.errors import DocumentFull, DocumentPoisoned, FrameError, UpdateError
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
from crdt.limits import DOCUMENT_BYTES
from crdt.replica import (
    CONSEQUENCES,
    KEEPALIVE,
    Announce,
    Consequence,
    Heard,
    Origin,
    Peer,
    Replica,
    Reply,
    Role,
    Spread,
)
from crdt.vet import EMPTY_STATE_VECTOR, EMPTY_UPDATE
from tests.crdt import hostile
from tests.crdt.updates import by, deletions, string, typed, update

SEED = [SeedFile("a", "text", "seed")]


def peer(name: str = "ada", role: Role = Role.PARTICIPANT, *, events: bool = True) -> Peer:
    return Peer(f"connection of {name}", name, name.title(), role, events)


@pytest.fixture
def replica() -> Replica:
    return Replica()


@pytest.fixture
def ada(replica: Replica) -> Peer:
    return joined(replica, peer("ada"))


@pytest.fixture
def eve(replica: Replica) -> Peer:
    return joined(replica, peer("eve", Role.SPECTATOR))


def joined(replica: Replica, one: Peer) -> Peer:
    replica.join(one)
    return one


def reply(to: Peer, frame: Frame) -> Reply:
    return Reply(to, frames.encode(frame))


def spread(origin: Origin, sender: Peer | None, data: bytes) -> Spread:
    return Spread(origin, sender, data, frames.encode(Update(data)))


def announce(sender: Peer, *entries: PresenceEntry) -> Announce:
    return Announce(sender, list(entries), frames.encode(Presence(entries)))


def whole(updates: list[bytes]) -> bytes:
    document = Document()
    for one in updates:
        document.apply(one)
    return document.state()


# -- sync ----------------------------------------------------------------------------------


@pytest.mark.rule("SY1")
@pytest.mark.parametrize("role", [Role.HOST, Role.PARTICIPANT])
def test_who_may_write_is_asked_what_it_has(replica: Replica, role: Role) -> None:
    replica.load(typed("abc"))
    one = peer(role=role)
    assert replica.join(one) == [reply(one, SyncStep1(replica.document.state_vector()))]
    assert one in replica.peers


@pytest.mark.rule("SY2")
def test_a_step_1_is_answered_to_its_sender_with_what_it_lacks(replica: Replica, ada: Peer) -> None:
    first, second = typed("ab")
    replica.load([first, second])
    assert not ada.introduced
    has = Document()
    has.apply(first)
    effects = replica.receive(ada, SyncStep1(has.state_vector()))
    assert effects == [reply(ada, SyncStep2(replica.document.diff(has.state_vector())))]
    assert ada.introduced
    answer = frames.decode(effects[0].message)
    assert isinstance(answer, SyncStep2)
    has.apply(answer.update)
    assert has.text("a") == "ab"


@pytest.mark.rule("SY3", "RO1")
@pytest.mark.parametrize("role", [Role.HOST, Role.PARTICIPANT])
def test_an_update_is_applied_and_spread_as_it_came(replica: Replica, role: Role) -> None:
    one = joined(replica, peer(role=role))
    first, second = typed("ab")
    assert replica.receive(one, Update(first)) == [spread(Origin.PEER, one, first)]
    assert replica.receive(one, Update(second)) == [spread(Origin.PEER, one, second)]
    assert replica.document.text("a") == "ab"


@pytest.mark.rule("SY4")
def test_of_a_step_2_only_the_news_is_spread(replica: Replica, ada: Peer) -> None:
    first, second = typed("ab")
    replica.load([first])
    [effect] = replica.receive(ada, SyncStep2(whole([first, second])))
    assert effect == spread(Origin.PEER, ada, second)
    assert replica.receive(ada, SyncStep2(whole([first, second]))) == []
    assert replica.receive(ada, SyncStep2(EMPTY_UPDATE)) == []


@pytest.mark.rule("SY5")
def test_a_step_2_that_waits_for_other_edits_is_spread_whole(replica: Replica, ada: Peer) -> None:
    first, second, third = typed("abc")
    replica.load([first])
    assert replica.receive(ada, SyncStep2(third)) == [spread(Origin.PEER, ada, third)]
    replica.receive(ada, Update(second))
    assert replica.document.text("a") == "abc"


@pytest.mark.rule("SY8")
def test_document_frames_are_counted_whatever_becomes_of_them(
    replica: Replica, ada: Peer, eve: Peer
) -> None:
    [edit] = typed("a")
    for frame in (Update(edit), SyncStep2(edit), SyncStep2(EMPTY_UPDATE)):
        replica.receive(ada, frame)
        replica.receive(eve, frame)
    replica.set_read_only("storage is away")
    replica.receive(ada, Update(edit))
    replica.receive(ada, QueryPresence())
    replica.receive(ada, SyncStep1(EMPTY_STATE_VECTOR))
    assert (ada.frames, eve.frames) == (4, 3)


@pytest.mark.rule("SY9", "VT11")
@pytest.mark.parametrize(
    "frame",
    [
        Update(b""),
        Update(b"\x01"),
        SyncStep2(b"\x01\x01\x07\x00\x04"),
        SyncStep1(b""),
        SyncStep1(b"\x01\x07"),
        Update(hostile.RESERVING["update of four bytes"]),
        SyncStep2(hostile.STACK["lists"]),
        *[Update(panics) for panics in hostile.PANICS.values()],
    ],
)
def test_what_cannot_be_meant_seriously_changes_nothing(
    replica: Replica, ada: Peer, frame: Frame
) -> None:
    replica.load([hostile.KNOWN])
    before = replica.document.state()
    with pytest.raises(UpdateError):
        replica.receive(ada, frame)
    assert replica.document.state() == before


@pytest.mark.rule("VT2", "RO3")
def test_a_spectator_s_state_vector_is_vetted_too(replica: Replica, eve: Peer) -> None:
    with pytest.raises(UpdateError, match="announced"):
        replica.receive(eve, SyncStep1(hostile.STATE_VECTOR))


@pytest.mark.rule("SY10")
@pytest.mark.parametrize("kind", [Update, SyncStep2])
def test_after_a_poisoned_document_the_journal_still_makes_a_good_one(
    replica: Replica, ada: Peer, kind: type[Update] | type[SyncStep2]
) -> None:
    journal = [hostile.KNOWN, *typed("xy")]
    replica.load(journal)
    with pytest.raises(DocumentPoisoned):
        replica.receive(ada, kind(hostile.PARENT_IS_TEXT))
    again = Replica()
    again.load(journal)
    later = joined(again, peer())
    [more] = typed("z", client=9)
    assert again.receive(later, Update(more)) == [spread(Origin.PEER, later, more)]
    assert sorted(again.document.text("a")) == sorted("aabxyz")


@pytest.mark.rule("SY11")
def test_a_full_document_takes_no_edits_but_can_be_read(replica: Replica, ada: Peer) -> None:
    replica.load([update(by(1, string("x" * (DOCUMENT_BYTES + 1))))])
    [edit] = typed("a")
    for frame in (Update(edit), SyncStep2(edit)):
        with pytest.raises(DocumentFull):
            replica.receive(ada, frame)
    assert replica.receive(ada, SyncStep2(EMPTY_UPDATE)) == []
    known = update(deleted=deletions({1: [(0, 1)]}))
    assert replica.receive(ada, SyncStep2(known)) == [spread(Origin.PEER, ada, known)]
    assert len(replica.receive(ada, SyncStep1(EMPTY_STATE_VECTOR))) == 1


@pytest.mark.rule("SY12")
def test_a_tick_sends_everybody_the_presence_of_nobody(
    replica: Replica, ada: Peer, eve: Peer
) -> None:
    effects = replica.tick()
    assert {effect.peer for effect in effects if isinstance(effect, Reply)} == {ada, eve}
    assert {effect.message for effect in effects if isinstance(effect, Reply)} == {KEEPALIVE}
    assert frames.decode(KEEPALIVE) == Presence(())
    assert replica.receive(ada, Presence(())) == []


@pytest.mark.rule("SY13")
def test_events_are_heard_from_those_who_speak_them(replica: Replica, ada: Peer) -> None:
    stock = joined(replica, peer("stock", events=False))
    event = Event('{"type":"run.stop"}')
    assert replica.receive(ada, event) == [Heard(ada, event)]
    assert replica.receive(stock, event) == []
    assert replica.receive(ada, PermissionDenied("no")) == []


# -- presence ------------------------------------------------------------------------------


@pytest.mark.rule("AW3")
def test_presence_that_changed_is_announced(replica: Replica, ada: Peer) -> None:
    here = PresenceEntry(1, 1, "{}")
    assert replica.receive(ada, Presence((here,))) == [announce(ada, here)]
    assert replica.receive(ada, Presence((here,))) == []


@pytest.mark.rule("AW4")
def test_who_joins_and_who_asks_gets_everybody_s_presence(
    replica: Replica, ada: Peer, eve: Peer
) -> None:
    assert replica.receive(ada, QueryPresence()) == [reply(ada, Presence(()))]
    entries = (PresenceEntry(1, 1, "{}"), PresenceEntry(2, 3, '{"a":"é"}'))
    replica.receive(ada, Presence(entries[:1]))
    replica.receive(eve, Presence(entries[1:]))
    assert replica.receive(ada, QueryPresence()) == [reply(ada, Presence(entries))]
    late, watching = peer("late"), peer("watching", Role.SPECTATOR)
    assert replica.join(late)[1:] == [reply(late, Presence(entries))]
    assert replica.join(watching) == [reply(watching, Presence(entries))]


@pytest.mark.rule("AW5", "RO3")
def test_a_spectator_has_a_cursor_of_its_own_and_no_other(
    replica: Replica, ada: Peer, eve: Peer
) -> None:
    replica.receive(ada, Presence((PresenceEntry(1, 1, "{}"),)))
    mine, lie = PresenceEntry(2, 1, "{}"), PresenceEntry(1, 2, None)
    assert replica.receive(eve, Presence((lie, mine))) == [announce(eve, mine)]


@pytest.mark.rule("AW8")
def test_leaving_takes_presence_away_once(replica: Replica, ada: Peer) -> None:
    replica.receive(ada, Presence((PresenceEntry(1, 4, "{}"),)))
    assert replica.leave(ada) == [announce(ada, PresenceEntry(1, 4, None))]
    assert replica.leave(ada) == []
    assert replica.peers == set()
    silent = joined(replica, peer())
    assert replica.leave(silent) == []


@pytest.mark.rule("AW10")
def test_presence_that_browsers_cannot_read_is_refused(replica: Replica, ada: Peer) -> None:
    with pytest.raises(FrameError):
        replica.receive(ada, Presence((PresenceEntry(1, 1, '{"x":NaN}'),)))


# -- roles ---------------------------------------------------------------------------------


@pytest.mark.rule("RO1", "RO2")
@pytest.mark.parametrize("kind", [Update, SyncStep2])
def test_what_a_spectator_writes_is_dropped_and_answered(
    replica: Replica, eve: Peer, kind: type[Update] | type[SyncStep2]
) -> None:
    joined(replica, peer())
    [edit] = typed("a")
    for data in (edit, b"", hostile.STACK["lists"]):
        effects = replica.receive(eve, kind(data))
        assert effects == [reply(eve, PermissionDenied("spectators cannot edit"))]
    assert replica.document.state() == EMPTY_UPDATE


@pytest.mark.rule("RO1", "RO3")
def test_a_spectator_is_not_asked_and_gets_the_document(replica: Replica) -> None:
    replica.load(typed("ab"))
    eve = peer("eve", Role.SPECTATOR)
    assert replica.join(eve) == []
    state = replica.document.state()
    assert replica.receive(eve, SyncStep1(EMPTY_STATE_VECTOR)) == [reply(eve, SyncStep2(state))]
    event = Event('{"type":"chat.send"}')
    assert replica.receive(eve, event) == [Heard(eve, event)]
    assert [role for role in Role if role.may_write] == [Role.HOST, Role.PARTICIPANT]


# -- consequences --------------------------------------------------------------------------


@pytest.mark.rule("PS1", "BU1")
def test_origin_decides_what_happens_to_an_update() -> None:
    assert {
        Origin.PEER: Consequence(local=True, published=True, journalled=True),
        Origin.BUS: Consequence(local=True, published=False, journalled=True),
        Origin.STORE: Consequence(local=True, published=False, journalled=False),
        Origin.SEED: Consequence(local=True, published=True, journalled=True),
    } == CONSEQUENCES


@pytest.mark.rule("PS3", "DO3")
def test_loading_has_no_effects_and_a_seed_is_spread(replica: Replica) -> None:
    [seeded] = replica.seed(SEED, "a")
    assert isinstance(seeded, Spread)
    assert seeded == spread(Origin.SEED, None, seeded.update)
    again = Replica()
    again.load([seeded.update, seeded.update])
    assert again.document.files() == replica.document.files()
    assert again.document.text("a") == "seed"


@pytest.mark.rule("PS3")
def test_what_the_store_has_more_goes_to_all_local_peers_once_and_in_whatever_order_it_comes(
    replica: Replica,
) -> None:
    edits = [*typed("a" * 40)]
    assert edits
    replica.load(edits[:1])
    [effect], whole = replica.catch_up([*reversed(edits)])
    assert whole
    assert isinstance(effect, Spread)
    assert effect.origin is Origin.STORE
    assert replica.document.text("a") == "a" * 40
    assert replica.catch_up(edits) == ([], True)
    assert replica.catch_up([]) == ([], True)


@pytest.mark.rule("PS3")
def test_what_waits_for_edits_that_are_not_stored_is_told(replica: Replica) -> None:
    edits = [*typed("abc")]
    _, whole = replica.catch_up(edits[1:])
    assert not whole
    _, whole = replica.catch_up(edits)
    assert whole
    assert replica.document.text("a") == "abc"


@pytest.mark.rule("BU2")
def test_what_comes_from_the_bus_goes_to_all_local_peers(replica: Replica, ada: Peer) -> None:
    [edit] = typed("a")
    assert replica.from_bus(edit) == [spread(Origin.BUS, None, edit)]
    assert replica.document.text("a") == "a"
    with pytest.raises(UpdateError):
        replica.from_bus(b"\x01")


@pytest.mark.rule("BU2")
def test_of_the_difference_to_another_worker_only_what_is_new_goes_on(replica: Replica) -> None:
    edits = [*typed("ab")]
    replica.load(edits[:1])
    other = Replica()
    other.load(edits)
    [effect] = replica.merge(other.document.diff(replica.document.state_vector()))
    assert isinstance(effect, Spread)
    assert effect.origin is Origin.BUS
    assert replica.document.text("a") == "ab"
    assert replica.merge(other.document.diff(EMPTY_STATE_VECTOR)) == []


@pytest.mark.rule("BU2")
def test_somebody_at_another_worker_has_a_presence_until_they_are_gone(
    replica: Replica, ada: Peer
) -> None:
    bob = peer("bob")
    here = PresenceEntry(7, 1, "{}")
    assert replica.moved(bob, [here]) == [Announce(bob, [here], frames.encode(Presence((here,))))]
    assert replica.awareness.of(bob) == [here]
    assert replica.awareness.of(ada) == []
    assert replica.moved(bob, [here]) == []
    later = PresenceEntry(7, 2, "{}")
    frame = frames.encode(Presence((later,)))
    assert replica.moved(bob, [later], frame) == [Announce(bob, [later], frame)]
    [gone] = replica.went(bob)
    assert isinstance(gone, Announce)
    assert gone.entries == [PresenceEntry(7, 2, None)]
    assert replica.went(bob) == []


@pytest.mark.rule("PS3")
def test_edits_that_cannot_be_made_one_are_applied_one_by_one() -> None:
    edits = [*typed("ab"), b"\x01"]
    assert together(edits) == [*edits, *edits]


@pytest.mark.rule("PS4")
@pytest.mark.parametrize("kind", [Update, SyncStep2])
def test_while_read_only_edits_are_answered_with_the_reason(
    replica: Replica, ada: Peer, kind: type[Update] | type[SyncStep2]
) -> None:
    [edit] = typed("a")
    assert replica.set_read_only("storage is away") == []
    assert replica.receive(ada, kind(edit)) == [reply(ada, PermissionDenied("storage is away"))]
    assert replica.document.text("a") == ""


@pytest.mark.rule("PS5")
def test_afterwards_those_whose_edits_were_refused_are_asked(replica: Replica, ada: Peer) -> None:
    joined(replica, peer("bob"))
    first, second, third = typed("abc")
    replica.set_read_only("storage is away")
    replica.receive(ada, Update(first))
    ask = reply(ada, SyncStep1(replica.document.state_vector()))
    assert replica.set_read_only(None) == [ask]
    assert replica.receive(ada, Update(second)) == []
    assert replica.document.state() == EMPTY_UPDATE
    answer = whole([first, second])
    assert replica.receive(ada, SyncStep2(answer)) == [spread(Origin.PEER, ada, answer)]
    assert replica.receive(ada, Update(third)) == [spread(Origin.PEER, ada, third)]
    assert replica.document.text("a") == "abc"
    assert replica.set_read_only(None) == []


@pytest.mark.rule("SY15")
def test_what_a_frame_was_decoded_from_is_passed_on_and_else_encoded_again(
    replica: Replica,
) -> None:
    ada = joined(replica, peer())
    [update] = typed("a")
    moved = Presence((PresenceEntry(1, 1, "{}"),))
    for frame in (Update(update), moved):
        message = frames.encode(frame)
        [as_it_came] = replica.receive(ada, frame, message)
        assert isinstance(as_it_came, Spread | Announce)
        assert as_it_came.message is message
    assert replica.receive(ada, Update(update)) == [spread(Origin.PEER, ada, update)]


@pytest.mark.rule("SY16")
def test_newcomers_get_the_same_bytes_until_the_next_edit(replica: Replica) -> None:
    ada = joined(replica, peer())
    first, second = typed("ab")
    replica.receive(ada, Update(first))
    ask = SyncStep1(EMPTY_STATE_VECTOR)
    [one], [two] = replica.receive(ada, ask), replica.receive(ada, ask)
    assert isinstance(one, Reply)
    assert isinstance(two, Reply)
    assert one.message is two.message
    replica.receive(ada, Update(second))
    [three] = replica.receive(ada, ask)
    assert three == reply(ada, SyncStep2(replica.document.diff(EMPTY_STATE_VECTOR)))
    assert three != one
