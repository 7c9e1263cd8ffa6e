"""Settings: where they come from, and what is said about wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.settings import Settings, SettingsError, load_settings

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
        ("TOKEN_TTL_HOURS", "inf", "TOKEN_TTL_HOURS must be a finite number, not 'inf'."),
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
        ("RATE_LIMITS", "some", "RATE_LIMITS must be one of on, off, not 'some'."),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence(name: str, value: str, says: str) -> None:
    assert problems_of(**{name: value}) == [says]


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
    ],
)
def test_a_wrong_secret_is_not_shown(name: str, value: str) -> None:
    (told,) = problems_of(**{name: value})
    assert told.startswith(name)
    assert value not in told
