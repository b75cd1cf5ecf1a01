"""Doing queued jobs in tests, one after another, as a worker would."""

from django.utils import timezone

from integrations.connections import Connection
from integrations.outbox.models import Job
from integrations.outbox.running import run


def do(kind: str) -> str:
    """Run the oldest unfinished job of a kind now; the state it was left in."""
    job = Job.objects.unfinished().filter(kind=kind).order_by("pk")[0]
    return do_now(job)


def do_now(job: Job) -> str:
    """Run a job as if its time had come, and as if accounts that were left alone had rested."""
    Connection.objects.exclude(resting_until=None).update(resting_until=timezone.now())
    Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(run_at=timezone.now())
    return run(job.pk)


def do_all(destination: str, *, rounds: int = 20) -> list[str]:
    """Run everything owed to a destination ("crm", "mail") until nothing moves; the states left behind."""
    for _ in range(rounds):
        waiting = list(Job.objects.filter(kind__startswith=f"{destination}.", state=Job.State.WAITING).order_by("pk"))
        if all(do_now(job) == "not due" for job in waiting):
            break
    return list(Job.objects.filter(kind__startswith=f"{destination}.").order_by("pk").values_list("state", flat=True))


def forget(job: Job) -> None:
    """Let the queue hand a finished job out once more, as after a message that was delivered twice."""
    Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING, run_at=timezone.now(), finished_at=None)
