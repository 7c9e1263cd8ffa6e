"""Problems over HTTP: listed, read, and written by people themselves."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from server.problems import load_problems
from tests.helpers.people import Person, accept_invite, api, browser, register
from tests.helpers.server import ServerProcess
from tests.problems.drafts import draft
from tests.problems.harness import PROBLEMS, ROOT

TEST = {"args": [[1]], "expected": 1}
EXAMPLE = {"input": "nums = [1]", "output": "0"}


@pytest.fixture(scope="module")
def author(server_process: ServerProcess) -> Person:
    """Somebody whose problems are not touched by other tests of this file."""
    return register(server_process.url, "Author")


def create(person: Person, **changes: Any) -> dict[str, Any]:
    problem: dict[str, Any] = person.call("POST", "/api/problems", draft(**changes))["problem"]
    return problem


def listed(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/api/problems", params=query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["problems"]
    return rows


def titles(client: httpx.Client, **query: str) -> list[str]:
    return [row["title"] for row in listed(client, **query)]


# -- lists --------------------------------------------------------------------------------------


def test_everybody_may_list_the_files_problems(url: str) -> None:
    rows = listed(api(url))
    assert [row["_id"] for row in rows] == [problem.id for problem in PROBLEMS]
    first = PROBLEMS[0]
    assert rows[0] == {
        "_id": first.id,
        "title": first.title,
        "difficulty": first.difficulty,
        "tags": first.tags,
        "own": False,
        "progress": None,
    }


def test_an_expired_cookie_does_not_hide_the_list(url: str) -> None:
    page = browser(url)
    page.cookies.set("session", "expired")
    assert listed(page) == listed(api(url))


def test_own_problems_come_first_and_are_nobody_elses(
    url: str, host: Person, other: Person
) -> None:
    made = [create(host, title=f"Own {number}")["_id"] for number in range(2)]
    rows = listed(host.http)
    assert [row["_id"] for row in rows[:2]] == made[::-1]
    assert [row["own"] for row in rows[:3]] == [True, True, False]
    assert [row["_id"] for row in listed(host.http, mine="true")] == made[::-1]
    for client in (other.http, api(url)):
        assert not any(row["own"] for row in listed(client))
    assert listed(other.http, mine="true") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"search": "three sum"}, {"Three Sum"}),
        ({"search": "SUM  thr"}, {"Three Sum"}),
        ({"search": "sum pointers"}, {"Three Sum"}),
        ({"search": "no such words"}, set()),
        ({"search": "sum", "difficulty": "hard"}, set()),
        ({"search": "", "difficulty": "", "tag": "", "mine": ""}, {p.title for p in PROBLEMS}),
        ({"mine": "false"}, {p.title for p in PROBLEMS}),
        ({"difficulty": "hard"}, {p.title for p in PROBLEMS if p.difficulty == "hard"}),
        ({"tag": "Hash Map"}, {p.title for p in PROBLEMS if "hash map" in p.tags}),
        ({"tag": "hash"}, set()),  # a tag is meant whole, words of one are searched for
    ],
)
def test_lists_are_filtered(url: str, query: dict[str, str], expected: set[str]) -> None:
    assert set(titles(api(url), **query)) == expected


def test_words_are_searched_in_tags_too(url: str) -> None:
    found = titles(api(url), search="hash")
    assert set(found) >= {p.title for p in PROBLEMS if "hash map" in p.tags}


@pytest.mark.parametrize(
    "query",
    [
        {"difficulty": "brutal"},
        {"mine": "perhaps"},
        {"search": "x" * 101},
        {"tag": "x" * 41},
    ],
)
def test_a_bad_filter_is_named(url: str, query: dict[str, str]) -> None:
    answer = api(url).get("/api/problems", params=query)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_query"
    assert answer.json()["field"] == next(iter(query))


def test_only_somebody_has_problems_of_their_own(url: str) -> None:
    answer = api(url).get("/api/problems", params={"mine": "true"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


# -- own problems -------------------------------------------------------------------------------


def test_a_problem_of_ones_own_is_read_like_the_files(author: Person) -> None:
    made = create(author, title="  Largest   Gap ")
    assert re.fullmatch(r"largest-gap_[0-9a-f]{10}", made["_id"])
    assert made["title"] == "Largest Gap"
    assert made["own"] is True
    assert made["progress"] is None
    assert "hidden" not in str(made).lower()
    assert set(made["starter"]) == {"python", "javascript", "java"}
    for name in (made["_id"], "largest gap"):
        assert author.call("GET", f"/api/problems/{name}")["problem"] == made
    of_file = author.call("GET", "/api/problems/two-sum")["problem"]
    assert set(of_file) == set(made)
    assert of_file["own"] is False


def test_ids_never_meet_those_of_the_file(author: Person) -> None:
    for title in ("Two Sum", "a" * 120, "Größte Lücke", "最大の差", "--", "two_sum_1"):
        made = create(author, title=title)["_id"]
        assert re.fullmatch(r"[a-z0-9-]{1,40}_[0-9a-f]{10}", made)
        author.call("DELETE", f"/api/problems/{made}")
    assert not any("_" in problem.id for problem in load_problems(ROOT / "problems.yaml").all())


def test_the_owner_alone_reads_the_source(url: str, host: Person, other: Person) -> None:
    python = "def largest_gap(nums):\n    pass\n"
    made = create(host, starter={"python": python})
    path = f"/api/problems/{made['_id']}"
    told = host.call("GET", f"{path}/source")["problem"]
    assert told.pop("createdAt") <= told.pop("updatedAt")
    assert told.pop("_id") == made["_id"]
    assert told["hiddenTests"] == draft()["hiddenTests"]
    assert told["starter"] == {"python": python, "javascript": "", "java": ""}
    assert host.call("PUT", path, told)["problem"] == made  # it can be sent back as it came
    for method, where in (("GET", path), ("GET", f"{path}/source"), ("DELETE", path)):
        answer = other.http.request(method, where)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_problem")
    assert other.http.put(path, json=draft()).status_code == 404
    assert api(url).get(path).status_code == 404
    assert api(url).get(f"{path}/source").status_code == 401


def test_starters_follow_the_tests_unless_they_were_written(host: Person) -> None:
    made = create(host)
    tests = [{"args": [[10, 40]], "expected": 30}]
    changed = host.call("PUT", f"/api/problems/{made['_id']}", draft(tests=tests))["problem"]
    assert "print(largest_gap([10, 40]))" in changed["starter"]["python"]
    assert changed["_id"] == made["_id"]


def test_a_preview_shows_all_starters_and_keeps_nothing(host: Person) -> None:
    told = host.call("POST", "/api/problems/preview", draft())
    assert told["starter"] == told["problem"]["starter"]
    assert "largestGap([1, 4, 6])" in told["starter"]["javascript"]
    assert "hiddenTests" not in told["problem"]
    assert listed(host.http, mine="true") == []


def test_the_files_problems_cannot_be_changed(host: Person) -> None:
    for method, path, body in (
        ("PUT", "/api/problems/two-sum", draft()),
        ("DELETE", "/api/problems/two-sum", None),
        ("GET", "/api/problems/two-sum/source", None),
    ):
        answer = host.http.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_guests_and_strangers_write_none(url: str, host: Person) -> None:
    guest = accept_invite(url, host.invite(host.create_session()["_id"]))
    for path in ("/api/problems", "/api/problems/preview", "/api/problems/two-sum/practice"):
        answer = guest.http.post(path, json=draft())
        assert (answer.status_code, answer.json()["code"]) == (403, "guests_cannot")
        assert api(url).post(path, json=draft()).status_code == 401


def test_a_title_is_ones_own_once(host: Person, other: Person) -> None:
    create(host)
    answer = host.http.post("/api/problems", json=draft(title="LARGEST GAP"))
    assert (answer.status_code, answer.json()["code"]) == (409, "title_taken")
    assert answer.json()["field"] == "title"
    create(other)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"title": 1}, "title", "title must be text, not a number."),
        ({"title": "x" * 121}, "title", "at most 120 characters"),
        ({"title": " \t"}, "title", "is empty"),
        ({"difficulty": "brutal"}, "difficulty", "one of easy, medium, hard"),
        ({"owner": "me"}, "owner", "not a field that is known here"),
        ({"tags": ["x"] * 11}, "tags", "at most 10 entries"),
        ({"tags": ["a", "b", "x" * 41, "x" * 42]}, "tags[2]", "at most 40 characters"),
        ({"examples": [EXAMPLE, {"input": "x"}]}, "examples[1].output", "is missing"),
        ({"examples": [EXAMPLE, {**EXAMPLE, "x": 1}]}, "examples[1].x", "not a field"),
        ({"examples": [EXAMPLE] * 11}, "examples", "at most 10 entries"),
        ({"tests": [{"args": [[1]], "expected": 1}] * 201}, "tests", "at most 200 entries"),
        ({"tests": [TEST] * 150 + [{"args": 1, "expected": 1}] * 5}, "tests[150].args", "a list"),
        ({"tests": [{"args": 1, "expected": 1}, TEST]}, "tests[0].args", "must be a list"),
        ({"hiddenTests": [TEST, 7]}, "hiddenTests[1]", "must be an object, not a number"),
        ({"tests": [{"args": [[1], 2], "expected": 1}]}, "tests[0].args", "2 given, 1 declared"),
        ({"tests": [{"args": ["x"], "expected": 1}]}, "tests[0].args[0]", '"x" is not integer[]'),
        ({"hiddenTests": []}, "hiddenTests", "at least one is needed"),
        ({"signature": {}}, "signature.name", "is missing"),
        ({"starter": {"cobol": "x"}}, "starter.cobol", "not a field"),
        ({"starter": {"java": "class Main {}\n"}}, "starter.java", "does not contain"),
    ],
)
def test_a_mistake_is_named_by_its_field(
    host: Person, changes: dict[str, Any], field: str, says: str
) -> None:
    body = draft(**changes)
    for path in ("/api/problems", "/api/problems/preview"):
        answer = host.http.post(path, json=body)
        assert answer.status_code == 400
        assert answer.json()["code"] == "invalid_body"
        assert (answer.json()["field"], says in answer.json()["message"]) == (field, True)


def test_a_deeply_nested_value_is_refused_like_any_other(host: Person) -> None:
    body = json.dumps(draft())
    for depth in (90, 500, *range(900, 1_000, 4), 50_000):
        nested = body.replace("[[1, 4, 6]]", "[" * depth + "]" * depth)
        answer = host.http.post("/api/problems/preview", content=nested)
        assert answer.status_code == 400, depth


def test_a_body_may_be_as_large_as_a_problem_and_no_larger(host: Person) -> None:
    def with_numbers(count: int) -> dict[str, Any]:
        return draft(hiddenTests=[{"args": [[100_000] * count], "expected": 0}])

    assert host.http.post("/api/problems", json=with_numbers(25_000)).status_code == 201
    answer = host.http.post("/api/problems", json=with_numbers(40_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    elsewhere = host.http.post("/api/sessions/create", json={"problem": "x" * 70_000})
    assert elsewhere.status_code == 413


# -- sessions about them ------------------------------------------------------------------------


def test_a_session_is_made_of_ones_own_problem(url: str, host: Person, other: Person) -> None:
    made = create(host)
    for name in (made["_id"], "largest gap"):
        session = host.create_session(name)
        assert (session["problem"], session["problemId"]) == ("Largest Gap", made["_id"])
        assert session["kind"] == "interview"
        answer = other.http.post("/api/sessions/create", json={"problem": name})
        assert (answer.status_code, answer.json()["code"]) == (400, "no_such_problem")
        assert answer.json()["field"] == "problem"
    files = host.call("GET", f"/api/sessions/{session['_id']}/files")["files"]
    assert {file["text"] for file in files} == set(made["starter"].values())


def test_those_in_a_session_read_its_problem_and_nobody_else(
    url: str, host: Person, other: Person
) -> None:
    made = create(host)
    session = host.create_session(made["_id"])["_id"]
    path = f"/api/sessions/{session}/problem"
    assert other.http.get(path).status_code == 403
    assert api(url).get(path).status_code == 401
    guest = accept_invite(url, host.invite(session))
    told = guest.call("GET", path)["problem"]
    assert told == {field: made[field] for field in made if field not in ("own", "progress")}
    assert guest.http.get(f"/api/problems/{made['_id']}").status_code == 404
    of_file = host.create_session("two-sum")
    assert of_file["problemId"] == "two-sum"
    shown = host.call("GET", f"/api/sessions/{of_file['_id']}/problem")["problem"]
    assert shown["title"] == "Two Sum"


def test_a_deleted_problem_goes_on_in_its_sessions(host: Person) -> None:
    made = create(host)
    session = host.create_session(made["_id"])["_id"]
    path = f"/api/problems/{made['_id']}"
    assert host.call("DELETE", path)["message"]
    assert host.http.get(path).status_code == 404
    assert host.http.delete(path).status_code == 404
    assert listed(host.http, mine="true") == []
    answer = host.http.post("/api/sessions/create", json={"problem": made["_id"]})
    assert answer.status_code == 400
    shown = host.call("GET", f"/api/sessions/{session}/problem")["problem"]
    assert shown["tests"] == made["tests"]
    started = host.http.post(f"/api/sessions/{session}/runs", json={"tests": True})
    assert started.status_code == 202
