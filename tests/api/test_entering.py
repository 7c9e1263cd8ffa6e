"""Letting people in when something goes wrong between one write and the next."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from crdt.replica import Role
from server.api.entering import take_seat
from server.api.services import Services
from server.errors import NoSuchInvite, StorageUnavailable
from server.store.database import Database, new_id
from server.store.invites import Invite, Invites
from server.store.members import Members
from server.store.sessions import Session, Sessions
from server.store.users import Users


class Unsteady(Members):
    """Fails to let people in as often as it is told to."""

    failures: list[BaseException]

    async def admit(
        self, session_id: str, user_id: str, role: Role, invite: Invite | None = None
    ) -> bool:
        if self.failures:
            raise self.failures.pop()
        return await super().admit(session_id, user_id, role, invite)


class Stage:
    """A session with an invitation, and what lets people in."""

    def __init__(self, database: Database) -> None:
        self.sessions = Sessions(database)
        self.members = Unsteady(database)
        self.members.failures = []
        self.invites = Invites(database, timedelta(hours=1))
        quiet = SimpleNamespace(
            notify=lambda *_: None, remove=lambda *_: None, changed=lambda *_: None
        )
        made = SimpleNamespace(
            sessions=self.sessions,
            members=self.members,
            invites=self.invites,
            users=Users(database),
            hub=quiet,
            live=quiet,
            call_changed=lambda _: None,
        )
        self.services = cast(Services, made)

    async def begin(self) -> None:
        self._id = new_id()
        await self.sessions.add(
            self._id, problem="P", problem_id="p", difficulty="easy", host="host"
        )
        self.invite = await self.invites.add(self._id, Role.PARTICIPANT)

    async def session(self) -> Session:
        return await self.sessions.get(self._id)

    async def take_seat(self, user: str) -> Session:
        return await take_seat(self.services, await self.session(), user, self.invite)


@pytest.fixture
async def stage(database: Database) -> Stage:
    made = Stage(database)
    await made.begin()
    return made


@pytest.mark.parametrize("failure", [StorageUnavailable(), asyncio.CancelledError(), ValueError()])
async def test_a_seat_is_free_again_when_nothing_tells_how_it_was_taken(
    stage: Stage, failure: BaseException
) -> None:
    stage.members.failures = [failure]
    with pytest.raises(type(failure)):
        await stage.take_seat("ada")
    assert (await stage.session()).participant is None
    assert (await stage.take_seat("grace")).participant == "grace"


async def test_a_seat_that_could_not_be_freed_is_completed_by_who_has_it(stage: Stage) -> None:
    """As when the server is killed in between."""
    session = await stage.session()
    await stage.sessions.seat(session.id, "ada")
    assert (await stage.take_seat("ada")).participant == "ada"
    came = await stage.members.by_invites(session.id, [stage.invite.id])
    assert [(row.user, row.role) for row in came] == [("ada", "participant")]


async def test_who_is_in_stays_in_when_coming_again_fails(stage: Stage) -> None:
    await stage.take_seat("ada")
    stage.members.failures = [StorageUnavailable()]
    with pytest.raises(StorageUnavailable):
        await stage.take_seat("ada")
    assert (await stage.session()).participant == "ada"


async def test_who_comes_again_by_an_invitation_withdrawn_this_moment_loses_the_seat(
    stage: Stage,
) -> None:
    session = await stage.session()
    await stage.take_seat("ada")
    await stage.invites.remove(session.id, stage.invite.id)
    with pytest.raises(NoSuchInvite):
        await stage.take_seat("ada")
    assert (await stage.session()).participant is None
    assert await stage.members.of_session(session.id) == []
