"""Opening, keeping and putting away rooms."""

from __future__ import annotations

import asyncio

import pytest

from crdt import frames, varint
from crdt.document import Document
from crdt.errors import CloseCode
from crdt.frames import Update
from crdt.replica import Role
from server.bus.memory import MemoryBus, MemoryExchange
from server.errors import NoSuchDocument, StorageUnavailable
from server.rooms.hub import Hub
from server.store.database import DOCUMENTS, HISTORY, Database, new_id
from server.store.journal import Journal
from tests.helpers.embedded import Storage, eventually
from tests.helpers.wires import Client, turn_over
from tests.rooms.conftest import FILES, HubFactory
from tests.rooms.test_rooms import Typist, text_of


async def test_a_room_is_opened_once_however_many_ask(hub: Hub, session_id: str) -> None:
    rooms = await asyncio.gather(*(hub.open(session_id) for _ in range(20)))
    assert len({id(room) for room in rooms}) == 1


async def test_one_who_gives_up_waiting_does_not_take_the_room_from_the_others(
    hub: Hub, session_id: str
) -> None:
    impatient = asyncio.create_task(hub.open(session_id))
    patient = asyncio.create_task(hub.open(session_id))
    await asyncio.sleep(0)
    impatient.cancel()
    assert text_of(await patient) == "print(1)\n"


async def test_a_session_without_a_document_is_refused(hub: Hub) -> None:
    with pytest.raises(NoSuchDocument):
        await hub.open(new_id())


async def test_a_room_that_cannot_be_loaded_is_refused_and_opens_once_the_database_is_back(
    make_hub: HubFactory, away: Storage
) -> None:
    journal = Journal(away.database, 0.005)
    await journal.start()
    hub = make_hub(journal=journal)
    session_id = new_id()
    await hub.create(session_id, FILES, "main.py")
    await away.process.stop()
    with pytest.raises(StorageUnavailable):
        await hub.open(session_id)
    await away.process.start()
    assert text_of(await hub.open(session_id)) == "print(1)\n"


async def test_a_snapshot_that_cannot_be_read_is_made_up_for_by_the_journal(
    make_hub: HubFactory, session_id: str, database: Database
) -> None:
    hub = make_hub(grace_seconds=0)
    ada = await Typist.come(hub, await hub.open(session_id))
    ada.type("kept ")
    ada.leave()
    await eventually(lambda: not hub.rooms, "the room to leave memory")
    documents = database.collection(DOCUMENTS)
    await documents.update_one({"_id": session_id}, {"$set": {"state": b"damaged"}})
    assert text_of(await hub.open(session_id)) == "kept print(1)\n"


async def test_a_room_in_use_gets_a_new_snapshot_after_so_many_edits(
    make_hub: HubFactory, journal: Journal, session_id: str, database: Database
) -> None:
    hub = make_hub(snapshot_every=3)
    hub.start()
    room = await hub.open(session_id)
    ada = await Typist.come(hub, room)
    for word in ("one ", "two ", "three "):
        ada.type(word)
    await eventually(lambda: room.snapshot_at == room.log.appended, "the snapshot")
    row = await database.collection(DOCUMENTS).find_one({"_id": session_id})
    assert row is not None
    assert row["covers"] == {journal.writer: room.log.appended}
    copy = Document()
    copy.apply(bytes(row["state"]))
    assert copy.text("main.py") == text_of(room) == "three two one print(1)\n"


async def test_a_document_that_cannot_be_read_at_all_is_refused_and_not_shown_as_empty(
    hub: Hub, session_id: str, database: Database
) -> None:
    documents, history = (database.collection(name) for name in (DOCUMENTS, HISTORY))
    await documents.update_one({"_id": session_id}, {"$set": {"state": b"damaged"}})
    damaged = {"$set": {"edits": b"damaged"}}
    await history.update_one({"room": session_id}, damaged)
    with pytest.raises(StorageUnavailable):
        await hub.open(session_id)


async def test_half_a_surrogate_pair_deleted_does_not_cost_the_room(
    make_hub: HubFactory, session_id: str
) -> None:
    """Any writer can send it (6 bytes); the library then cannot encode the document."""
    hub = make_hub(grace_seconds=0)
    room = await hub.open(session_id)
    ada = await Typist.come(hub, room)
    ada.type("\N{GRINNING FACE} kept ")
    client = ada.doc.client_id
    delete_half = b"\x00\x01" + varint.write(client) + b"\x01\x00\x01"
    ada.say(frames.encode(Update(delete_half)))
    assert ada.close_code is None
    ada.leave()
    await eventually(lambda: not hub.rooms, "the room to leave memory")
    again = await hub.open(session_id)
    assert "kept print(1)" in text_of(again)


async def test_an_empty_room_leaves_memory_and_comes_back_the_same(
    make_hub: HubFactory, session_id: str
) -> None:
    hub = make_hub(grace_seconds=0)
    room = await hub.open(session_id)
    ada = await Typist.come(hub, room)
    for word in ("one ", "two ", "three "):
        ada.type(word)
    text = text_of(room)
    ada.leave()
    await eventually(lambda: not hub.rooms, "the room to leave memory")
    again = await hub.open(session_id)
    assert again is not room
    assert text_of(again) == text
    assert (await Typist.come(hub, again)).text() == text


async def test_who_comes_while_a_room_is_put_away_keeps_it(
    make_hub: HubFactory, session_id: str
) -> None:
    hub = make_hub(grace_seconds=0)
    texts = []
    for number in range(30):
        room = await hub.open(session_id)
        ada = await Typist.come(hub, room)
        ada.type(f"{number} ")
        texts.append(text_of(room))
        ada.leave()
        for _ in range(number):  # another moment of putting away each time
            await asyncio.sleep(0)
    room = await hub.open(session_id)
    assert text_of(room) == texts[-1]
    assert all(f"{number} " in texts[-1] for number in range(30))


async def test_ending_tells_everybody_closes_them_and_lets_nobody_in_again(
    make_hub: HubFactory, session_id: str
) -> None:
    hub = make_hub(grace_seconds=0)
    room = await hub.open(session_id)
    ada = await Typist.come(hub, room)
    ada.type("kept ")
    await hub.end(session_id, {"type": "session.ended"})
    assert ada.events("session.ended"), "told only after the end"
    assert ada.close_code is CloseCode.SESSION_ENDED
    assert room.closed
    ada.leave()
    await eventually(lambda: not hub.rooms, "the room to leave memory")
    again = await hub.open(session_id)
    assert again.closed
    assert text_of(again) == "kept print(1)\n"


async def test_a_poisoned_document_is_dropped_and_everybody_resumes(
    hub: Hub, session_id: str
) -> None:
    room = await hub.open(session_id)
    ada = await Typist.come(hub, room)
    ada.type("kept ")
    room._on_poisoned(room)
    assert ada.close_code is CloseCode.INTERNAL_ERROR
    ada.leave()
    again = await hub.open(session_id)
    assert again is not room
    assert text_of(again) == "kept print(1)\n"
    (await Typist.come(hub, again)).type("more ")
    assert text_of(again) == "more kept print(1)\n"


async def test_rooms_of_two_workers_on_one_bus_show_the_same(
    make_hub: HubFactory, journal: Journal, other_journal: Journal, session_id: str
) -> None:
    exchange = MemoryExchange()
    journals = (journal, other_journal)
    one, two = (make_hub(bus=MemoryBus(exchange), journal=each) for each in journals)
    ada = await Typist.come(one, await one.open(session_id))
    bob = await Typist.come(two, await two.open(session_id), Role.PARTICIPANT)
    ada.type("a")
    await eventually(lambda: bob.got(Update), "ada's edit")
    bob.type("b")
    await eventually(lambda: ada.got(Update), "bob's edit")
    await turn_over()
    assert len(ada.got(Update)) == len(bob.got(Update)) == 1, "an edit came back"
    one.notify(session_id, {"type": "session.updated"})
    await eventually(lambda: bob.events("session.updated"), "the event")
    assert len(ada.events("session.updated")) == 1


async def test_closing_sends_everybody_away_to_come_back(make_hub: HubFactory) -> None:
    hub = make_hub()
    session = new_id()
    await hub.create(session, FILES, "main.py")
    client = Client()
    client.enter(hub, await hub.open(session))
    await hub.close()
    assert client.close_code is CloseCode.RESTARTING
