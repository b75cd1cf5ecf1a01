"""Run: one shopper's walk through one published version of a funnel. The database knows where they are, not the URL."""

import hashlib
import hmac
import secrets
import uuid
from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Value
from django.db.models.expressions import CombinedExpression
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from checkout.reports.facts import CountingMark, PaymentFact, StepFact
from funnels.flow import Move, next_step
from funnels.models import FunnelVersion, spec_of
from funnels.spec import FunnelSpec, StepKind, StepSpec
from orders.models import Order

__all__ = ["CountingMark", "PaymentFact", "Run", "StepFact"]


class Run(models.Model):
    """`secret_hash` binds the run to the browser that started it: the URL alone charges nobody.

    `contact` is what the shopper typed so far, so that nothing has to be typed twice. `deadlines` holds when each timed
    offer ends (ISO 8601), set when it is first shown. `path` is how the run came to its step: {step, move, to, at} for each
    move, oldest first, written by the statement that moves it. `decisions` are `checkout.offering`'s, by step. `visitor` is a pseudonym that holds for a day; an empty
    `source` is a direct visit.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        FINISHED = "finished", "Finished"

    class Device(models.TextChoices):
        UNKNOWN = "", _("Unknown")
        PHONE = "phone", _("Phone")
        TABLET = "tablet", _("Tablet")
        DESKTOP = "desktop", _("Computer")
        BOT = "bot", _("Robot")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(FunnelVersion, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=40)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, verbose_name=_("state"))
    secret_hash = models.CharField(max_length=64)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="run")
    contact = models.JSONField(default=dict, blank=True)
    attribution = models.JSONField(default=dict, blank=True)
    deadlines = models.JSONField(default=dict, blank=True)
    path = models.JSONField(default=list, blank=True)
    decisions = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
    language = models.CharField(max_length=10, blank=True, db_default="")
    user_agent = models.CharField(max_length=300, blank=True, verbose_name=_("browser"))
    device = models.CharField(max_length=10, choices=Device, blank=True)
    visitor = models.CharField(max_length=16, blank=True, editable=False)
    source = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("began"))
    moved_at = models.DateTimeField(default=timezone.now, verbose_name=_("last move"))

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [
            models.Index(fields=["version", "-created_at"], name="run_version_recent"),
            models.Index(fields=["-created_at"], name="run_recent"),
            # Runs move soon after they began, so that this index stays small and costs a move nothing.
            BrinIndex(fields=["moved_at"], name="run_moved", pages_per_range=16),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def lock(cls, pk: uuid.UUID) -> "Run":
        """The run, locked until the end of the transaction; taken before its order's lock, never after.

        The order is read when it is asked for, by a statement of its own: after waiting for the lock PostgreSQL reads the
        locked row again, but not the rows joined to it, so a join would miss an order that was placed meanwhile.
        """
        return cls.objects.select_for_update().get(pk=pk)

    @property
    def spec(self) -> FunnelSpec:
        """The funnel as it was published when the run began, in its shopper's language."""
        return spec_of(self.version_id, self.language)

    def called(self, step: str) -> str:
        """A step's name for staff, whatever language the shopper reads."""
        return spec_of(self.version_id).steps[step].title

    @property
    def current(self) -> StepSpec:
        return self.spec.steps[self.step]

    @property
    def email(self) -> str:
        return str(self.contact.get("email", ""))

    def new_secret(self) -> str:
        """Make the secret that the starting browser keeps; only its hash is stored."""
        secret = secrets.token_urlsafe(32)
        self.secret_hash = hash_secret(secret)
        return secret

    def belongs_to(self, secret: str | None) -> bool:
        return bool(secret) and hmac.compare_digest(self.secret_hash, hash_secret(str(secret)))

    def advance(self, move: Move, *, at: str, because: str = "") -> bool:
        """Move on from the step `at`; whether it happened. A run that has left that step already stays where it is."""
        target = next_step(self.spec, self.spec.steps[at], move)
        now = timezone.now()
        entry = {"step": at, "move": move.value, "to": target.key, "at": now.isoformat()}
        if because:
            entry["because"] = because
        changes: dict[str, Any] = {"step": target.key, "moved_at": now}
        if target.kind is StepKind.THANK_YOU:
            changes["status"] = self.Status.FINISHED
        added = CombinedExpression(F("path"), "||", Value([entry], models.JSONField()))
        moved = Run.objects.filter(pk=self.pk, step=at).update(**changes, path=added)
        if moved:
            self.path = [*self.path, entry]
            for name, value in changes.items():
                setattr(self, name, value)
        else:
            self.refresh_from_db(fields=["step", "status", "moved_at", "path"])
        return bool(moved)


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
