"""One typed table of settings, read from the environment and `.env`, validated at start."""
# ruff: noqa: RUF009 - setting() makes a dataclass field, its Path default is immutable

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values

from server.errors import StartupError


def setting(
    default: Any,
    help: str,
    *,
    secret: bool = False,
    at_least: float | None = None,
    at_most: float | None = None,
    url: tuple[str, ...] = (),
) -> Any:
    """One row of the table; `url` lists the schemes a value must be an address of."""
    metadata = {"help": help, "secret": secret, "low": at_least, "high": at_most, "url": url}
    return field(default=default, metadata=metadata)


class SettingsError(StartupError):
    """One or more settings are wrong; `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


YEAR_HOURS = 365 * 24.0  # longer means for ever, and times beyond what a date can hold are refused
WEB = ("http", "https")
REDIS = ("redis", "rediss", "unix")
ICE = {"stun_urls": ("stun", "stuns"), "turn_urls": ("turn", "turns")}
ICE_SERVER = re.compile(
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?"
    r"(?:\?transport=(?P<transport>udp|tcp))?"
)
"""What follows the scheme (RFC 7064 and 7065)."""
ISSUER = ("https", "http")  # unlike WEB it may have a path, and is compared letter by letter


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. The name in the environment is the field's in capitals."""

    host: str = setting("127.0.0.1", "Address to listen on; 0.0.0.0 lets other machines in.")
    port: int = setting(8000, "Port to listen on; 0 takes any free one.", at_least=0, at_most=65535)
    web_concurrency: int = setting(
        1,
        "Worker processes that share the rooms; more than one need REDIS_URL.",
        at_least=1,
        at_most=64,
    )
    client_url: tuple[str, ...] = setting(
        (), "Further browser origins that may call the API, comma separated.", url=WEB
    )
    public_url: str = setting(
        "", "Address people reach this server at, for invitations; empty: the request's.", url=WEB
    )
    web_dir: Path = setting(Path("web/dist"), "Folder of the built web app.")
    trusted_proxies: tuple[str, ...] = setting(
        ("127.0.0.0/8", "::1"),
        "Proxies whose X-Forwarded-For and -Proto count: addresses, networks, or * for all.",
    )
    rate_limits: Literal["on", "off"] = setting(
        "on", "Answers 429 to whoever asks too often: on, off."
    )
    redis_url: str = setting(
        "",
        "Redis that carries rooms between workers, and counts for all; empty: one worker alone.",
        secret=True,
        url=REDIS,
    )
    metrics_token: str = setting(
        "",
        "Bearer token that /metrics asks for, at least 16 characters; empty: this machine only.",
        secret=True,
    )

    data_dir: Path = setting(Path("data"), "Folder for everything that is kept.")
    db_url: str = setting(
        "",
        "MongoDB to use; empty: an embedded database under DATA_DIR.",
        secret=True,
        url=("mongodb", "mongodb+srv"),
    )
    db_name: str = setting("interview", "Name of the database in it.")

    secret_key: str = setting(
        "",
        "Signs every token, at least 32 characters; empty: made once, kept in DATA_DIR/secret-key.",
        secret=True,
    )
    token_ttl_hours: float = setting(
        168, "How long a sign-in lasts, in hours.", at_least=0.01, at_most=YEAR_HOURS
    )
    invite_ttl_hours: float = setting(
        72, "How long an invitation is good, in hours.", at_least=0, at_most=YEAR_HOURS
    )
    ticket_ttl_seconds: float = setting(
        120, "How long a room ticket is good, in seconds.", at_least=1, at_most=3600
    )

    clerk_publishable_key: str = setting(
        "", "Clerk's publishable key: people sign in with Clerk instead of accounts here."
    )
    clerk_secret_key: str = setting(
        "", "Clerk's secret key, to read names, e-mail addresses and pictures.", secret=True
    )
    clerk_webhook_secret: str = setting(
        "", "Signing secret of Clerk's webhook to /api/webhooks/clerk.", secret=True
    )
    clerk_api_url: str = setting("https://api.clerk.com", "Clerk's backend API.", url=WEB)
    oidc_issuer: str = setting(
        "", "OpenID issuer whose tokens sign people in, exactly as its tokens say.", url=ISSUER
    )
    oidc_audience: str = setting("", "Audience its tokens must be for; empty: any.")

    runner: Literal["auto", "sandbox", "piston", "off"] = setting(
        "auto",
        "Runs code: auto (Piston if PISTON_URL is set, else the sandbox where it is possible), "
        "sandbox, piston, off.",
    )
    piston_url: str = setting(
        "",
        "Address of a Piston, such as http://piston:2000; a path stands for /api/v2.",
        url=ISSUER,
    )
    piston_authorization: str = setting(
        "", "Value of the Authorization header for it, where it asks for one.", secret=True
    )
    run_wall_seconds: float = setting(
        15, "Longest time of one run, in seconds.", at_least=0.1, at_most=3600
    )
    run_cpu_seconds: float = setting(10, "Most CPU time of one run, in seconds.", at_least=1)
    run_memory_mib: int = setting(512, "Most memory of one run, in MiB.", at_least=32)
    run_processes: int = setting(64, "Most processes and threads of one run.", at_least=8)
    run_output_kib: int = setting(
        256,
        "Most output of one run, in KiB.",
        at_least=1,
        at_most=512,  # JSON may write a byte as six, and it is told twice: UNSENT_BYTES has room
    )
    runs_at_once: int = setting(
        4,
        "Runs that go on at once, on one machine or at one Piston; more wait in a queue.",
        at_least=1,
        at_most=256,  # user ids that the sandbox sets aside
    )

    room_grace_seconds: float = setting(
        60, "How long an empty room stays in memory, in seconds.", at_least=0, at_most=86_400
    )
    journal_flush_ms: float = setting(
        100,
        "How often edits are written to the database, in milliseconds.",
        at_least=1,
        at_most=10_000,
    )
    snapshot_every: int = setting(500, "Edits of a room between two snapshots.", at_least=1)
    problems_file: Path = setting(Path("problems.yaml"), "The problems to choose from.")

    jobs: Literal["server", "worker", "off"] = setting(
        "server",
        "Background jobs: server (in the server), worker (only by `interview worker`), off.",
    )
    session_idle_hours: float = setting(
        12,
        "Hours nobody was in a session after which it is completed, if no invitation is good.",
        at_least=0.1,
        at_most=YEAR_HOURS,
    )
    guest_ttl_days: float = setting(
        30,
        "Days a guest is kept after the last session; never less than a sign-in.",
        at_least=0,
        at_most=3650,
    )
    inngest_signing_key: str = setting(
        "", "Inngest calls the background jobs at /api/inngest; empty: it does not.", secret=True
    )
    inngest_event_key: str = setting("", "Inngest's key for events, shown to it.", secret=True)
    inngest_base_url: str = setting("", "Inngest of your own; empty: its cloud.", url=WEB)

    stream_api_key: str = setting("", "Video and chat by Stream (getstream.io): its key.")
    stream_api_secret: str = setting("", "The secret that belongs to the key.", secret=True)
    stream_video_url: str = setting(
        "https://video.stream-io-api.com", "Stream's API for video.", url=WEB
    )
    stream_chat_url: str = setting(
        "https://chat.stream-io-api.com", "Stream's API for chat.", url=WEB
    )
    stream_token_seconds: int = setting(
        3600,
        "How long a person's token for Stream is good, in seconds; browsers renew it.",
        at_least=10,
        at_most=86400,
    )
    stream_recording_days: float = setting(
        14,
        "Days a recorded call is kept at Stream after the session; Stream keeps files for 14.",
        at_least=0,
        at_most=3650,
    )

    video: Literal["auto", "builtin", "off"] = setting(
        "auto",
        "Calls: auto (Stream if STREAM_API_KEY is set, else built in), builtin (browser to "
        "browser), off.",
    )
    stun_urls: tuple[str, ...] = setting(
        (), "STUN servers for built-in calls, such as stun:stun.example.com:3478, comma separated."
    )
    turn_urls: tuple[str, ...] = setting(
        (), "TURN servers for built-in calls, such as turn:turn.example.com:3478, comma separated."
    )
    turn_secret: str = setting(
        "", "Secret shared with the TURN servers (coturn: static-auth-secret).", secret=True
    )
    turn_ttl_seconds: int = setting(
        43_200,
        "How long a name and password for the TURN servers are good, in seconds.",
        at_least=60,
        at_most=604_800,
    )

    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "Least serious log line that is written: debug, info, warning, error."
    )
    log_format: Literal["auto", "text", "json"] = setting(
        "auto", "Log lines as text or json; auto: text in a terminal, else json."
    )

    @property
    def media(self) -> Literal["builtin", "stream", "off"]:
        """What carries calls."""
        if self.video != "auto":
            return self.video
        return "stream" if self.stream_api_key else "builtin"


def variable(row: Field[Any]) -> str:
    """The name of a setting in the environment."""
    return row.name.upper()


def shown(value: Any) -> str:
    """A setting's value as it is written in the environment."""
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def load_settings(
    environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")
) -> Settings:
    """Reads `env_file` and the environment (which wins); an empty value means the default.

    Raises SettingsError with one sentence for each setting that is wrong.
    """
    values = {key: value or "" for key, value in dotenv_values(env_file).items()}
    values |= os.environ if environ is None else environ
    types = get_type_hints(Settings)
    chosen: dict[str, Any] = {}
    problems: list[str] = []
    for row in fields(Settings):
        raw = values.get(variable(row), "").strip()
        if not raw:
            continue
        try:
            chosen[row.name] = _check(row, _parse(types[row.name], raw))
        except ValueError as error:
            given = "" if row.metadata["secret"] else f", not {raw!r}"
            problems.append(f"{variable(row)} must be {error}{given}.")
    if problems:
        raise SettingsError(problems)
    return Settings(**chosen)


def _parse(kind: Any, raw: str) -> Any:
    """The typed value; raises ValueError with what it must be."""
    if get_origin(kind) is Literal:
        if raw.lower() not in get_args(kind):
            raise ValueError("one of " + ", ".join(get_args(kind)))
        return raw.lower()
    if get_origin(kind) is tuple:
        return tuple(part.strip().rstrip("/") for part in raw.split(",") if part.strip())
    names = {int: "a whole number", float: "a number"}
    try:
        return kind(raw)
    except ValueError as error:
        raise ValueError(names[kind]) from error


def _check(row: Field[Any], value: Any) -> Any:
    """The value if it is within bounds; raises ValueError with what it must be."""
    low, high, schemes = (row.metadata[key] for key in ("low", "high", "url"))
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise ValueError(f"at least {low:g}" if high is None else f"from {low:g} to {high:g}")
    if value == float("inf"):
        raise ValueError("a finite number")
    if row.name == "secret_key" and len(value) < 32:
        raise ValueError("at least 32 characters long, or empty to have one made")
    if row.name == "metrics_token" and len(value) < 16:
        raise ValueError("at least 16 characters long, or empty to let only this machine read it")
    if row.name == "trusted_proxies" and value != ("*",):
        for address in value:
            _check_network(address)
    if row.name in ICE:
        for address in value:
            _check_ice(address, ICE[row.name])
    if schemes:
        for address in value if isinstance(value, tuple) else (value,):
            _check_url(address, schemes)
    return value


def _check_network(text: str) -> None:
    try:
        ip_network(text)
    except ValueError as error:
        raise ValueError("addresses or networks such as 10.0.0.0/8, or * alone") from error


def _check_ice(address: str, schemes: tuple[str, ...]) -> None:
    if not re.fullmatch(rf"(?:{'|'.join(schemes)}):{ICE_SERVER.pattern}", address):
        raise ValueError(f"an address such as {schemes[0]}:{schemes[0]}.example.com:3478")


def _check_url(address: str, schemes: tuple[str, ...]) -> None:
    parts = urlsplit(address)
    there = parts.path if parts.scheme == "unix" else parts.netloc
    if parts.scheme not in schemes or not there or (schemes == REDIS and not _port_is_one(parts)):
        raise ValueError("an address such as " + f"{schemes[0]}://example.com")
    if schemes == WEB and (parts.path.strip("/") or parts.query or parts.fragment):
        raise ValueError("an address without a path, such as https://example.com")


def _port_is_one(parts: SplitResult) -> bool:
    """Whether what stands where the port does is a number, or nothing."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def env_example() -> str:
    """The text of `.env.example`: every setting with its default and what it is for."""
    lines = ["# Every setting with its default. Copy to .env and change what you need;"]
    lines.append("# the environment wins over this file.")
    for row in fields(Settings):
        assert row.default is not MISSING  # noqa: S101 - the table gives every row one
        lines += ["", f"# {row.metadata['help']}", f"{variable(row)}={shown(row.default)}"]
    return "\n".join(lines) + "\n"
