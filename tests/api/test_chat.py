"""Chat as programs use it: over the room's socket and by its route, before and after the end."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

from server.store.database import new_id
from tests.conftest import ServerFactory
from tests.helpers.people import Person, accept_invite, register
from tests.helpers.watching import Watcher, watching

SECRET = "between us interviewers"


@pytest.fixture
def session(host: Person) -> str:
    return str(host.create_session()["_id"])


@pytest.fixture
def candidate(url: str, host: Person, session: str) -> Person:
    return accept_invite(url, host.invite(session), "Grace")


@pytest.fixture
def spectator(url: str, host: Person, session: str) -> Person:
    return accept_invite(url, host.invite(session, "spectator"), "Sam")


def say(room: Watcher, text: str, channel: str = "everybody", key: str | None = None) -> Any:
    """Sends a message; the message as the server tells it."""
    key = key or new_id()
    room.tell("chat.send", channel=channel, text=text, key=key)
    while (message := room.until("chat.message")["message"])["key"] != key:
        pass
    return message


def chat(person: Person, session: str, query: str = "") -> Any:
    return person.call("GET", f"/api/sessions/{session}/chat{query}")


def hello(room: Watcher) -> dict[str, Any]:
    """By channel, what somebody was told of the chat as they came."""
    (greeting,) = [event for event in room.heard if event["type"] == "hello"]
    return {channel["name"]: channel for channel in greeting["chat"]["channels"]}


def test_what_is_said_is_heard_kept_and_read_later(
    url: str, host: Person, candidate: Person, session: str
) -> None:
    with watching(url, host, session) as ada, watching(url, candidate, session) as grace:
        assert hello(ada)["everybody"] == {
            "name": "everybody",
            "messages": [],
            "more": False,
            "read": 0,
            "last": 0,
        }
        first = say(ada, "hello <b>Grace</b>")
        assert grace.until("chat.message")["message"] == first
        assert first["author"] == {"_id": host.id, "name": "Hedy Lamarr", "role": "host"}
        second = say(grace, "hi\n```\nx = 1\n```")
        assert [first["number"], second["number"]] == [1, 2]
        grace.tell("chat.read", channel="everybody", number=2)
        with watching(url, candidate, session) as elsewhere:
            assert hello(elsewhere)["everybody"]["read"] == 2
    assert chat(candidate, session) == {"messages": [first, second], "more": False}
    assert chat(host, session, "?limit=1") == {"messages": [second], "more": True}
    assert chat(host, session, "?before=2") == {"messages": [first], "more": False}
    with watching(url, candidate, session) as grace:
        assert hello(grace)["everybody"]["messages"] == [first, second]
        assert hello(grace)["everybody"]["read"] == 2


def test_no_way_leads_the_candidate_to_the_interviewers_channel(
    url: str, host: Person, candidate: Person, spectator: Person, session: str
) -> None:
    with ExitStack() as stack:
        ada, grace, sam = [
            stack.enter_context(watching(url, person, session))
            for person in (host, candidate, spectator)
        ]
        secret = say(sam, SECRET, "staff")
        assert ada.until("chat.message")["message"] == secret
        key = new_id()
        grace.tell("chat.send", channel="staff", text="let me see", key=key)
        assert grace.until("error", key=key)["code"] == "not_allowed"
        grace.tell("chat.read", channel="staff", number=1)
        assert grace.until("error")["code"] == "not_allowed"
        # a message of the other channel under the key of the secret one brings nothing either
        say(grace, "anything", key=secret["key"])
        say(ada, "the end")
        grace.until("chat.message", message=chat(host, session)["messages"][-1])
        with watching(url, candidate, session) as again:
            assert list(hello(again)) == ["everybody"]
            heard = str([*grace.heard, *again.heard])
        with watching(url, spectator, session) as again:
            assert hello(again)["staff"]["messages"] == [secret]
    assert SECRET not in heard
    refused = candidate.http.get(f"/api/sessions/{session}/chat?channel=staff")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert SECRET not in str(chat(candidate, session))
    assert chat(spectator, session, "?channel=staff")["messages"] == [secret]


def test_a_ticket_of_before_the_seat_was_taken_shows_the_candidate_nothing(
    url: str, host: Person, session: str
) -> None:
    eve = register(url, "Eve")
    token = host.invite(session, "spectator")
    eve.call("POST", f"/api/invites/{token}/accept", {})
    with watching(url, host, session) as ada:
        say(ada, SECRET, "staff")
        with watching(url, eve, session) as before:
            assert "staff" in hello(before)
            eve.call("POST", f"/api/sessions/join/{session}")
            say(ada, "not for Eve any more", "staff")
            with pytest.raises(Exception, match="1012"):
                before.until("never")
            assert "not for Eve" not in str(before.heard)
        with watching(url, eve, session) as after:
            assert list(hello(after)) == ["everybody"]
    assert eve.http.get(f"/api/sessions/{session}/chat?channel=staff").status_code == 403


def test_after_the_end_the_chat_can_be_read_and_not_written(
    url: str, host: Person, candidate: Person, spectator: Person, session: str
) -> None:
    with watching(url, host, session) as ada:
        kept = say(ada, "well done")
        secret = say(ada, SECRET, "staff")
        host.call("POST", f"/api/sessions/end/{session}")
        ada.until("session.ended")
    for person in (host, candidate, spectator):
        assert chat(person, session)["messages"] == [kept]
        ticket = person.http.post(f"/api/sessions/{session}/ticket")
        assert ticket.json()["code"] == "session_ended"
    assert chat(host, session, "?channel=staff")["messages"] == [secret]
    assert candidate.http.get(f"/api/sessions/{session}/chat?channel=staff").status_code == 403


def test_who_was_removed_reads_nothing_any_more(
    url: str, host: Person, spectator: Person, session: str
) -> None:
    with watching(url, host, session) as ada:
        say(ada, SECRET, "staff")
    host.call("DELETE", f"/api/sessions/{session}/people/{spectator.id}")
    refused = spectator.http.get(f"/api/sessions/{session}/chat?channel=staff")
    assert (refused.status_code, refused.json()["code"]) == (403, "removed")


def test_practice_has_no_chat(url: str, host: Person) -> None:
    session = host.call("POST", "/api/problems/two-sum/practice")["session"]["_id"]
    answer = host.http.get(f"/api/sessions/{session}/chat")
    assert (answer.status_code, answer.json()["code"]) == (400, "practice")
    with watching(url, host, session) as alone:
        assert alone.heard[-1]["chat"] is None
        alone.tell("chat.send", channel="everybody", text="hello me", key=new_id())
        assert alone.until("error")["code"] == "not_allowed"


@pytest.mark.parametrize(
    "query", ["?channel=other", "?before=0", "?before=x", "?limit=0", "?limit=101"]
)
def test_a_query_that_cannot_be_is_explained(host: Person, session: str, query: str) -> None:
    answer = host.http.get(f"/api/sessions/{session}/chat{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    assert answer.json()["field"] == query[1:].partition("=")[0]


def test_what_was_said_survives_the_end_of_the_server(make_server: ServerFactory) -> None:
    server = make_server().start()
    host = register(server.url)
    session = str(host.create_session()["_id"])
    key = new_id()
    with watching(server.url, host, session) as ada:
        kept = say(ada, "before", key=key)
        server.kill()
    server.start()
    with watching(server.url, host, session) as ada:
        assert hello(ada)["everybody"]["messages"] == [kept]
        assert say(ada, "before", key=key) == kept  # sent again by a page that had no answer
        assert say(ada, "after")["number"] == 2
