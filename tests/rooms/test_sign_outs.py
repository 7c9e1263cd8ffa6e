"""People who are signed out everywhere while they are in rooms."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crdt.errors import CloseCode
from server.bus.memory import MemoryBus
from server.rooms.hub import Hub
from server.rooms.room import Room
from server.rooms.sign_outs import SignOuts
from server.store.database import Database, now
from server.store.users import User, Users
from tests.rooms.test_rooms import Typist, text_of

MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def users(database: Database) -> Users:
    return Users(database)


@pytest.fixture
def sign_outs(hub: Hub, users: Users) -> SignOuts:
    return SignOuts(hub, users, MemoryBus())


async def came(hub: Hub, room: Room, user: str, at: datetime) -> Typist:
    """Somebody who is in the room by a ticket of that moment."""
    made = await Typist.come(hub, room, user=user)
    made.connection.ticket_from = at
    return made


async def changed_password(users: Users, user: User) -> datetime:
    changed = await users.change_password(user, "another hash")
    assert changed is not None
    assert changed.signed_out_at is not None
    return changed.signed_out_at


async def test_connections_of_before_are_closed_at_once_and_no_others(
    hub: Hub, session_id: str, sign_outs: SignOuts
) -> None:
    room, at = await hub.open(session_id), now()
    old, fresh, other = [
        await came(hub, room, user, since)
        for user, since in (("ada", at - MOMENT), ("ada", at + MOMENT), ("bob", at - MOMENT))
    ]
    before = text_of(room)
    for _ in range(2):
        sign_outs.sign_out("ada", at)
    assert old.close_code is CloseCode.NOT_SIGNED_IN
    old.type("still here? ")
    assert text_of(room) == before
    assert fresh.close_code is other.close_code is None


async def test_a_ticket_of_before_is_refused(sign_outs: SignOuts) -> None:
    at = now()
    assert not sign_outs.refuses("ada", at - MOMENT)
    sign_outs.sign_out("ada", at)
    assert sign_outs.refuses("ada", at - MOMENT)
    assert sign_outs.refuses("ada", at)
    assert not sign_outs.refuses("ada", at + MOMENT)
    assert not sign_outs.refuses("bob", at - MOMENT)


async def test_who_was_signed_out_elsewhere_is_found_by_looking(
    hub: Hub, session_id: str, sign_outs: SignOuts, users: Users
) -> None:
    room, start = await hub.open(session_id), now()
    ada, bob = [await users.register(each, f"{each}@example.com", "hash") for each in "ab"]
    theirs, others = [await came(hub, room, user.id, start) for user in (ada, bob)]
    await sign_outs.look()
    assert theirs.close_code is None
    at = await changed_password(users, ada)
    await sign_outs.look()
    assert theirs.close_code is CloseCode.NOT_SIGNED_IN
    assert others.close_code is None
    assert sign_outs.refuses(ada.id, at)
    again = await came(hub, room, ada.id, at + MOMENT)
    await sign_outs.look()
    assert again.close_code is None
