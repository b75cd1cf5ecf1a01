"""One merchant's sales of a scarce thing at one gateway: what shoppers, staff, workers, the clock and the gateway do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from checkout import paying, runs
from checkout.models import Run
from funnels.pricing.quoting import quote
from integrations.errors import ProviderError
from integrations.outbox import queue
from integrations.outbox.models import Job, JobQuerySet
from integrations.outbox.running import run as run_job
from integrations.sandbox.server import PROVIDERS
from orders.models import Difference, Order, Payment, Refund, Reservation, Stock
from orders.payments import charging, deferring, resolving
from orders.payments.charging import Browser
from orders.reconciling.running import reconcile
from orders.refunds import refunding
from orders.refunds.refunding import RefundRefused
from orders.states import PaymentState, RefundState
from orders.stock import stocking
from tests import factories
from tests.gateway_harness import HARNESSES
from tests.model.mishaps import LOST, Died, charge_mishap, refund_mishap
from tests.sandbox_client import Sandbox

CHALLENGED_CARD = "4000002760003184"
CARDS = {
    "stripe": (factories.APPROVED_CARD, factories.DECLINED_CARD, CHALLENGED_CARD),
    "nmi": (factories.APPROVED_CARD, factories.DECLINED_CARD, factories.INSUFFICIENT_FUNDS_CARD),
}
MINUTE, DAY = 60, 24 * 3600
# Fewer than the shoppers that come.
UNITS = 2
SIGN = {provider.name: provider.sign for provider in PROVIDERS}


class World:
    """Time stands where `pass_time` moves it, here and in the sandbox. Webhooks wait until somebody delivers them."""

    def __init__(self, provider: str, sandbox: Sandbox) -> None:
        sandbox.reset()
        self.provider, self.sandbox = provider, sandbox
        self.clock = time_machine.travel(datetime.now(UTC), tick=True)
        self.traveller = self.clock.start()
        self.harness = HARNESSES[provider](sandbox)
        self.merchant = factories.merchant()
        self.account = factories.connection(provider, merchant=self.merchant)
        self.crm = factories.connection("konnektive", merchant=self.merchant)
        mailer = factories.connection("resend", merchant=self.merchant)
        version = factories.published(gateway=self.account, mailer=mailer, crm=self.crm)
        self.version = factories.stocked(version, UNITS)
        self.opened_at = timezone.now() - timedelta(minutes=1)
        self.late: list[Callable[[], Any]] = []
        self.path = f"/webhooks/{provider}/{self.account.public_id}/"
        sandbox.register_webhook(provider, f"http://127.0.0.1:9{self.path}", factories.WEBHOOK_SECRET)
        sandbox.control("deliveries", provider=provider, do="hold")
        self.lost: set[str] = set()

    def close(self) -> None:
        self.sandbox.clear_faults()
        self.clock.stop()

    # The shopper

    def let_workers_charge(self) -> None:
        """From now on payments wait for a worker to take them over."""
        type(self.merchant).objects.filter(pk=self.merchant.pk).update(queue_payments=True)

    def begin(self) -> Run:
        return factories.run(self.version)

    def submit(self, run: Run, card: str, mishap: str) -> None:
        mine = Run.objects.get(pk=run.pk)
        step = mine.spec.steps["checkout"]
        token = factories.token(self.sandbox, self.account, card)
        browser = Browser(token=token, in_page=True)
        with self._charging(mishap), suppress(paying.MovedOn, stocking.SoldOut):
            paying.pay(
                run=mine, step=step, contact=factories.CONTACT, wanted=quote(step), browser=browser, ip="203.0.113.7"
            )

    def accept(self, run: Run, mishap: str) -> None:
        mine = Run.objects.get(pk=run.pk)
        if mine.current.kind.is_offer:
            with self._charging(mishap), suppress(paying.MovedOn, paying.OfferClosed):
                paying.accept(run=mine, step=mine.current, browser=Browser(in_page=True))

    def decline(self, run: Run) -> None:
        mine = Run.objects.get(pk=run.pk)
        if mine.current.kind.is_offer:
            runs.decline(mine, mine.current)

    def look(self, run: Run) -> None:
        """The next page view."""
        mine = Run.objects.select_related("order").get(pk=run.pk)
        runs.catch_up(mine, runs.payments_of(mine))

    def challenge(self) -> Payment | None:
        return self.payments().filter(state=PaymentState.ACTION_REQUIRED).order_by("pk").first()

    def answer_challenge(self, outcome: str, *, comes_back: bool) -> None:
        payment = self.challenge()
        assert payment is not None
        form = {"client_secret": payment.action["client_secret"], "framed": "1", "outcome": outcome}
        self.sandbox.http.post(f"/stripe/js/api/challenge/{payment.reference}", data=form).raise_for_status()
        if comes_back:
            charging.complete(payment=payment)

    def give_up_challenge(self) -> None:
        payment = self.challenge()
        assert payment is not None
        charging.abandon(payment=payment)

    # Staff

    def refund(self, number: int, part: int, mishap: str) -> None:
        paid = list(self.payments().filter(captured__gt=0).order_by("pk"))
        payment = paid[number % len(paid)]
        money = payment.order.money(payment.refundable.amount // part)
        with self._faulty(mishap, self.harness.refund_call), refund_mishap(mishap), suppress(RefundRefused, Died):
            refunding.refund(payment=payment, money=money, reason="other", note="", actor="ada", restock=part == 1)

    def compare_books(self, mishap: str) -> None:
        """Adopt what the gateway's statement says of payments and refunds of ours."""
        with self._faulty(mishap, ""), suppress(ProviderError):
            reconcile(self.account, since=self.opened_at, until=timezone.now(), actor="ada")

    # Workers and the clock

    def jobs(self) -> JobQuerySet:
        return Job.objects.filter(tenant=self.merchant.pk)

    def run_a_job(self, number: int, mishap: str) -> None:
        waiting = list(self.jobs().unfinished().exclude(state=Job.State.DEAD).unblocked().order_by("pk"))
        if not waiting:
            return
        job = waiting[number % len(waiting)]
        called = {"crm": "konnektive", "mail": "resend"}.get(job.kind.partition(".")[0], self.provider)
        with self._faulty(mishap, "", at=called), self._deadly(mishap):
            self.run(job)

    def run(self, job: Job) -> str:
        self.jobs().filter(pk=job.pk, state=Job.State.WAITING).update(run_at=timezone.now())
        return run_job(job.pk)

    def pass_time(self, seconds: int) -> None:
        """A provider of mail forgets its keys after a day; no worker stands still for so long."""
        if seconds >= DAY:
            for job in self.jobs().unfinished().filter(kind__startswith="mail.").order_by("pk"):
                self.run(job)
        self.traveller.shift(seconds)
        self.sandbox.control("clock", advance=seconds)

    def sweep(self) -> None:
        resolving.sweep()
        resolving.sweep_challenges()
        deferring.expire()
        stocking.expire()
        queue.sweep()

    def late_answer(self) -> None:
        """A process that was only slow settles after all."""
        if self.late:
            self.late.pop(0)()

    # The gateway

    def webhooks(self) -> list[dict[str, Any]]:
        return [d for d in self.sandbox.deliveries(self.provider) if d["id"] not in self.lost]

    def deliver(self, number: int) -> None:
        """One of the webhooks that were ever sent arrives: late, out of order, perhaps again."""
        if sent := self.webhooks():
            self._post(sent[number % len(sent)])

    def deliver_all(self) -> None:
        for delivery in self.webhooks():
            self._post(delivery)
        for job in self.jobs().unfinished().filter(kind="inbox.process").order_by("pk"):
            self.run(job)

    def lose(self, number: int) -> None:
        if sent := self.webhooks():
            self.lost.add(sent[number % len(sent)]["id"])

    def settle_day(self) -> None:
        if self.provider == "nmi":
            self.sandbox.control("nmi/settle")

    # The end

    def bring_to_an_end(self) -> None:
        """The weather clears; clock and queue do their work until nothing is owed."""
        self.sandbox.clear_faults()
        for _ in range(12):
            self.pass_time(3 * MINUTE)
            self.sweep()
            for job in self.jobs().filter(state=Job.State.DEAD):
                queue.replay(job)
            while any(self.run(job) == Job.State.DONE for job in self.jobs().unfinished().unblocked().order_by("pk")):
                pass
            if not self.jobs().unfinished().exists() and not self.payments().open().exists() and not self._refunding():
                return
            if self.payments().filter(state=PaymentState.ACTION_REQUIRED).exists():
                self.pass_time(DAY)

    def compare_all_books(self) -> None:
        """When nothing is too young to be judged any more."""
        self.pass_time(settings.RECONCILE_MARGIN_SECONDS + 6 * MINUTE)
        for account in (self.account, self.crm):
            reconcile(account, since=self.opened_at, until=timezone.now(), actor="ada", adopt=False)

    def differences(self) -> Any:
        return Difference.objects.open().filter(merchant=self.merchant)

    def stock(self) -> Stock:
        return factories.stock_of(self.version)

    def reservations(self) -> Any:
        return Reservation.objects.filter(payment__order__merchant=self.merchant)

    def payments(self) -> Any:
        return Payment.objects.filter(order__merchant=self.merchant).select_related("order", "connection")

    def orders(self) -> Any:
        return Order.objects.filter(merchant=self.merchant)

    def refunds(self) -> Any:
        return Refund.objects.filter(payment__order__merchant=self.merchant)

    def _refunding(self) -> bool:
        return bool(self.refunds().filter(state__in=(RefundState.SENT, RefundState.PENDING)).exists())

    def _post(self, delivery: dict[str, Any]) -> None:
        body, sign = delivery["body"].encode(), SIGN[self.provider]
        assert sign is not None
        headers = dict(sign(factories.WEBHOOK_SECRET, body))
        answer = Client().post(self.path, body, content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content

    @contextmanager
    def _charging(self, mishap: str) -> Iterator[None]:
        with self._faulty(mishap, self.harness.charge_call), self._deadly(mishap):
            yield

    @contextmanager
    def _deadly(self, mishap: str) -> Iterator[None]:
        with charge_mishap(mishap, late=self.late, webhooks=self.deliver_all), suppress(Died):
            yield

    @contextmanager
    def _faulty(self, mishap: str, call: str, *, at: str = "") -> Iterator[None]:
        if mishap in LOST:
            value = 500 if mishap == "status" else 0
            self.sandbox.fault(at or self.provider, mishap, match=call, times=None, value=value)
        try:
            yield
        finally:
            self.sandbox.clear_faults()
