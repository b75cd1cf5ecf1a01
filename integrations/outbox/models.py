"""Job: one thing owed to one destination, written in the transaction that made it due."""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.outbox.registry import title_of


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> "JobQuerySet":
        return self.exclude(state__in=Job.FINISHED)

    def owed_to(self, destination: str) -> "JobQuerySet":
        """Jobs for a destination: "crm" has those of the kinds "crm.order", "crm.refund" and so on."""
        return self.filter(kind__startswith=f"{destination}.")

    def failing(self) -> "JobQuerySet":
        """Jobs that have failed or been put off, and wait for their next time."""
        return self.filter(state=Job.State.WAITING).exclude(last_error="")

    def due(self) -> "JobQuerySet":
        """Jobs to hand to the queue now: waiting and ripe, or claimed by a worker that has died since."""
        now = timezone.now()
        return self.filter(
            models.Q(state=Job.State.WAITING, run_at__lte=now)
            | models.Q(state=Job.State.RUNNING, claimed_until__lt=now)
        )

    def unblocked(self) -> "JobQuerySet":
        """Jobs with no earlier unfinished job in their lane; jobs without a lane are never blocked."""
        earlier = Job.objects.unfinished().filter(lane=models.OuterRef("lane"), pk__lt=models.OuterRef("pk"))
        return self.filter(models.Q(lane="") | ~models.Exists(earlier))


class Job(models.Model):
    """Carries ids only; its handler reads fresh state when it runs.

    `key` makes a job unique within its kind, and travels to the provider where that takes a key. Jobs of one `lane`
    (destination and order) run one after another in the order in which they were put; a dead one holds back the rest
    until staff replay or drop it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        DEAD = "dead", "Dead letter"
        DROPPED = "dropped", "Dropped by staff"

    FINISHED = (State.DONE, State.DROPPED)

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    lane = models.CharField(max_length=120, blank=True, verbose_name=_("line"))
    tenant = models.BigIntegerField(db_index=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0, verbose_name=_("tries"))
    run_at = models.DateTimeField(default=timezone.now, verbose_name=_("due"))
    claimed_until = models.DateTimeField(null=True, blank=True, verbose_name=_("claimed until"))
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("queued"))
    finished_at = models.DateTimeField(null=True, blank=True, verbose_name=_("finished"))

    objects = JobQuerySet.as_manager()

    class Meta:
        app_label = "integrations"
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="job_kind_key_unique")]
        indexes = [
            models.Index(fields=["run_at"], condition=models.Q(state="waiting"), name="job_waiting"),
            # Finished about in the order in which they were put.
            BrinIndex(fields=["finished_at"], name="job_finished", pages_per_range=16),
            models.Index(fields=["claimed_until"], condition=models.Q(state="running"), name="job_running"),
            # For the page of an order, which tells what became of its jobs.
            models.Index(fields=["lane"], name="job_lane"),
            models.Index(
                fields=["lane", "id"], condition=~models.Q(state__in=("done", "dropped")), name="job_lane_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return title_of(self.kind)

    def claim(self, *, for_seconds: int) -> bool:
        """Take the job for this worker if it is due and its lane is free; whether that succeeded."""
        claimed = (
            Job.objects.filter(pk=self.pk)
            .due()
            .unblocked()
            .update(
                state=Job.State.RUNNING,
                attempts=models.F("attempts") + 1,
                claimed_until=timezone.now() + timedelta(seconds=for_seconds),
            )
        )
        if claimed:
            self.refresh_from_db()
        return bool(claimed)

    def release(self, state: State, **changes: Any) -> bool:
        """Leave the running state; nothing happens where another worker has taken the job over meanwhile."""
        return bool(
            Job.objects.filter(pk=self.pk, state=Job.State.RUNNING, attempts=self.attempts).update(
                state=state, claimed_until=None, **changes
            )
        )
