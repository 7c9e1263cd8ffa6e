"""Settings: where they come from, and what is said about wrong ones."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from server.backends import refuse_contradictions
from server.errors import StartupError
from server.settings import Settings, SettingsError, load_settings
from server.store.database import now

NO_FILE = Path("/nonexistent/.env")


def problems_of(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load_settings(environ, NO_FILE)
    return raised.value.problems


def test_nothing_needs_to_be_set() -> None:
    assert load_settings({}, NO_FILE) == Settings()


def test_an_empty_value_means_the_default() -> None:
    assert load_settings({"PORT": "", "RUNNER": "  "}, NO_FILE) == Settings()


def test_values_are_typed() -> None:
    settings = load_settings(
        {
            "PORT": "0",
            "CLIENT_URL": "https://a.example/, http://b.example:5173",
            "DATA_DIR": "/srv/interviews",
            "RUN_CPU_SECONDS": "2.5",
            "LOG_LEVEL": "DEBUG",
        },
        NO_FILE,
    )
    assert settings.port == 0
    assert settings.client_url == ("https://a.example", "http://b.example:5173")
    assert settings.data_dir == Path("/srv/interviews")
    assert settings.run_cpu_seconds == 2.5
    assert settings.log_level == "debug"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=1\nHOST=::1\n")
    settings = load_settings({"PORT": "2"}, file)
    assert (settings.port, settings.host) == (2, "::1")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "http", "PORT must be a whole number, not 'http'."),
        ("PORT", "65536", "PORT must be from 0 to 65535, not '65536'."),
        ("RUN_CPU_SECONDS", "nan", "RUN_CPU_SECONDS must be at least 1, not 'nan'."),
        ("RUN_CPU_SECONDS", "inf", "RUN_CPU_SECONDS must be a finite number, not 'inf'."),
        ("TOKEN_TTL_HOURS", "1e14", "TOKEN_TTL_HOURS must be from 0.01 to 8760, not '1e14'."),
        ("RUNNER", "docker", "RUNNER must be one of auto, sandbox, piston, off, not 'docker'."),
        (
            "PUBLIC_URL",
            "https://a.example/app",
            "PUBLIC_URL must be an address without a path, such as https://example.com, "
            "not 'https://a.example/app'.",
        ),
        (
            "CLIENT_URL",
            "a.example",
            "CLIENT_URL must be an address such as http://example.com, not 'a.example'.",
        ),
        (
            "TRUSTED_PROXIES",
            "10.0.0.0/8, proxy",
            "TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8, or * alone, "
            "not '10.0.0.0/8, proxy'.",
        ),
        (
            "STUN_URLS",
            "stun.example.com",
            "STUN_URLS must be an address such as stun:stun.example.com:3478, "
            "not 'stun.example.com'.",
        ),
        (
            "TURN_URLS",
            "turn:a.example, stun:a.example",
            "TURN_URLS must be an address such as turn:turn.example.com:3478, "
            "not 'turn:a.example, stun:a.example'.",
        ),
        ("TURN_TTL_SECONDS", "59", "TURN_TTL_SECONDS must be from 60 to 604800, not '59'."),
        ("VIDEO", "zoom", "VIDEO must be one of auto, builtin, off, not 'zoom'."),
        ("RATE_LIMITS", "some", "RATE_LIMITS must be one of on, off, not 'some'."),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence(name: str, value: str, says: str) -> None:
    assert problems_of(**{name: value}) == [says]


LARGEST = [
    (row.name, row.metadata["high"])
    for row in fields(Settings)
    if row.name.endswith(("_hours", "_days"))
]


@pytest.mark.parametrize(("name", "most"), LARGEST)
def test_the_longest_time_that_is_taken_is_one_that_can_be_added_to_a_date(
    name: str, most: float
) -> None:
    settings = load_settings({name.upper(): str(most)}, NO_FILE)
    unit = name.rpartition("_")[2]
    time = timedelta(**{unit: getattr(settings, name)})
    assert now() - time < now() < now() + time
    assert problems_of(**{name.upper(): str(most + 1)})


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"JOBS": "worker"}, "DB_URL"),
        ({"INNGEST_EVENT_KEY": "x"}, "INNGEST_SIGNING_KEY"),
        ({"INNGEST_BASE_URL": "https://inngest.example"}, "INNGEST_SIGNING_KEY"),
        ({"OIDC_AUDIENCE": "interviews"}, "OIDC_ISSUER"),
        ({"TURN_URLS": "turn:turn.example.com"}, "TURN_SECRET"),
        ({"TURN_SECRET": "x"}, "TURN_URLS"),
    ],
)
def test_what_would_have_no_effect_alone_names_what_is_missing(
    settings: dict[str, str], missing: str
) -> None:
    with pytest.raises(StartupError, match=missing):
        refuse_contradictions(load_settings(settings, NO_FILE))


def test_what_is_used_is_no_contradiction() -> None:
    for settings in (
        {"JOBS": "worker", "DB_URL": "mongodb://db"},
        {"JOBS": "worker", "INNGEST_SIGNING_KEY": "x", "INNGEST_EVENT_KEY": "x"},
        {"OIDC_AUDIENCE": "interviews", "CLERK_PUBLISHABLE_KEY": "x"},
    ):
        refuse_contradictions(load_settings(settings, NO_FILE))


@pytest.mark.parametrize(
    "value",
    [
        "turn:turn.example.com",
        "turns:turn.example.com:5349?transport=tcp",
        "turn:192.0.2.1:3478?transport=udp",
        "turn:[2001:db8::1]:3478",
    ],
)
def test_addresses_of_turn_servers_are_taken_as_browsers_do(value: str) -> None:
    settings = load_settings({"TURN_URLS": value, "TURN_SECRET": "x"}, NO_FILE)
    assert settings.turn_urls == (value,)
    refuse_contradictions(settings)


@pytest.mark.parametrize(
    ("settings", "media"),
    [
        ({}, "builtin"),
        ({"VIDEO": "off"}, "off"),
        ({"STREAM_API_KEY": "k"}, "stream"),
        ({"STREAM_API_KEY": "k", "VIDEO": "builtin"}, "builtin"),
        ({"STREAM_API_KEY": "k", "VIDEO": "off"}, "off"),
    ],
)
def test_calls_are_streams_where_it_is_configured_unless_told_otherwise(
    settings: dict[str, str], media: str
) -> None:
    assert load_settings(settings, NO_FILE).media == media


def test_all_proxies_may_be_trusted() -> None:
    assert load_settings({"TRUSTED_PROXIES": "*"}, NO_FILE).trusted_proxies == ("*",)


def test_every_wrong_value_is_told_at_once() -> None:
    assert len(problems_of(PORT="x", RUNNER="x", LOG_LEVEL="x")) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "too short"),
        ("DB_URL", "postgres://me:pass@db"),
        ("METRICS_TOKEN", "too short"),
        ("REDIS_URL", "http://me:pass@redis"),
        ("REDIS_URL", "redis://me:pa/ss@redis"),
        ("REDIS_URL", "redis://redis:many"),
        ("REDIS_URL", "unix:"),
    ],
)
def test_a_wrong_secret_is_not_shown(name: str, value: str) -> None:
    (told,) = problems_of(**{name: value})
    assert told.startswith(name)
    assert value not in told
