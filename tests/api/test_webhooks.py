"""Clerk's webhooks: only genuine ones, each once, in whatever order they come."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from svix.webhooks import Webhook

from crdt.errors import CloseCode
from server.errors import WebhookReplayed
from server.store.database import Database, new_id, now
from server.store.deliveries import LEASE, Deliveries
from tests.conftest import ServerFactory
from tests.helpers.clerk import StandIn, clerk_user
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import Person, accept_invite, api, sign_in
from tests.helpers.rawclient import raw_client
from tests.helpers.server import ServerProcess

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
T0 = 1_700_000_000_000
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def server(
    clerk: StandIn, tmp_path_factory: pytest.TempPathFactory, database_process: DatabaseProcess
) -> Iterator[ServerProcess]:
    process = ServerProcess(
        tmp_path_factory.mktemp("server"),
        DB_URL=database_process.url,
        DB_NAME="webhooks",
        CLERK_WEBHOOK_SECRET=SECRET,
        **clerk.settings(),
    )
    try:
        yield process.start()
    finally:
        process.close()


@pytest.fixture
def url(server: ServerProcess) -> str:
    return server.url


def event(kind: str, user_id: str, **fields: Any) -> str:
    """A webhook's body."""
    if kind == "user.deleted":
        data: dict[str, Any] = {"id": user_id, "object": "user", "deleted": True}
    else:
        data = clerk_user(user_id, **fields)
    return json.dumps({"type": kind, "object": "event", "data": data, "timestamp": T0})


def headers_for(body: str, *, id: str | None = None, at: datetime | None = None) -> dict[str, str]:
    """As Svix signs it."""
    delivery, moment = id or f"msg_{new_id()}", at or datetime.now(UTC)
    return {
        "svix-id": delivery,
        "svix-timestamp": str(int(moment.timestamp())),
        "svix-signature": Webhook(SECRET).sign(delivery, moment, body),
        "content-type": "application/json",
    }


def post(url: str, body: str, headers: dict[str, str]) -> httpx.Response:
    return api(url).post("/api/webhooks/clerk", content=body, headers=headers)


def deliver(url: str, body: str, **how: Any) -> httpx.Response:
    return post(url, body, headers_for(body, **how))


def person(url: str, clerk: StandIn, user_id: str) -> Person:
    return sign_in(url, clerk.token(user_id))


def test_a_person_is_made_before_they_ever_come(url: str, clerk: StandIn) -> None:
    answer = deliver(url, event("user.created", "user_made", first_name="Mary"))
    assert answer.status_code == 200
    mary = person(url, clerk, "user_made")
    assert mary.user["name"] == "Mary Lovelace"
    assert clerk.requests["/v1/users/user_made"] == 0


def test_what_changes_at_clerk_changes_here(url: str, clerk: StandIn) -> None:
    clerk.add_user("user_changes")
    ada = person(url, clerk, "user_changes")
    for _ in range(2):  # the same news twice, as two messages
        body = event("user.updated", "user_changes", first_name="Augusta", updated_at=T0 + 5)
        assert deliver(url, body).status_code == 200
        user = ada.call("GET", "/api/auth/me")["user"]
        assert user == {**ada.user, "name": "Augusta Lovelace"}


def test_older_news_never_overwrite_newer_ones(url: str, clerk: StandIn) -> None:
    for name, moment in (("Second", T0 + 2), ("First", T0 + 1), ("Third", T0 + 3)):
        body = event("user.updated", "user_order", first_name=name, updated_at=moment)
        assert deliver(url, body).status_code == 200
        shown = person(url, clerk, "user_order").user["name"]
        assert shown == ("Third Lovelace" if name == "Third" else "Second Lovelace")


def test_a_created_that_comes_after_an_updated_changes_nothing(url: str, clerk: StandIn) -> None:
    deliver(url, event("user.updated", "user_late", first_name="New", updated_at=T0 + 9))
    deliver(url, event("user.created", "user_late", first_name="Old", updated_at=T0))
    assert person(url, clerk, "user_late").user["name"] == "New Lovelace"


def test_who_leaves_is_out_at_once_and_does_not_come_back(url: str, clerk: StandIn) -> None:
    clerk.add_user("user_leaves")
    ada = person(url, clerk, "user_leaves")
    theirs = clerk.token("user_leaves")
    assert deliver(url, event("user.deleted", "user_leaves")).status_code == 200
    assert ada.http.get("/api/auth/me").status_code == 401
    assert api(url, theirs).get("/api/auth/me").status_code == 401  # good for a minute at Clerk
    for body in (
        event("user.deleted", "user_leaves"),
        event("user.updated", "user_leaves", updated_at=T0 + 99),
        event("user.created", "user_leaves"),
    ):
        assert deliver(url, body).status_code == 200
    assert api(url, theirs).get("/api/auth/me").status_code == 401


def test_a_deletion_that_comes_first_wins(url: str, clerk: StandIn) -> None:
    clerk.add_user("user_first")
    assert deliver(url, event("user.deleted", "user_first")).status_code == 200
    assert deliver(url, event("user.created", "user_first")).status_code == 200
    assert api(url, clerk.token("user_first")).get("/api/auth/me").status_code == 401


def test_what_somebody_leaves_is_put_in_order(url: str, clerk: StandIn) -> None:
    clerk.add_user("user_host")
    clerk.add_user("user_other")
    ada, other = person(url, clerk, "user_host"), person(url, clerk, "user_other")
    hosted = ada.create_session()
    guest = accept_invite(url, ada.invite(hosted["_id"]))
    ada.call("POST", "/api/problems/two-sum/practice")  # which nobody else could ever end
    attended = other.create_session()
    ada.call("POST", f"/api/sessions/join/{attended['_id']}")

    assert deliver(url, event("user.deleted", "user_host")).status_code == 200
    ended = guest.call("GET", f"/api/sessions/{hosted['_id']}")["session"]
    assert ended["status"] == "completed"
    assert ended["host"] == {"_id": ada.id, "name": "Somebody who left", "profileImage": ""}
    assert guest.call("GET", f"/api/sessions/{hosted['_id']}/files")["files"]
    stands = other.call("GET", f"/api/sessions/{attended['_id']}")["session"]
    assert stands["status"] == "active"
    assert stands["participant"]["name"] == "Somebody who left"


async def test_a_ticket_of_who_left_opens_no_room_that_is_opened_later(
    server: ServerProcess, clerk: StandIn
) -> None:
    for each in ("user_opens", "user_gone"):
        clerk.add_user(each)
    host, gone = (person(server.url, clerk, each) for each in ("user_opens", "user_gone"))
    session = host.create_session()["_id"]
    gone.call("POST", f"/api/sessions/join/{session}")
    ticket = gone.ticket(session)
    assert deliver(server.url, event("user.deleted", "user_gone")).status_code == 200
    async with raw_client(server, session, ticket) as client:
        assert await client.close_code() == CloseCode.NOT_ALLOWED


async def test_who_left_is_out_of_the_rooms_of_every_worker(
    make_server: ServerFactory, clerk: StandIn, database_process: DatabaseProcess
) -> None:
    """The other worker is told nothing, and finds it in the database."""
    name = {"DB_URL": database_process.url, "DB_NAME": f"left-{new_id()}"}
    settings = {"CLERK_WEBHOOK_SECRET": SECRET, "SECRET_KEY": "k" * 32, **name, **clerk.settings()}
    told, other = (make_server(each, **settings).start() for each in ("one", "two"))
    for each in ("user_stays", "user_goes"):
        clerk.add_user(each)
    host, gone = (person(told.url, clerk, each) for each in ("user_stays", "user_goes"))
    session = host.create_session()["_id"]
    gone.call("POST", f"/api/sessions/join/{session}")
    ticket = gone.ticket(session)
    assert deliver(told.url, event("user.deleted", "user_goes")).status_code == 200
    async with raw_client(other, session, ticket) as client:
        assert await client.close_code() == CloseCode.NOT_ALLOWED


def test_other_messages_are_acknowledged(url: str) -> None:
    body = json.dumps({"type": "session.created", "data": {"id": "sess_1"}, "object": "event"})
    assert deliver(url, body).status_code == 200


def test_the_same_delivery_is_taken_once(url: str) -> None:
    body = event("user.created", "user_replay")
    headers = headers_for(body)
    assert post(url, body, headers).status_code == 200
    again = post(url, body, headers)
    assert (again.status_code, again.json()["code"]) == (409, "webhook_replayed")
    signed_anew = headers_for(body, id=headers["svix-id"])
    assert post(url, body, signed_anew).status_code == 409


def test_of_one_delivery_many_times_at_once_one_is_taken(url: str) -> None:
    body = event("user.created", "user_stampede")
    headers = headers_for(body)
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda _: post(url, body, headers).status_code, range(6)))
    assert sorted(statuses) == [200, 409, 409, 409, 409, 409]


def without(name: str) -> dict[str, str]:
    headers = headers_for(event("user.created", "user_forged"))
    return {key: value for key, value in headers.items() if key != name}


def changed(name: str, value: str) -> dict[str, str]:
    return {**headers_for(event("user.created", "user_forged")), name: value}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        without("svix-id"),
        without("svix-timestamp"),
        without("svix-signature"),
        changed("svix-id", "msg_other"),
        changed("svix-timestamp", str(int(time.time()) + 1)),
        changed("svix-timestamp", "now"),
        changed("svix-timestamp", "nan"),
        changed("svix-signature", "v1,bm9uc2Vuc2U="),
        changed("svix-signature", "v1"),
        changed("svix-signature", "v1,!"),
        changed("svix-signature", "v1a,bm9uc2Vuc2U="),
        headers_for(event("user.created", "user_forged"), at=NOW - timedelta(days=1)),
        headers_for(event("user.created", "user_forged"), at=NOW + timedelta(days=1)),
    ],
)
def test_a_signature_that_is_no_good_is_refused(
    url: str, clerk: StandIn, headers: dict[str, str]
) -> None:
    answer = post(url, event("user.created", "user_forged"), headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert api(url, clerk.token("user_forged")).get("/api/auth/me").status_code == 401


@pytest.mark.parametrize("body", ["", "\xff", "{}", event("user.created", "user_forged") + " "])
def test_a_body_other_than_the_signed_one_is_refused(url: str, body: str) -> None:
    headers = headers_for(event("user.created", "user_forged"))
    answer = api(url).post("/api/webhooks/clerk", content=body.encode("latin-1"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("[]", None),
        ("{", None),
        ('{"type": "user.created"}', None),
        ('{"type": "user.created", "data": {}}', "data"),
        ('{"type": "user.updated", "data": {"id": 7}}', "data"),
        ('{"type": "user.deleted", "data": {"deleted": true}}', "data"),
    ],
)
def test_nonsense_that_is_signed_is_told_and_may_be_corrected(
    url: str, body: str, field: str | None
) -> None:
    delivery = f"msg_{new_id()}"
    answer = deliver(url, body, id=delivery)
    assert answer.status_code == 400
    assert answer.json().get("field") == field
    assert deliver(url, event("user.created", "user_corrected"), id=delivery).status_code == 200


def test_what_failed_half_way_is_taken_again(
    make_server: ServerFactory, clerk: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The database is away while somebody is being removed; afterwards all of it is done."""
    database = DatabaseProcess(tmp_path_factory.mktemp("db")).start()
    server = make_server(
        DB_URL=database.url, CLERK_WEBHOOK_SECRET=SECRET, **clerk.settings()
    ).start()
    clerk.add_user("user_half")
    ada = sign_in(server.url, clerk.token("user_half"))
    session = ada.create_session()
    guest = accept_invite(server.url, ada.invite(session["_id"]))
    body = event("user.deleted", "user_half")
    headers = headers_for(body)
    database.kill()
    refused = post(server.url, body, headers)
    assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
    database.start()
    assert post(server.url, body, headers).status_code == 200
    assert guest.call("GET", f"/api/sessions/{session['_id']}")["session"]["status"] == "completed"
    assert post(server.url, body, headers).status_code == 409
    server.close()
    database.kill()


async def test_a_delivery_whose_server_died_is_taken_again_after_a_while(
    database: Database,
) -> None:
    deliveries = Deliveries(database)
    await deliveries.begin("msg_1")
    with pytest.raises(WebhookReplayed):
        await deliveries.begin("msg_1")
    past = {"$set": {"until": now() - LEASE}}
    await database.collection("deliveries").update_one({"_id": "msg_1"}, past)
    await deliveries.begin("msg_1")
    await deliveries.give_up("msg_1")
    await deliveries.begin("msg_1")
    await deliveries.finish("msg_1")
    await deliveries.give_up("msg_1")
    await database.collection("deliveries").update_one({"_id": "msg_1"}, past)
    with pytest.raises(WebhookReplayed):
        await deliveries.begin("msg_1")


def test_without_a_secret_there_are_no_webhooks(make_server: ServerFactory, clerk: StandIn) -> None:
    server = make_server(**clerk.settings()).start()
    body = event("user.created", "user_none")
    assert deliver(server.url, body).status_code == 404


def test_what_is_too_large_is_refused(url: str) -> None:
    assert deliver(url, event("user.created", "user_x", bio="x" * 70_000)).status_code == 413
