"""What is Clerk's own: keys that are none stop the start, and users are read as they come."""

from __future__ import annotations

import base64

import msgspec
import pytest

from server.auth.clerk import ClerkUser, Webhook, content_sources, frontend_host
from server.errors import StartupError
from tests.helpers.clerk import clerk_user


def key(host: str, prefix: str = "pk_test_") -> str:
    return prefix + base64.b64encode(host.encode()).decode()


def test_a_publishable_key_holds_its_host() -> None:
    assert frontend_host(key("clerk.example.com$")) == "clerk.example.com"
    assert frontend_host(key("a-b-1.clerk.accounts.dev$", "pk_live_").rstrip("=")) == (
        "a-b-1.clerk.accounts.dev"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "pk_test_",
        "sk_test_abc",
        "pk_test_!!!",
        "nonsense",
        key("clerk.example.com"),
        key("clerk$"),
        key("a.b.c$d$"),
        key("evil.example/path.x$"),
        key("a.example;script-src *$"),
        key("clé.example$"),
        key("clerk.example.com$", "pk_"),
    ],
)
def test_a_key_that_is_none_stops_the_start_in_words(wrong: str) -> None:
    with pytest.raises(StartupError, match="CLERK_PUBLISHABLE_KEY is not one"):
        frontend_host(wrong)


@pytest.mark.parametrize("wrong", ["", "whsec_", "whsec_!!", "c2VjcmV0", "whsec_c2hvcnQ="])
def test_a_webhook_secret_that_is_none_stops_the_start_in_words(wrong: str) -> None:
    with pytest.raises(StartupError, match="CLERK_WEBHOOK_SECRET is not one"):
        Webhook(wrong)


def test_the_policy_names_the_host_and_what_clerk_loads() -> None:
    sources = content_sources("clerk.example.com")
    assert "https://clerk.example.com" in sources["script-src"]
    assert "https://clerk.example.com" in sources["connect-src"]
    assert "https://challenges.cloudflare.com" in sources["frame-src"]


def test_a_user_is_read_as_clerk_sends_it() -> None:
    profile = msgspec.convert(clerk_user("user_1"), ClerkUser).profile
    assert profile.name == "Ada Lovelace"
    assert profile.email == "user_1@example.com"
    assert profile.picture == "https://img.example.com/user_1"
    assert profile.updated_at == 1_700_000_000_000


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"first_name": None}, "Lovelace"),
        ({"first_name": "", "last_name": None, "username": "ada"}, "ada"),
        ({"first_name": None, "last_name": None}, None),
    ],
)
def test_a_name_is_what_there_is_of_it(fields: dict[str, object], name: str | None) -> None:
    assert msgspec.convert(clerk_user("user_1", **fields), ClerkUser).profile.name == name


def test_an_address_that_is_not_the_primary_one_is_not_taken() -> None:
    user = clerk_user("user_1", primary_email_address_id="idn_2")
    assert msgspec.convert(user, ClerkUser).profile.email is None
