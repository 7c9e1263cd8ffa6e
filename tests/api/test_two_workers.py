"""One session at two servers on one database and one Redis: what is true at one is true at both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import pytest

from crdt.errors import CloseCode
from tests.conftest import ServerFactory
from tests.helpers.mongo import DatabaseProcess
from tests.helpers.people import PASSWORD, Person, accept_invite, bearer, register
from tests.helpers.rawclient import RawClient, raw_client
from tests.helpers.redis import RedisProcess
from tests.helpers.server import ServerProcess
from tests.helpers.watching import Watcher, watching


@dataclass
class Pair:
    """Two servers, and a session whose host is at the one and whose candidate is at the other."""

    one: ServerProcess
    two: ServerProcess
    redis: RedisProcess
    host: Person
    guest: Person
    session: str

    async def come(self, stack: AsyncExitStack, at: ServerProcess, person: Person) -> RawClient:
        client = await stack.enter_async_context(
            raw_client(at, self.session, person.ticket(self.session), events="1")
        )
        await client.sync()
        return client

    def watch(self, stack: ExitStack, at: ServerProcess, person: Person) -> Watcher:
        return stack.enter_context(watching(at.url, person, self.session))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("redis"))
    yield process.start()
    process.kill()


@pytest.fixture
def pair(
    make_server: ServerFactory, database_process: DatabaseProcess, redis: RedisProcess,
    tmp_path: Path,
) -> Pair:  # fmt: skip
    shared = {
        "DB_URL": database_process.url,
        "DB_NAME": f"pair-{tmp_path.name}",
        "REDIS_URL": redis.url,
        "SECRET_KEY": "one secret for both of these two servers",
        "RUNNER": "auto",
    }
    one, two = (make_server(name, **shared).start() for name in ("one", "two"))
    host = register(one.url, "Hedy")
    session = host.create_session()["_id"]
    guest = accept_invite(two.url, host.invite(session), "Grace")
    return Pair(one, two, redis, host, guest, session)


async def test_what_is_typed_at_one_is_seen_at_the_other_and_saved(pair: Pair) -> None:
    async with AsyncExitStack() as stack:
        ada = await pair.come(stack, pair.one, pair.host)
        bob = await pair.come(stack, pair.two, pair.guest)
        await ada.type("from one ")
        await bob.until(lambda _: bob.text.startswith("from one "))
        await bob.type("from two ")
        await ada.until(lambda _: ada.text.startswith("from two "))
        while (await bob.event("saved"))["frames"] < 1:
            pass
    for server in (pair.one, pair.two):
        files = pair.host.http.get(
            f"{server.url}/api/sessions/{pair.session}/files", headers=bearer(pair.host.token)
        ).json()["files"]
        assert any(file["text"].startswith("from two from one ") for file in files)


def test_one_roster_and_one_order_of_what_is_said(pair: Pair) -> None:
    with ExitStack() as stack:
        ada = pair.watch(stack, pair.one, pair.host)
        bob = pair.watch(stack, pair.two, pair.guest)
        for page in (ada, bob):
            page.people(lambda people: len(people) == 2)
        for number in range(10):
            page = (ada, bob)[number % 2]
            page.tell(
                "chat.send", channel="everybody", text=f"{number}", key=f"k{number}".ljust(20, "-")
            )
        told = [[page.until("chat.message")["message"] for _ in range(10)] for page in (ada, bob)]
    # what two workers tell at once may cross; a page puts it where its number says
    orders = [sorted(messages, key=itemgetter("number")) for messages in told]
    assert [each["number"] for each in orders[0]] == list(range(1, 11))
    assert [each["_id"] for each in orders[0]] == [each["_id"] for each in orders[1]]


async def test_who_is_removed_at_one_is_out_at_the_other_and_the_end_is_everywhere(
    pair: Pair,
) -> None:
    async with AsyncExitStack() as stack:
        ada = await pair.come(stack, pair.one, pair.host)
        bob = await pair.come(stack, pair.two, pair.guest)
        pair.host.call("DELETE", f"/api/sessions/{pair.session}/people/{pair.guest.id}")
        assert await bob.close_code() == CloseCode.NOT_ALLOWED
        other = accept_invite(pair.two.url, pair.host.invite(pair.session), "Carl")
        carl = await pair.come(stack, pair.two, other)
        pair.host.call("POST", f"/api/sessions/end/{pair.session}")
        assert await carl.close_code() == CloseCode.SESSION_ENDED
        assert await ada.close_code() == CloseCode.SESSION_ENDED


async def test_who_changes_the_password_at_one_is_signed_out_at_the_other(pair: Pair) -> None:
    async with AsyncExitStack() as stack:
        ada = await pair.come(stack, pair.two, pair.host)
        body = {"current": PASSWORD, "new": "another pass phrase"}
        pair.host.call("POST", "/api/auth/password", body)
        assert await ada.close_code() == CloseCode.NOT_SIGNED_IN


def test_a_call_goes_on_between_two_servers(pair: Pair) -> None:
    with ExitStack() as stack:
        ada = pair.watch(stack, pair.one, pair.host)
        bob = pair.watch(stack, pair.two, pair.guest)
        for name, page in (("ada", ada), ("bob", bob)):
            page.tell("call.join", key=name.ljust(20, "-"), mic=True, camera=True)
        for page in (ada, bob):
            page.people(lambda people: sum(bool(row["call"]) for row in people) == 2)
        bob.tell("signal", to="ada".ljust(20, "-"), data={"restart": True})
        assert ada.until("signal")["from"] == "bob".ljust(20, "-")
        ada.tell("call.mute", key="bob".ljust(20, "-"))
        assert bob.until("call.muted")["by"]["name"] == "Hedy"
        ada.tell("recording.ask")
        bob.until("recording", state="asking")
        bob.tell("recording.answer", agree=True)
        ada.until("recording", state="on")


def test_while_redis_is_away_people_are_told_and_nothing_is_lost(pair: Pair) -> None:
    with ExitStack() as stack:
        ada = pair.watch(stack, pair.one, pair.host)
        bob = pair.watch(stack, pair.two, pair.guest)
        ada.people(lambda people: len(people) == 2)
        pair.redis.pause()
        try:
            for page in (ada, bob):
                page.until("apart", apart=True)
            late = pair.watch(stack, pair.two, pair.host)
            hello = next(each for each in late.heard if each["type"] == "hello")
            assert hello["apart"] is True
        finally:
            pair.redis.resume()
        for page in (ada, bob):
            page.until("apart", apart=False)


async def test_what_was_typed_apart_comes_together(pair: Pair) -> None:
    async with AsyncExitStack() as stack:
        ada = await pair.come(stack, pair.one, pair.host)
        bob = await pair.come(stack, pair.two, pair.guest)
        pair.redis.pause()
        try:
            while not (await ada.event("apart"))["apart"]:
                pass
            await ada.type("at one ")
            await bob.type("at two ")
            while (await bob.event("saved"))["frames"] < 1:
                pass
        finally:
            pair.redis.resume()
        for client, other in ((ada, "at two "), (bob, "at one ")):
            await client.until(lambda _, client=client, other=other: other in client.text)
        assert ada.text == bob.text
        assert ada.text.count("at one ") == ada.text.count("at two ") == 1
