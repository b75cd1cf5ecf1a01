"""What races need: a sale at each gateway with a mailer and a CRM to tell, and the guards' switches for the controls."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import Any

import pytest
import stripe
from django.db import connection, transaction

from checkout import paying, runs
from checkout.models import Run
from funnels.models import FunnelVersion
from funnels.pricing.quoting import quote
from integrations.outbox.models import Job
from integrations.outbox.running import run as run_job
from orders.models import Order, Payment, Refund
from orders.payments import deferring, settling
from orders.payments.charging import Browser
from orders.refunds import refunding, settling_refunds
from orders.states import PaymentState
from tests import factories
from tests.gateway_harness import HARNESSES, Harness
from tests.sandbox_client import Sandbox


class Shop:
    """One funnel at one gateway's sandbox; `queued` lets workers take its payments, here in the submitting thread."""

    def __init__(self, harness: Harness, *, queued: bool = False) -> None:
        self.harness = harness
        self.sandbox = harness.sandbox
        owner = factories.merchant(queue_payments=queued)
        self.account = factories.connection(harness.provider, merchant=owner)
        self.version: FunnelVersion = factories.published(
            gateway=self.account,
            mailer=factories.connection("resend", merchant=owner),
            crm=factories.connection("konnektive", merchant=owner),
        )

    def token(self, card: str = factories.APPROVED_CARD) -> str:
        return factories.token(self.sandbox, self.account, card)

    def submit(self, run: Run, token: str = "") -> Payment:
        """The checkout form arrives, as in a request of its own."""
        mine = Run.objects.get(pk=run.pk)
        step = mine.spec.steps["checkout"]
        payment = paying.pay(
            run=mine,
            step=step,
            contact=factories.CONTACT,
            wanted=quote(step),
            browser=Browser(token=token or self.token(), in_page=True),
            ip=None,
        )
        return worked_off(payment)

    def accept(self, run: Run) -> Payment:
        mine = Run.objects.get(pk=run.pk)
        return worked_off(paying.accept(run=mine, step=mine.spec.steps["night-cream"], browser=Browser(in_page=True)))

    def run_after_a_decline(self) -> Run:
        """A run whose order is there already, with one failed attempt."""
        run = factories.run(self.version)
        worked_off(factories.pay(self.sandbox, run, card=factories.DECLINED_CARD))
        return run

    def run_at_the_offer(self) -> Run:
        run = factories.run(self.version)
        worked_off(factories.pay(self.sandbox, run))
        run.refresh_from_db()
        runs.catch_up(run, runs.payments_of(run))
        return run

    def taken(self) -> list[int]:
        """Every amount that the gateway's books say was taken."""
        return [money.amount for _key, money in self.harness.charges()]

    def webhooks_to(self, site: str) -> None:
        path = f"/webhooks/{self.account.provider}/{self.account.public_id}/"
        self.sandbox.register_webhook(self.account.provider, f"{site}{path}", factories.WEBHOOK_SECRET)

    def deliver(self, do: str) -> None:
        self.sandbox.control("deliveries", provider=self.account.provider, do=do)
        self.sandbox.wait_until_idle()

    def prove_one_sale(self, *amounts: int) -> Order:
        """Exactly these charges at the gateway, one live payment for each step; after all jobs ran, one receipt, one
        CRM order.
        """
        order = Order.objects.get()
        assert sorted(self.taken()) == sorted(amounts)
        live = list(Payment.objects.live().values_list("order_id", "state", "amount"))
        assert sorted(live) == sorted((order.pk, "approved", amount) for amount in amounts)
        assert (order.captured, order.total, order.state) == (sum(amounts), sum(amounts), "completed")
        finish_jobs()
        mails = self.sandbox.books("resend").get("mails", {})
        crm_orders = self.sandbox.books("konnektive").get("orders", {})
        assert [mail["subject"].rpartition(" ")[2] for mail in mails.values()] == [order.number]
        assert len(crm_orders) == 1
        assert Job.objects.unfinished().count() == 0
        return order


def worked_off(payment: Payment) -> Payment:
    """What a worker makes of a queued payment; any other is left as it is."""
    if payment.state != PaymentState.QUEUED:
        return payment
    return deferring.charge(Payment.objects.select_related("connection", "order", "stored_method").get(pk=payment.pk))


def finish_jobs() -> None:
    """Run every job that is left, whenever it was due."""
    while True:
        Job.objects.filter(state=Job.State.WAITING).update(run_at=factories.timezone.now())
        job = Job.objects.due().unblocked().order_by("pk").first()
        if job is None:
            return
        assert run_job(job.pk) == "done", Job.objects.get(pk=job.pk).last_error


# A payment that a worker takes is the same deed: where payments race and crash, everything must hold for it too.
DIRECT_AND_QUEUED = [*HARNESSES, "stripe queued"]


@pytest.fixture(params=HARNESSES)
def shop(request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Shop]:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    provider, _, queued = request.param.partition(" ")
    yield Shop(HARNESSES[provider](sandbox), queued=bool(queued))
    sandbox.clear_faults()


class Guards:
    """Switches guards off and lines threads up behind them, to show what would happen without."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def without_locks(self, *modules: ModuleType) -> None:
        """Nobody waits for anybody: runs are read without being locked, and so are orders, in these modules or in all.

        Who races only to decide leaves settling its lock: two that settle one order without it may block each other,
        and PostgreSQL then ends one of them before the test has seen what they decided.
        """
        unlocked = lambda pk: Order.objects.get(pk=pk)  # noqa: E731
        for module in modules or (paying, settling, refunding, settling_refunds):
            self.monkeypatch.setattr(module, "lock_order", unlocked)
        reads = classmethod(lambda cls, pk: cls.objects.select_related("order").get(pk=pk))
        self.monkeypatch.setattr(Run, "lock", reads)

    def without_compare_and_swap(self) -> None:
        """A payment moves to any state from any other."""

        def move(payment: Payment, target: str, **changes: Any) -> bool:
            Payment.objects.filter(pk=payment.pk).update(state=target, **changes)
            payment.state = target
            return True

        self.monkeypatch.setattr(Payment, "move", move)

    def line_up(self, module: Any, name: str, *, count: int = 2, after: bool = False) -> None:
        """Let the first `count` calls of a function wait for one another before (or after) they act."""
        barrier = threading.Barrier(count)
        arrivals = iter(range(count))
        deed: Callable[..., Any] = getattr(module, name)

        def together(*args: Any, **kwargs: Any) -> Any:
            if after:
                result = deed(*args, **kwargs)
                if next(arrivals, None) is not None:
                    barrier.wait(timeout=10)
                return result
            if next(arrivals, None) is not None:
                barrier.wait(timeout=10)
            return deed(*args, **kwargs)

        self.monkeypatch.setattr(module, name, together)


@pytest.fixture
def guards(monkeypatch: pytest.MonkeyPatch) -> Guards:
    return Guards(monkeypatch)


def _without(model: type[Payment] | type[Refund], name: str) -> AbstractContextManager[None]:
    @contextmanager
    def dropped() -> Iterator[None]:
        constraint = next(c for c in model._meta.constraints if c.name == name)
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, constraint)
        yield
        model.objects.update(state="failed")
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)

    return dropped()


@pytest.fixture
def without_payment_index(transactional_db: None) -> Iterator[None]:
    with _without(Payment, "payment_one_live_per_step"):
        yield


@pytest.fixture
def without_refund_index(transactional_db: None) -> Iterator[None]:
    with _without(Refund, "refund_one_on_its_way"):
        yield


@contextmanager
def held(row: Run | Order) -> Iterator[None]:
    """Hold a row's lock, so that whoever wants it lines up behind it."""
    with transaction.atomic():
        type(row).objects.select_for_update().get(pk=row.pk)
        yield
