"""The answers as they are described: structs that name every field.

Handlers answer plain dictionaries; the tests hold what they really answer against these, so a
field that is missing here, or there, is found. One struct an answer, named for what it holds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.problems.model import (
    Compare,
    Difficulty,
    Example,
    Limits,
    Signature,
    Starter,
    Test,
)

Id = Annotated[str, Meta(pattern="^[0-9a-f]{24}$", examples=["6543210fedcba9876543210f"])]
Moment = Annotated[datetime, Meta(extra_json_schema={"format": "date-time"})]
Progress = Literal["tried", "solved"] | None
Role = Literal["host", "participant", "spectator"]


class Shape(msgspec.Struct, frozen=True, rename="camel"):
    """Base of all answers."""


class ErrorAnswer(Shape, frozen=True):
    """What went wrong: a sentence for people, a code for programs, the request's id for the log.

    `field` is the part of the body that is wrong, where it is one.
    """

    message: Annotated[str, Meta(examples=["name is missing."])]
    code: Annotated[str, Meta(examples=["invalid_body"])]
    request_id: str
    field: str | UnsetType = UNSET


class Person(Shape, frozen=True):
    """Somebody as others see them; `email` is told to the host of a shared session only."""

    id: Id = msgspec.field(name="_id")
    name: str
    profile_image: str
    email: str | UnsetType = UNSET


class Own(Shape, frozen=True):
    """Somebody as they see themselves; a guest has no `email`."""

    id: Id = msgspec.field(name="_id")
    name: str
    kind: Literal["user", "guest"]
    created_at: Moment
    profile_image: str
    email: str | UnsetType = UNSET


class Session(Shape, frozen=True, kw_only=True):
    """An interview, and the caller's role in it (null: none)."""

    id: Id = msgspec.field(name="_id")
    problem: Annotated[str, Meta(description="Its title.")]
    difficulty: Difficulty
    host: Person
    participant: Person | None
    status: Literal["active", "completed"]
    call_id: Annotated[
        str | UnsetType, Meta(description="For those who are part of the session.")
    ] = UNSET
    created_at: Moment
    updated_at: Moment
    ended_at: Moment | None
    role: Role | None
    full: Annotated[bool, Meta(description="Whether somebody is the participant.")]
    problem_id: str
    kind: Literal["interview", "practice"]


class ProblemSummary(Shape, frozen=True):
    """A problem in the list."""

    id: str = msgspec.field(name="_id")
    title: str
    difficulty: Difficulty
    tags: list[str]
    own: bool
    progress: Progress


class ProblemText(Shape, frozen=True):
    """What everybody may read of a problem."""

    id: str = msgspec.field(name="_id")
    title: str
    difficulty: Difficulty
    tags: list[str]
    statement: str
    notes: list[str]
    examples: list[Example]
    constraints: list[str]
    signature: Signature
    starter: Starter
    tests: list[Test]
    compare: Compare
    limits: Limits


class Problem(ProblemText, frozen=True):
    """A problem with its visible tests; `own` and `progress` where it is read by itself."""

    own: bool | UnsetType = UNSET
    progress: Progress | UnsetType = UNSET


class Source(ProblemText, frozen=True):
    """A problem as its owner wrote it; a starter that was left out is empty."""

    hidden_tests: list[Test]
    created_at: Moment
    updated_at: Moment


class SourceFile(Shape, frozen=True):
    """A file of a room."""

    path: str
    language: str
    text: str


class Printed(Shape, frozen=True):
    """A piece of what a run printed."""

    stream: Literal["stdout", "stderr"]
    text: str


class Case(Shape, frozen=True):
    """What became of one test; values are text. Of a hidden one only whether it `passed`."""

    index: int
    hidden: bool
    state: Literal["passed", "failed", "wrong", "error", "timeout", "memory", "not_run"]
    args: str | None
    expected: str | None
    got: str | None
    error: Annotated[
        str | None, Meta(description="What was thrown, with the lines of the code's own.")
    ]
    printed: str | None
    ms: float | None
    memory_bytes: Annotated[
        int | None, Meta(description="The most that the program had up to here.")
    ]


class RunBy(Shape, frozen=True):
    """Who started a run."""

    id: Id = msgspec.field(name="_id")
    name: str


class Run(Shape, frozen=True):
    """One execution of a room's code; `verdict` is null until it has finished."""

    id: Id = msgspec.field(name="_id")
    session: Id
    by: RunBy
    language: str
    path: str
    status: Literal["queued", "running", "finished"]
    place: Annotated[int | None, Meta(description="In the queue; 1 is the next.")]
    stage: Annotated[
        Literal["compile", "run"] | None, Meta(description="The newest, where there are two.")
    ]
    terminal: Annotated[
        bool, Meta(description="It is typed to as a terminal, which echoes and takes control keys.")
    ]
    repl: Annotated[bool, Meta(description="An interpreter without a program; no `path`.")]
    verdict: Literal["ok", "error", "timeout", "memory", "output", "stopped", "failed"] | None
    exit_code: int | None
    signal: str | None
    output: list[Printed]
    truncated: bool
    message: str
    matches_expected: bool | None
    cases: list[Case] | None
    wall_ms: int | None
    cpu_ms: int | None
    memory_bytes: int | None
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None


class OneUser(Shape, frozen=True):
    user: Own


class SignedIn(Shape, frozen=True):
    """The token to send as `Authorization: Bearer`; a browser gets it as a cookie too."""

    token: str
    user: Own


class ClerkPage(Shape, frozen=True):
    """What a page needs to show Clerk's own sign-in."""

    publishable_key: str
    script_url: str
    ui_script_url: str


class HowToSignIn(Shape, frozen=True):
    """Accounts of this server, Clerk (then how its sign-in is shown), or an OpenID issuer."""

    mode: Literal["accounts", "clerk", "oidc"]
    clerk: ClerkPage | None


class Message(Shape, frozen=True):
    message: str


class ManyProblems(Shape, frozen=True):
    problems: list[ProblemSummary]


class OneProblem(Shape, frozen=True):
    problem: Problem


class OneSource(Shape, frozen=True):
    problem: Source


class Previewed(Shape, frozen=True):
    """What a draft will look like."""

    problem: Problem
    starter: Starter


class OneSession(Shape, frozen=True):
    session: Session


class EndedSession(Shape, frozen=True):
    session: Session
    message: str


class ManySessions(Shape, frozen=True):
    """A page of a list; `nextCursor` is null at its end."""

    sessions: list[Session]
    next_cursor: str | None


class Member(Shape, frozen=True, kw_only=True):
    """Somebody in a session; `email` and `invite` (by which one they came) are for the host."""

    id: Id = msgspec.field(name="_id")
    name: str
    profile_image: str
    email: str | UnsetType = UNSET
    kind: Literal["user", "guest"]
    role: Role
    invite: Id | None
    joined_at: Moment


class ManyPeople(Shape, frozen=True):
    people: list[Member]


class ManyFiles(Shape, frozen=True):
    files: list[SourceFile]


class Ticket(Shape, frozen=True):
    """What opens the WebSocket `url`/`{session}`?ticket=…, for `expiresIn` seconds."""

    ticket: str
    url: str
    role: Role
    expires_in: float


class Invitation(Shape, frozen=True):
    """A link that lets people in, for the host who made it."""

    id: Id = msgspec.field(name="_id")
    token: str
    url: str
    role: Literal["participant", "spectator"]
    created_at: Moment
    expires_at: Moment


class Invited(Shape, frozen=True):
    id: Id = msgspec.field(name="_id")
    name: str


class InvitationGiven(Invitation, frozen=True):
    """An invitation, and those who are in by it."""

    people: list[Invited]


class ManyInvitations(Shape, frozen=True):
    invites: list[InvitationGiven]


class Inviter(Shape, frozen=True):
    id: Id = msgspec.field(name="_id")
    name: str


class InvitedTo(Shape, frozen=True):
    id: Id = msgspec.field(name="_id")
    problem: str
    status: Literal["active", "completed"]
    host: Inviter


class InvitationSeen(Shape, frozen=True):
    """Who invites to what, for the page that asks whether to come in."""

    session: InvitedTo
    role: Literal["participant", "spectator"]
    expires_at: Moment


class Accepted(Shape, frozen=True):
    token: str
    user: Own
    session: Session
    role: Role


class OneRun(Shape, frozen=True):
    run: Run


class ManyRuns(Shape, frozen=True):
    runs: list[Run]


class Health(Shape, frozen=True):
    msg: str
    version: str
    uptime: Annotated[float, Meta(description="Seconds.")]


class Readiness(Shape, frozen=True):
    """Each part is `ok` or says what is wrong with it."""

    ready: bool
    parts: dict[str, str]


class OpenApi(Shape, frozen=True):
    """An OpenAPI 3.1 document."""

    openapi: str
    info: dict[str, Any]
    servers: list[Any]
    tags: list[Any]
    paths: dict[str, Any]
    components: dict[str, Any]
