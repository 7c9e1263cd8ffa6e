"""A call in a real room: people who come by the API, over real WebSockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from crdt.errors import CloseCode
from crdt.limits import EVENT_BYTES
from tests.conftest import ServerFactory
from tests.helpers.people import Person, accept_invite, register
from tests.helpers.rawclient import event, raw_client
from tests.helpers.server import ServerProcess
from tests.helpers.stream import KEY, SECRET
from tests.helpers.watching import Watcher, watching

DEVICES = {"mic": True, "camera": True}
OFF = {"mic": False, "camera": False, "screen": False}


def key_of(name: str) -> str:
    return f"page-of-{name}".ljust(24, "_")


@dataclass
class Interview:
    """A session with its three kinds of people, and whoever of them is in its room."""

    server: ServerProcess
    stack: ExitStack
    host: Person
    guest: Person
    spectator: Person
    id: str

    def enter(self, person: Person) -> Watcher:
        return self.stack.enter_context(watching(self.server.url, person, self.id))

    def all_in(self) -> tuple[Watcher, Watcher, Watcher]:
        """Host, guest and spectator, in the call."""
        people = [self.enter(each) for each in (self.host, self.guest, self.spectator)]
        for name, page in zip(("host", "guest", "spectator"), people, strict=True):
            page.tell("call.join", key=key_of(name), **DEVICES)
        until_roster(people[0], lambda people: all(row["call"] for row in people.values()))
        host, guest, spectator = people
        return host, guest, spectator


def interview_at(server: ServerProcess, stack: ExitStack) -> Interview:
    host = register(server.url, "Hedy")
    session = host.create_session()["_id"]
    guest = accept_invite(server.url, host.invite(session), "Grace")
    spectator = accept_invite(server.url, host.invite(session, "spectator"), "Sam")
    return Interview(server, stack, host, guest, spectator, session)


@pytest.fixture
def interview(server_process: ServerProcess) -> Iterator[Interview]:
    with ExitStack() as stack:
        yield interview_at(server_process, stack)


def until_roster(page: Watcher, wanted: Any) -> dict[str, dict[str, Any]]:
    """The rows of the next roster for which ``wanted`` holds, by person."""
    while True:
        people = {row["_id"]: row for row in page.until("roster")["people"]}
        if wanted(people):
            return people


def hello_of(page: Watcher) -> dict[str, Any]:
    return next(each for each in page.heard if each["type"] == "hello")


def test_those_who_come_late_are_told_who_is_in_the_call(interview: Interview) -> None:
    interview.all_in()
    late = interview.enter(interview.guest)
    hello = hello_of(late)
    people = {row["_id"]: row for row in hello["roster"]}
    assert hello["media"] == {"kind": "builtin"}
    assert hello["recording"]["state"] == "off"
    assert people[interview.host.id]["speaks"]
    assert people[interview.host.id]["call"] == [
        {"key": key_of("host"), **DEVICES, "screen": False}
    ]
    assert not people[interview.spectator.id]["speaks"]
    assert people[interview.spectator.id]["call"] == [{"key": key_of("spectator"), **OFF}]


def test_two_browsers_agree_on_a_connection(interview: Interview) -> None:
    host, guest, spectator = interview.all_in()
    offer = {"description": {"type": "offer", "sdp": "v=0\r\ns=-\r\n"}}
    answer = {"description": {"type": "answer", "sdp": "v=0\r\ns=-\r\n"}}
    host.tell("signal", to=key_of("guest"), data=offer)
    assert guest.until("signal") == {"type": "signal", "from": key_of("host"), "data": offer}
    guest.tell("signal", to=key_of("host"), data=answer)
    assert host.until("signal")["data"] == answer
    spectator.tell("signal", to=key_of("host"), data={"restart": True})
    assert host.until("signal")["from"] == key_of("spectator")
    assert not any(each["type"] == "signal" for each in spectator.heard)


def test_what_spectators_may_not_is_refused_until_the_host_lets_them(
    interview: Interview,
) -> None:
    host, _, spectator = interview.all_in()
    on = {"mic": True, "camera": False, "screen": False}
    spectator.tell("call.state", **on)
    assert spectator.until("error")["code"] == "not_allowed"
    spectator.tell("call.mute", key=key_of("host"))
    assert spectator.until("error")["code"] == "not_allowed"
    spectator.tell("call.let", user=interview.spectator.id, speaks=True)
    assert spectator.until("error")["code"] == "not_allowed"
    host.tell("call.let", user=interview.spectator.id, speaks=True)
    until_roster(spectator, lambda people: people[interview.spectator.id]["speaks"])
    spectator.tell("call.state", **on)
    until_roster(host, lambda people: people[interview.spectator.id]["call"][0]["mic"])
    host.tell("call.mute", key=key_of("spectator"))
    by = {"_id": interview.host.id, "name": "Hedy"}
    assert spectator.until("call.muted")["by"] == by
    host.tell("call.let", user=interview.spectator.id, speaks=False)
    people = until_roster(host, lambda people: not people[interview.spectator.id]["speaks"])
    assert people[interview.spectator.id]["call"] == [{"key": key_of("spectator"), **OFF}]


def test_a_removed_person_is_out_of_the_call_and_out_of_the_list_of_those_let(
    interview: Interview,
) -> None:
    host, _, _ = interview.all_in()
    user = interview.spectator.id
    host.tell("call.let", user=user, speaks=True)
    until_roster(host, lambda people: people[user]["speaks"])
    interview.host.call("DELETE", f"/api/sessions/{interview.id}/people/{user}")
    until_roster(host, lambda people: user not in people)
    host.tell("signal", to=key_of("spectator"), data={"restart": True})
    assert host.until("error")["code"] == "no_such_member"


def test_everybody_consents_over_the_wire(interview: Interview) -> None:
    host, guest, spectator = interview.all_in()
    for agree in (False, True):
        host.tell("recording.ask")
        asked = guest.until("recording", state="asking")
        assert {row["_id"] for row in asked["people"]} == {interview.host.id, interview.guest.id}
        guest.tell("recording.answer", agree=agree)
        told = spectator.until("recording", state="on" if agree else "off")
        assert (told["refusedBy"] is None) is agree
    late = interview.enter(interview.guest)
    assert hello_of(late)["recording"]["state"] == "on"
    host.tell("call.leave")
    assert late.until("recording", state="off")


def test_after_a_restart_pages_come_back_as_who_they_were(make_server: ServerFactory) -> None:
    server = make_server(DB_URL="").start()
    with ExitStack() as before:
        interview = interview_at(server, before)
        host, guest, spectator = interview.all_in()
        user = interview.spectator.id
        host.tell("call.let", user=user, speaks=True)
        until_roster(host, lambda people: people[user]["speaks"])
        host.tell("recording.ask")
        spectator.until("recording", state="asking")
        spectator.tell("recording.answer", agree=True)
        guest.until("recording", state="asking")
        guest.tell("recording.answer", agree=True)
        guest.until("recording", state="on")
        server.kill()
        server.start()
    with ExitStack() as after:
        interview.stack = after
        host, guest, spectator = interview.all_in()
        assert hello_of(host)["recording"]["state"] == "off", "nobody agreed to go on unseen"
        roster = {row["_id"]: row for row in hello_of(spectator)["roster"]}
        assert roster[user]["speaks"], "what the host allowed holds"
        host.tell("signal", to=key_of("guest"), data={"restart": True})
        assert guest.until("signal")["from"] == key_of("host")


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"VIDEO": "off"}, "off"),
        ({"STREAM_API_KEY": KEY, "STREAM_API_SECRET": SECRET}, "stream"),
        ({"STREAM_API_KEY": KEY, "STREAM_API_SECRET": SECRET, "VIDEO": "builtin"}, "builtin"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_pages_are_told_what_carries_calls(
    make_server: ServerFactory, settings: dict[str, str], kind: str
) -> None:
    server = make_server(**settings).start()
    with ExitStack() as stack:
        interview = interview_at(server, stack)
        page = interview.enter(interview.host)
        assert hello_of(page)["media"] == {"kind": kind}
        page.tell("call.join", key=key_of("host"), **DEVICES)
        if kind == "off":
            assert page.until("error")["code"] == "not_allowed"
        else:
            until_roster(page, lambda people: people[interview.host.id]["call"])


def test_practice_has_no_call(url: str, host: Person) -> None:
    practice = host.call("POST", "/api/problems/two-sum/practice")["session"]["_id"]
    with watching(url, host, practice) as page:
        assert hello_of(page)["media"] == {"kind": "off"}


async def test_nonsense_is_refused_and_too_much_closes_only_its_sender(
    interview: Interview,
) -> None:
    host, _, _ = interview.all_in()
    server, session = interview.server, interview.id
    ticket = interview.guest.ticket(session)
    async with raw_client(server, session, ticket, events="1") as eve:
        await eve.sync()
        for kind in ("call.join", "call.nothing", "signal", "recording.answer"):
            await eve.send(event({"type": kind, "key": 7}))
            assert (await eve.event("error"))["code"] == "bad_event"
        await eve.send(event({"type": "nonsense"}))
        assert (await eve.event("error"))["code"] == "unknown_event"
        data = {"description": {"type": "offer", "sdp": "x" * EVENT_BYTES}}
        await eve.send(event({"type": "signal", "to": key_of("host"), "data": data}))
        assert await eve.close_code() == CloseCode.BAD_FRAME
    host.tell("signal", to=key_of("guest"), data={"restart": True})
    host.tell("call.leave")
    until_roster(host, lambda people: not people[interview.host.id]["call"])
    assert not any(each["type"] == "signal" for each in host.heard)


async def test_whoever_speaks_no_events_is_in_no_call(interview: Interview) -> None:
    host, _, _ = interview.all_in()
    server, session = interview.server, interview.id
    async with raw_client(server, session, interview.guest.ticket(session)) as stock:
        await stock.sync()
        join = {"type": "call.join", "key": key_of("stock"), **DEVICES}
        await stock.send(event(join))
        await stock.type("x")
        host.tell("signal", to=key_of("stock"), data={"restart": True})
        assert host.until("error")["code"] == "no_such_member"
