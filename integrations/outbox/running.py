"""Running one job: claim, do, and record the result. A worker's death leaves a claim that runs out."""

import random
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from integrations import reporting
from integrations.errors import Resting
from integrations.outbox.backlog import destination_of
from integrations.outbox.crowding import claim
from integrations.outbox.models import Job
from integrations.outbox.queue import deliver, deliver_next, run_now
from integrations.outbox.registry import KINDS, JobFailed, JobKind, JobPostponed

logger = structlog.get_logger("stepwell.jobs")

MAX_DELAY_SECONDS = 3600.0
# One service answers all jobs of such a destination of a merchant; others wait for things of their own.
WOKEN_TOGETHER = ("crm", "mail")


def _no_handler(job: Job) -> None:
    raise LookupError(f"This worker knows no jobs of the kind {job.kind!r}.")


# A worker of an older version may be handed a newer kind of job: it leaves it for later.
UNKNOWN = JobKind(_no_handler, limit=8, first_delay=30)


def run(job_id: int) -> str:
    """Do one job if it is due and its lane is free; returns the state it was left in (the queue's entry point)."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or not claim(job, for_seconds=settings.Q_CLUSTER["timeout"] + settings.QUEUE_CLAIM_MARGIN):
        return "not due"
    structlog.contextvars.clear_contextvars()
    waited = (timezone.now() - job.run_at).total_seconds()
    with (
        structlog.contextvars.bound_contextvars(job=job.pk, job_kind=job.kind, lane=job.lane),
        reporting.job_trace(job.kind, job=job.pk, attempts=job.attempts, waited=waited),
    ):
        return _attempt(job, KINDS.get(job.kind, UNKNOWN))


def _attempt(job: Job, kind: JobKind) -> str:
    if job.attempts > kind.limit:
        return _bury(job, job.last_error or "Every attempt ended with the death of its worker.")
    try:
        kind.handler(job)
    except JobPostponed as postponed:
        error = "" if postponed.usual else str(postponed)
        return _retry(job, delay=postponed.seconds, error=error, attempts=job.attempts - 1)
    except Resting as resting:
        delay = max((resting.until - timezone.now()).total_seconds(), 1)
        return _retry(job, delay=spread(delay), error=str(resting), attempts=job.attempts - 1)
    except JobFailed as failure:
        _report(job, failure.__cause__ or failure, final=True)
        return _bury(job, str(failure))
    except Exception as raised:  # noqa: BLE001 - whatever a handler raises is kept on the job and retried
        logger.warning("job_failed", attempt=job.attempts, error=type(raised).__name__)
        _report(job, raised, final=job.attempts >= kind.limit)
        return _fail(job, kind, f"{type(raised).__name__}: {raised}")
    return _finish(job)


def backoff(kind: JobKind, attempt: int) -> float:
    """Seconds before the next try: doubling, at most an hour, spread by up to a quarter."""
    delay: float = min(kind.first_delay * 2 ** (attempt - 1), MAX_DELAY_SECONDS)
    return spread(delay)


def spread(delay: float) -> float:
    """The delay and up to a quarter more, so that those who failed together do not come back together."""
    return delay * random.uniform(1, 1.25)  # noqa: S311 - not a secret


def _finish(job: Job) -> str:
    recovered = bool(job.last_error)
    with transaction.atomic():
        if job.release(Job.State.DONE, finished_at=timezone.now(), last_error=""):
            deliver_next(job)
    if recovered:
        _wake_others(job)
    return Job.State.DONE


def _wake_others(job: Job) -> None:
    """A destination that failed has answered: what it is owed need not wait for the end of its delays."""
    destination = destination_of(job.kind)
    if destination in WOKEN_TOGETHER:
        failing = Job.objects.owed_to(destination).failing().filter(tenant=job.tenant, run_at__gt=timezone.now())
        run_now(failing)


def _retry(job: Job, *, delay: float, error: str, attempts: int) -> str:
    run_at = timezone.now() + timedelta(seconds=delay)
    with transaction.atomic():
        if job.release(Job.State.WAITING, run_at=run_at, last_error=error, attempts=attempts):
            deliver(job.pk, at=run_at)
    return Job.State.WAITING


def _fail(job: Job, kind: JobKind, error: str) -> str:
    if job.attempts >= kind.limit:
        return _bury(job, error)
    return _retry(job, delay=backoff(kind, job.attempts), error=error, attempts=job.attempts)


def _bury(job: Job, error: str) -> str:
    logger.error("job_dead", attempts=job.attempts, error=error)
    job.release(Job.State.DEAD, last_error=error, finished_at=timezone.now())
    return Job.State.DEAD


def _report(job: Job, error: BaseException, *, final: bool) -> None:
    level: reporting.Level = "error" if final else "warning"
    reporting.integration_error(error, source=destination_of(job.kind), level=level, job=job.kind)
