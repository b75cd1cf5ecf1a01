"""Handing a stored event to its handler, in the queue, with the job's retries and dead letters."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.inbox.models import InboundEvent
from integrations.inbox.registry import HANDLERS
from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.registry import handles


@handles("inbox.process", title=_("Handle a webhook"), limit=8, first_delay=2)
def process(job: Job) -> None:
    """Process one event once; an event that was processed before is left alone."""
    event = InboundEvent.objects.select_related("connection").get(
        connection_id=job.payload["connection"], event_id=job.payload["event"]
    )
    if event.state != InboundEvent.State.RECEIVED:
        return
    handled = HANDLERS[event.connection.provider](event)
    InboundEvent.objects.filter(pk=event.pk, state=InboundEvent.State.RECEIVED).update(
        state=InboundEvent.State.IGNORED if handled.ignored else InboundEvent.State.PROCESSED,
        outcome=handled.outcome[:200],
        order_id=handled.order_id,
        processed_at=timezone.now(),
    )


def replay(event: InboundEvent) -> None:
    """Process an event again, as if it had just arrived; every deed behind it is safe to repeat."""
    with transaction.atomic():
        InboundEvent.objects.filter(pk=event.pk).update(
            state=InboundEvent.State.RECEIVED, outcome="", processed_at=None
        )
        Job.objects.filter(kind="inbox.process", key=f"{event.connection_id}:{event.event_id}").delete()
        queue.put(
            "inbox.process",
            key=f"{event.connection_id}:{event.event_id}",
            tenant=event.connection.tenant,
            payload={"connection": event.connection_id, "event": event.event_id},
        )
