"""After the storm: nothing misbehaves any more, and the product's own clock and queue bring everything to its end.

The clock is hurried: the sweeps that run every minute run every second here, and jobs that wait for a later try are
brought forward. Nothing else is mended by hand, except dead letters, which staff decide as the operations page tells them.
"""

import time
from collections import Counter

from django.db import DatabaseError, connection

from integrations.inbox.models import InboundEvent
from integrations.outbox import queue
from integrations.outbox.models import Job
from orders.models import Payment, Refund
from orders.payments import resolving
from orders.states import PaymentState, RefundState
from scripts.drill.comparing import waits_for_a_shopper
from scripts.drill.staff import decide_dead_letters
from scripts.stack.parts import Stack

PAUSE = 1.0
# Quiet once could be between two jobs; the second look comes after the last answer.
QUIET_LOOKS = 2


def heal(stack: Stack, seconds: float) -> tuple[float, Counter[str]]:
    """Wait until nothing is owed or unknown, at most so many seconds; how long it took, and what staff decided."""
    began, quiet, decided = time.monotonic(), 0, Counter[str]()
    while time.monotonic() - began < seconds and quiet < QUIET_LOOKS:
        time.sleep(PAUSE)
        try:
            _hurry()
            if Job.objects.filter(state=Job.State.DEAD).exists():
                decided += decide_dead_letters(stack.ask("books"))
            quiet = quiet + 1 if _is_quiet() else 0
        except DatabaseError:
            connection.close()
    return time.monotonic() - began, decided


def _hurry() -> None:
    resolving.sweep()
    resolving.sweep_challenges()
    queue.sweep()
    for kind, key in Job.objects.filter(state=Job.State.WAITING).values_list("kind", "key")[:500]:
        if kind != "refund.resolve":  # It may not come before the look-up horizon.
            queue.hasten(kind, key)


def _is_quiet() -> bool:
    unfinished = Job.objects.unfinished().exclude(waits_for_a_shopper())
    return not (
        unfinished.exists()
        or InboundEvent.objects.filter(state=InboundEvent.State.RECEIVED).exists()
        or Payment.objects.filter(state=PaymentState.SENT).exists()
        or Refund.objects.filter(state=RefundState.SENT).exists()
    )
