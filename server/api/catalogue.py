"""All the problems there are: those of the file, which everybody reads, and people's own, which
are their owner's and those of the sessions about them."""

from __future__ import annotations

from dataclasses import dataclass

from server.errors import NoSuchProblem
from server.problems import Problem, Problems
from server.store.problems import OwnProblems, OwnSummary
from server.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, and whether it is the asking person's own."""

    problem: Problem
    own: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list. `search`: words that all occur in the title or a tag."""

    search: str = ""
    difficulty: str | None = None
    tag: str | None = None

    def takes(self, row: Problem | OwnSummary) -> bool:
        tags = [tag.casefold() for tag in row.tags]
        text = " ".join([row.title.casefold(), *tags])
        return (
            self.difficulty in (None, row.difficulty)
            and (self.tag is None or self.tag.strip().casefold() in tags)
            and all(word in text for word in self.search.casefold().split())
        )


class Catalogue:
    """`file`: the problems that come with the server; `own`: people's."""

    def __init__(self, file: Problems, own: OwnProblems) -> None:
        self.file = file
        self.own = own

    async def get(self, id_or_title: str, viewer: str | None) -> Found:
        """One that the viewer (an id) may read. Raises NoSuchProblem.

        Ids cannot be mixed up: only those of people's own have an underscore. Of two of the same
        title the file's is meant, as it is in sessions that name their problem by title.
        """
        if problem := self.file.find(id_or_title):
            return Found(problem, own=False)
        if viewer and (mine := await self.own.find(id_or_title, viewer)):
            return Found(mine.problem, own=True)
        raise NoSuchProblem(f"There is no problem called {id_or_title!r}.")

    async def of_session(self, session: Session) -> Problem | None:
        """What a session is about, also one that its owner deleted; None when it was taken out
        of the file."""
        if problem := self.file.find(session.problem_id):
            return problem
        own = await self.own.of_session(session.problem_id)
        return own.problem if own else None

    async def list(
        self, wanted: Filter, viewer: str | None, *, mine: bool
    ) -> list[tuple[Problem | OwnSummary, bool]]:
        """Each with whether it is the viewer's own: those first and the newest of them first,
        then the file's in its order. `mine`: nothing but own ones."""
        rows: list[tuple[Problem | OwnSummary, bool]] = []
        if viewer:
            rows += [(row, True) for row in await self.own.of_owner(viewer)]
        if not mine:
            rows += [(row, False) for row in self.file.all()]
        return [row for row in rows if wanted.takes(row[0])]
