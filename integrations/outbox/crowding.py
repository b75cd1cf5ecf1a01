"""At most so many jobs of one destination at the same moment, so that one slow service cannot take every worker.

A destination is a merchant's account of one sort: the first part of the job's kind ("crm") and its tenant. A kind may have a
limit of its own; jobs of sorts that JOBS_AT_ONCE does not name, such as those that call nobody, are not limited.
"""

import random
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from integrations.outbox.backlog import destination_of
from integrations.outbox.models import Job
from integrations.outbox.queue import deliver


def claim(job: Job, *, for_seconds: int) -> bool:
    """Claim a job unless its destination is busy enough: then it comes back a little later, and no try is spent."""
    limit = settings.JOBS_AT_ONCE.get(job.kind, settings.JOBS_AT_ONCE.get(destination_of(job.kind)))
    if limit is None:
        return job.claim(for_seconds=for_seconds)
    with transaction.atomic():
        _lock_destination(job)
        if _running(job) < limit:
            return job.claim(for_seconds=for_seconds)
        _step_aside(job)
    return False


def _lock_destination(job: Job) -> None:
    """Until the end of the transaction, so that two claims cannot both see the last free place."""
    name = f"jobs:{destination_of(job.kind)}:{job.tenant}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _running(job: Job) -> int:
    """A claim that has run out belonged to a worker that died."""
    running = Job.objects.filter(state=Job.State.RUNNING, claimed_until__gt=timezone.now(), tenant=job.tenant)
    return running.filter(kind__startswith=f"{destination_of(job.kind)}.").count()


def _step_aside(job: Job) -> None:
    later = timezone.now() + timedelta(seconds=random.uniform(2, 8))  # noqa: S311 - not a secret
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING).due().unblocked()
    if waiting.update(run_at=later):
        deliver(job.pk, at=later)
