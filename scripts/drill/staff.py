"""What staff do: refunds at random in the storm, some asked for twice at once, some made on the gateway's own website;
dead letters decided by looking first.
"""

import random
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import DatabaseError, connection

from integrations.errors import ProviderError
from integrations.outbox import queue
from integrations.outbox.models import Job
from orders.models import Mail, Payment, Refund
from orders.refunds import giving_back, refunding
from orders.refunds.giving_back import Part
from orders.refunds.refunding import RefundRefused
from orders.states import PaymentState
from scripts.drill import dashboards
from scripts.drill.comparing import mailbox
from scripts.stack.parts import Stack

THREADS = 3


class Staff:
    """`counts` tells what became of their refunds."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self._stack = stack
        self.counts: Counter[str] = Counter()
        self._chance = random.Random(f"{seed}:staff")  # noqa: S311 - not a secret
        self._pool = ThreadPoolExecutor(THREADS)
        self._running: list[Future[str]] = []

    def tick(self) -> None:
        """Now and then refund a payment, in part or whole, and sometimes from two desks at once."""
        self._gather()
        if len(self._running) >= THREADS or self._chance.random() > 0.25:
            return
        part = self._chance.choice([1, 1, 2, 3])
        number = self._chance.random()
        website = self._stack if self._chance.random() < 0.3 else None
        for _ in range(self._chance.choice([1, 1, 1, 2])):
            self._running.append(self._pool.submit(_refund, number, part, website))

    def end(self) -> None:
        self._pool.shutdown(wait=True)
        self._gather()

    def _gather(self) -> None:
        for future in [future for future in self._running if future.done()]:
            self._running.remove(future)
            self.counts[future.result()] += 1


def _refund(number: float, part: int, website: Stack | None) -> str:
    """Refund a `part`th of what is left of the payment that `number`, from 0 to 1, points to."""
    try:
        payments = Payment.objects.filter(state=PaymentState.APPROVED).exclude(connection=None).order_by("pk")
        count = payments.count()
        if not count:
            return "nothing to refund"
        payment = payments.select_related("order", "connection")[int(number * count)]
        money = payment.order.money(max(1, payment.refundable.amount // part))
        if website is not None:
            return dashboards.give_back(website, payment, money.amount)
        if part != 3 and (unit := _a_unit(payment)) is not None:
            return f"refund of a unit {_give_back_unit(unit)}"
        return f"refund {refunding.refund(payment=payment, money=money, reason='other', note='', actor='drill').state}"
    except RefundRefused:
        return "refund refused"
    except (DatabaseError, ProviderError) as error:
        return f"refund interrupted by {type(error).__name__}"
    finally:
        connection.close()


def _a_unit(payment: Payment) -> Part | None:
    """One unit of the first line of which any is left."""
    line = next((line for line in payment.lines.all() if line.left), None)
    if line is None:
        return None
    parts = giving_back.of_lines([payment], {line.pk: 1}, [])
    return parts[0] if parts else None


def _give_back_unit(part: Part) -> str:
    made = refunding.refund(
        payment=part.payment, money=part.money, reason="other", note="", actor="drill", units=part.units, restock=True
    )
    return str(made.state)


def decide_dead_letters(books: Mapping[str, Any]) -> Counter[str]:
    """As the operations page tells staff: drop a mail that is in the mailbox, replay everything else."""
    counts: Counter[str] = Counter()
    arrived = mailbox(books)
    for job in Job.objects.filter(state=Job.State.DEAD).order_by("pk"):
        if job.kind.startswith("mail.") and (mail := _mail_of(job)) and arrived[mail.to, mail.subject] > _sent(mail):
            Mail.objects.filter(pk=mail.pk, sent_at=None).update(sent_at=job.finished_at)
            queue.drop(job)
            counts["dropped, the mail had arrived"] += 1
        else:
            queue.replay(job)
            counts["replayed"] += 1
    return counts


def _mail_of(job: Job) -> Mail | None:
    if job.kind == "mail.refund":
        return Mail.objects.filter(key=f"refund:{Refund.objects.get(pk=job.payload['refund']).key}").first()
    number = Mail.objects.filter(order_id=job.payload["order"], kind=Mail.Kind.RECEIPT)
    copy = job.payload.get("copy")
    return number.filter(key__endswith=f":{copy}").first() if copy else number.order_by("pk").first()


def _sent(mail: Mail) -> int:
    return Mail.objects.filter(to=mail.to, subject=mail.subject).exclude(sent_at=None).count()
