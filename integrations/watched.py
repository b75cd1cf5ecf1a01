"""What of this layer stands on the audit trail."""

from integrations.models import Alert, Connection, InboundEvent, Job, LimitCount, TrailEntry
from integrations.trail.watching import leave, watch

watch(
    Connection,
    subject="name",
    tenant="tenant",
    hidden=("secrets_encrypted",),
    unnoticed=("failures", "resting_until"),
)
leave(Alert, InboundEvent, Job, because="they tell what happens themselves, and move no money")
leave(LimitCount, because="it counts requests")
leave(TrailEntry, because="it is the trail, which nobody can change")
