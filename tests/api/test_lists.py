"""Lists of sessions over HTTP: whose, which, and a page at a time."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.helpers.people import Person, accept_invite, register


def page(person: Person, list_: str = "active", **query: Any) -> dict[str, Any]:
    answer = person.http.get(f"/api/sessions/{list_}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(person: Person, list_: str = "active", **query: Any) -> list[str]:
    return [session["_id"] for session in page(person, list_, **query)["sessions"]]


def test_active_lists_all_newest_first_and_recent_only_mine(host: Person, other: Person) -> None:
    mine = host.create_session()["_id"]
    theirs = other.create_session()["_id"]
    listed = page(host)["sessions"]
    roles = {session["_id"]: session["role"] for session in listed}
    assert list(roles).index(theirs) < list(roles).index(mine)
    assert (roles[mine], roles[theirs]) == ("host", None)
    host.call("POST", f"/api/sessions/end/{mine}")
    other.call("POST", f"/api/sessions/end/{theirs}")
    assert ids(host, "recent") == [mine]
    assert ids(host, "recent", mine=False) == [mine], "others' past is nobody's business"
    assert not {mine, theirs} & set(ids(host))


def test_lists_are_bounded(host: Person) -> None:
    made = [host.create_session()["_id"] for _ in range(52)]
    assert ids(host, mine=True) == made[::-1][:50]
    assert ids(host, mine=True, limit=100) == made[::-1]


def test_pages_follow_one_another_whatever_comes_and_goes_meanwhile(host: Person) -> None:
    made = [host.create_session()["_id"] for _ in range(7)][::-1]
    seen, cursor = [], ""
    for _ in range(3):
        found = page(host, mine=True, limit=3, cursor=cursor)
        seen += [session["_id"] for session in found["sessions"]]
        cursor = found["nextCursor"]
        host.create_session()
        host.call("POST", f"/api/sessions/end/{seen[-1]}")
    assert seen == made
    assert cursor is None
    assert page(host, mine=True, limit=20)["nextCursor"] is None


def test_one_role_of_mine_or_all_of_them(url: str, host: Person, other: Person) -> None:
    hosted = other.create_session()["_id"]
    taken, watched = host.create_session()["_id"], host.create_session()["_id"]
    host.create_session()
    other.call("POST", f"/api/sessions/join/{taken}")
    other.call("POST", f"/api/invites/{host.invite(watched, 'spectator')}/accept")
    assert ids(other, role="host") == [hosted]
    assert ids(other, role="participant") == [taken]
    assert ids(other, role="spectator") == [watched]
    assert ids(other, mine=True) == [watched, taken, hosted]
    for session in (taken, watched):
        host.call("POST", f"/api/sessions/end/{session}")
    assert ids(other, "recent", role="spectator") == [watched]
    assert ids(other, "recent", limit=1) == [watched]
    assert ids(other, "recent") == [watched, taken]


def test_difficulty_and_words_of_the_title_narrow_a_list(host: Person) -> None:
    easy = host.create_session("two-sum")["_id"]
    body = {"problem": "Reverse String", "difficulty": "hard"}
    hard = host.call("POST", "/api/sessions/create", body)["session"]["_id"]
    assert ids(host, mine=True, difficulty="hard") == [hard]
    assert ids(host, mine=True, search=" TWO s") == [easy]
    assert ids(host, mine=True, search="s", difficulty="easy") == [easy]
    assert ids(host, mine=True, search=".*") == []


@pytest.mark.parametrize(
    "query",
    [
        *({"mine": "perhaps"}, {"role": "owner"}, {"difficulty": "Hard"}, {"search": "x" * 101}),
        *({"search": "a\0b"}, {"search": "\x1b"}),
        *({"limit": "0"}, {"limit": "101"}, {"limit": "ten"}, {"limit": "1.5"}),
        *({"cursor": "x"}, {"cursor": "é"}, {"cursor": "AAAA"}, {"cursor": "x" * 200}),
        {"cursor": base64.urlsafe_b64encode(b"9" * 40 + b" " + b"a" * 24).decode()},
        {"cursor": base64.urlsafe_b64encode(b"1 nonsense").decode()},
    ],
    ids=str,
)
@pytest.mark.parametrize("list_", ["active", "recent"])
def test_what_a_query_cannot_mean_is_named(host: Person, list_: str, query: dict[str, str]) -> None:
    answer = host.http.get(f"/api/sessions/{list_}", params=query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "invalid_query"
    assert answer.json()["field"] == next(iter(query))
    assert answer.json()["field"] in answer.json()["message"]


def test_a_query_that_says_something_twice_is_not_guessed_at(host: Person) -> None:
    answer = host.http.get("/api/sessions/active?role=host&role=spectator")
    assert (answer.status_code, answer.json()["field"]) == (400, "role")


def test_strangers_see_who_hosts_what_and_whether_there_is_a_seat(
    url: str, host: Person, other: Person
) -> None:
    session = host.create_session()["_id"]

    def seen_by(person: Person) -> dict[str, Any]:
        rows: list[dict[str, Any]] = page(person, limit=100)["sessions"]
        return next(row for row in rows if row["_id"] == session)

    stranger = register(url)
    assert seen_by(stranger)["full"] is False
    other.call("POST", f"/api/sessions/join/{session}")
    shown = seen_by(stranger)
    assert shown["full"] is True
    assert shown["host"] == {"_id": host.id, "name": "Hedy Lamarr", "profileImage": ""}
    assert (shown["participant"], shown["role"]) == (None, None)
    assert "callId" not in shown
    assert other.id not in str(shown)
    for person in (host, other):
        assert seen_by(person)["participant"]["_id"] == other.id
        assert seen_by(person)["callId"]


def test_a_guest_sees_only_the_own_sessions(url: str, host: Person) -> None:
    session = host.create_session()["_id"]
    host.create_session()
    guest = accept_invite(url, host.invite(session, "spectator"))
    assert ids(guest) == ids(guest, mine=False) == [session]
