"""Putting jobs: the row and the queue's message in the caller's transaction.

Nothing depends on the message: `sweep` (every minute) finds each due row whose message was lost. The message only makes
it quick.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from integrations.outbox.models import Job

RUN = "integrations.outbox.running.run"
# What is due later than this needs no message of its own: the sweep finds it, unless it is hastened before.
LEFT_TO_THE_SWEEP = timedelta(minutes=2)
BATCH = 1000


def put(
    kind: str,
    *,
    key: str,
    tenant: int,
    payload: Mapping[str, Any],
    lane: str = "",
    delay: timedelta = timedelta(),
) -> bool:
    """Owe one job; whether it is new. A job with this kind and key is owed once, however often it is put."""
    run_at = timezone.now() + delay
    job = Job(kind=kind, key=key, lane=lane, tenant=tenant, payload=dict(payload), run_at=run_at)
    if not _insert(job):
        return False
    deliver(job.pk, at=run_at)
    return True


def _insert(job: Job) -> bool:
    """Insert the row unless its kind and key are there already; one statement, so that two writers cannot both win."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO integrations_job
                (kind, key, lane, tenant, payload, state, attempts, run_at, last_error, created_at)
            VALUES (%s, %s, %s, %s, %s, %s, 0, %s, '', now())
            ON CONFLICT (kind, key) DO NOTHING RETURNING id
            """,
            [job.kind, job.key, job.lane, job.tenant, json.dumps(job.payload), job.state, job.run_at],
        )
        row = cursor.fetchone()
    if row is None:
        return False
    job.pk = row[0]
    return True


def hasten(kind: str, key: str, *, delay: timedelta = timedelta()) -> None:
    """Bring a waiting job forward to now, or to `delay` from now."""
    run_at = timezone.now() + delay
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_job SET run_at = %s WHERE kind = %s AND key = %s AND state = %s RETURNING id",
            [run_at, kind, key, Job.State.WAITING],
        )
        for (pk,) in cursor.fetchall():
            deliver(pk, at=run_at)


def run_now(jobs: QuerySet[Job]) -> int:
    """Bring waiting jobs forward to now, the oldest first, at most BATCH at once; how many.

    Those behind another job of their lane are brought forward too, and run when it is done.
    """
    with transaction.atomic():
        waiting = jobs.filter(state=Job.State.WAITING).order_by("pk")
        chosen = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        now = timezone.now()
        Job.objects.filter(pk__in=chosen).update(run_at=now)
        for pk in chosen:
            deliver(pk, at=now)
    return len(chosen)


def replay(job: Job) -> None:
    """Give a dead letter a new set of attempts, now."""
    with transaction.atomic():
        if Job.objects.filter(pk=job.pk, state=Job.State.DEAD).update(
            state=Job.State.WAITING, attempts=0, run_at=timezone.now(), finished_at=None
        ):
            deliver(job.pk, at=timezone.now())


def again(kind: str, key: str) -> bool:
    """Owe a job once more that was done, given up or is a dead letter; whether there was one."""
    ended = Job.objects.filter(kind=kind, key=key, state__in=(*Job.FINISHED, Job.State.DEAD))
    with transaction.atomic():
        for job in ended.select_for_update():
            Job.objects.filter(pk=job.pk).update(
                state=Job.State.WAITING, attempts=0, run_at=timezone.now(), finished_at=None
            )
            deliver(job.pk, at=timezone.now())
            return True
    return False


def drop(job: Job) -> None:
    """Give a dead letter up, which frees its lane."""
    with transaction.atomic():
        Job.objects.filter(pk=job.pk, state=Job.State.DEAD).update(state=Job.State.DROPPED, finished_at=timezone.now())
        deliver_next(job)


class DeferringBroker(ORM):  # type: ignore[misc]  # django-q2 is untyped
    """The database broker, with messages that become visible at a given time."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def enqueue(self, task: str) -> int:
        message = OrmQ.objects.create(key=self.list_key or Conf.CLUSTER_NAME, payload=task, lock=self.at)
        return int(message.pk)


def deliver(job_id: int, *, at: datetime) -> None:
    """Tell the queue to run a job at a time. Of what is due much later, or with a broker that cannot defer, it is told
    nothing: that is left to `sweep`.
    """
    if settings.Q_CLUSTER.get("testing") or at - timezone.now() > LEFT_TO_THE_SWEEP:
        return
    if Conf.ORM:
        async_task(RUN, job_id, q_options={"broker": DeferringBroker(at)})
    elif at <= timezone.now():
        async_task(RUN, job_id)


def deliver_next(job: Job) -> None:
    """Wake the next job of a lane that has just become free."""
    if not job.lane:
        return
    following = Job.objects.filter(lane=job.lane, state=Job.State.WAITING).order_by("pk").first()
    if following is not None:
        deliver(following.pk, at=following.run_at)


def sweep() -> int:
    """Hand every due and unblocked job to the queue again; how many. Runs every minute."""
    overdue = Q(run_at__lt=timezone.now() - timedelta(seconds=30)) | Q(state=Job.State.RUNNING)
    jobs = Job.objects.due().unblocked().filter(overdue).order_by("pk").values_list("pk", flat=True)[:BATCH]
    for pk in jobs:
        deliver(pk, at=timezone.now())
    return len(jobs)
