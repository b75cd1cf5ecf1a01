"""What happened behind the pages: the gateways' books, our own rows, the mailbox, the CRM; and the queue, by hand."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from checkout.models import Run
from e2e.demo import Funnel
from integrations.connections import Connection
from orders.models import Order, Payment, Stock
from orders.states import PaymentState
from orders.stock import stocking
from tests.driving import run_due_jobs, run_now
from tests.sandbox_client import Sandbox

CHARGED = "succeeded"


class Shop:
    """The demo, served at `url`, with its providers in the sandbox."""

    def __init__(self, url: str, sandbox: Sandbox) -> None:
        self.url = url
        self.sandbox = sandbox

    # Money

    def charges(self) -> list[int]:
        """Every amount that the gateways took, in minor units and in order, by their own books."""
        sales = [
            sale["amount"]
            for sale in self._book("nmi", "transactions")
            if sale["kind"] == "sale" and sale["condition"] != "failed"
        ]
        intents = [
            intent["amount_received"]
            for intent in self._book("stripe", "payment_intents")
            if intent["status"] == CHARGED
        ]
        wallet = [
            round(float(capture["amount"]["value"]) * 100)
            for capture in sorted(self._book("paypal", "captures"), key=lambda capture: capture["created"])
            if capture["status"] in ("COMPLETED", "REFUNDED", "PARTIALLY_REFUNDED")
        ]
        return sales + intents + wallet

    def approved(self) -> list[tuple[str, int]]:
        """(step, amount) of every payment that our rows call paid."""
        paid = Payment.objects.filter(state=PaymentState.APPROVED).order_by("pk")
        return list(paid.values_list("step", "captured"))

    def assert_charged(self, *steps: tuple[str, int]) -> None:
        """Exactly these (step, amount) were charged, once each, in the gateway's books as in our rows."""
        assert self.approved() == list(steps)
        assert self.charges() == [amount for _, amount in steps]
        assert not Payment.objects.open().exists()

    def assert_nothing_charged(self) -> None:
        assert self.charges() == []
        assert self.approved() == []

    def refunds(self) -> list[int]:
        """Every amount that the gateways gave back, by their own books; a void counts as the whole sale."""
        back = [
            entry["amount"]
            for entry in self._book("nmi", "transactions")
            if entry["kind"] == "refund" or entry["condition"] == "canceled"
        ]
        return back + [refund["amount"] for refund in self._book("stripe", "refunds")]

    # Our rows

    def order(self) -> Order:
        """The only order."""
        return Order.objects.get()

    def run(self) -> Run:
        """The only run."""
        return Run.objects.get()

    def run_count(self) -> int:
        return Run.objects.count()

    def payments(self) -> list[tuple[str, str]]:
        """(step, state) of every attempt."""
        return list(Payment.objects.order_by("pk").values_list("step", "state"))

    def switch_gateways(self, *, on: bool) -> None:
        """As staff do with the accounts' pages in the admin."""
        Connection.objects.filter(provider__in=Connection.GATEWAYS).update(active=on)

    def leave_in_stock(self, units: int) -> None:
        """Let so many of the serum be left to buy."""
        stock = self._stock()
        stocking.adjust(product_id=stock.pk, change=units - stock.left, reason="For the test", actor="tests")

    def stock(self) -> tuple[int, int]:
        """(left, held) of the serum."""
        stock = self._stock()
        return (stock.left, stock.held)

    def _stock(self) -> Stock:
        return Stock.objects.get(product__sku="serum")

    # The world around

    def mails(self) -> list[dict[str, Any]]:
        return self._book("resend", "mails") + self._book("sendgrid", "mails")

    def crm_orders(self) -> list[dict[str, Any]]:
        return self._book("konnektive", "orders")

    def work_off_jobs(self) -> None:
        """Do what the queue's workers would do: webhooks, mails, CRM."""
        self.sandbox.wait_until_idle()
        run_due_jobs()

    def lose_answers(self, funnel: Funnel) -> None:
        """Let the gateway charge but its answers get lost, repeats of the same request too, until faults are cleared."""
        self.sandbox.fault(funnel.provider, "cut_after", match=funnel.charge_call, times=None)

    def let_lookup_horizon_pass(self) -> None:
        """Let every payment be so old that a gateway's "not found" is believed."""
        horizon = timedelta(seconds=settings.LOOKUP_HORIZON_SECONDS + 1)
        Payment.objects.update(sent_at=timezone.now() - horizon)

    def resolve_payment(self) -> None:
        """Ask the gateway about an uncertain payment, as the queue does after some seconds."""
        run_now("payment.resolve")

    def _book(self, provider: str, name: str) -> list[dict[str, Any]]:
        return list(self.sandbox.books(provider).get(name, {}).values())
