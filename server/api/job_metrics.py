"""Figures of background jobs for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from prometheus_client.core import Metric

from server.api.metrics import Labels, family


class JobFigures(Protocol):
    """How one job went since this process started (``server.jobs.base.Figures``)."""

    runs: int
    errors: int
    done: int
    last_success: datetime | None
    seconds: float


def job_metrics(jobs: Mapping[str, JobFigures]) -> Iterator[Metric]:
    """The figures of all jobs, by their names."""

    def counts(name: str, help: str, values: Mapping[str, float]) -> Metric:
        labelled: dict[Labels, float] = {(job,): value for job, value in values.items()}
        return family(name, help, ("job",), labelled, counts=True)

    ended = {job: figures for job, figures in jobs.items() if figures.last_success is not None}
    yield counts("job_runs", "Jobs that ended well.", {j: f.runs for j, f in jobs.items()})
    yield counts("job_errors", "Jobs that failed.", {j: f.errors for j, f in jobs.items()})
    yield counts("job_things", "Things that jobs have done.", {j: f.done for j, f in jobs.items()})
    yield family(
        "job_last_success_timestamp_seconds",
        "When a job last ended well.",
        ("job",),
        {(j,): f.last_success.timestamp() for j, f in ended.items() if f.last_success},
    )
    yield family(
        "job_last_seconds",
        "How long a job took when it last ended well.",
        ("job",),
        {(j,): f.seconds for j, f in ended.items()},
    )
