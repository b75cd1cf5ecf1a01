"""Driving the queue by hand: what the workers and the clock would do, at once and in the test's own thread."""

from datetime import timedelta

from django.utils import timezone

from integrations.outbox.models import Job
from integrations.outbox.running import run


def run_due_jobs(*kinds: str) -> list[tuple[str, str]]:
    """Run every job that is due, of these kinds or of all, until none is left; (kind, state) of each in turn."""
    ran = []
    while (job := _next(kinds)) is not None:
        ran.append((job.kind, run(job.pk)))
    return ran


def run_now(kind: str, *, times: int = 1) -> str:
    """Run the one unfinished job of this kind without waiting for its time; the state that it is left in."""
    state = ""
    for _ in range(times):
        job = Job.objects.unfinished().get(kind=kind)
        Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(seconds=1))
        state = run(job.pk)
    return state


def put(*kinds: str) -> list[tuple[str, str, str]]:
    """(kind, key, lane) of every job ever put, of these kinds or of all, oldest first."""
    jobs = Job.objects.filter(kind__in=kinds) if kinds else Job.objects.all()
    return list(jobs.order_by("pk").values_list("kind", "key", "lane"))


def _next(kinds: tuple[str, ...]) -> Job | None:
    due = Job.objects.due().unblocked().order_by("pk")
    return (due.filter(kind__in=kinds) if kinds else due).first()
