"""An offer whose money takes days: its shopper goes on and reads that it is on its way, and hears how it ended."""

import pytest

from checkout.models import Run
from orders.models import Mail, Order, Payment
from orders.payments import charging
from tests import factories, working
from tests.checkout.conftest import Shopper, text
from tests.paypal import buying
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

ON_ITS_WAY = (
    "Night cream, $39.00: your bank has your approval, and the money can take several days to arrive. We will write to"
    " ada@example.com when it has arrived, and also if it does not."
)
NOT_COME = (
    "The money for Night cream, $39.00, did not arrive from your bank. Nothing was charged for it, and it is not part of"
    " your order."
)


@pytest.fixture
def shopper(sandbox: Sandbox) -> Shopper:
    """Paid with a PayPal account whose later charges stay pending, and stands at the offer."""
    owner = factories.merchant()
    version = factories.published(
        gateway=factories.connection("paypal", merchant=owner),
        mailer=factories.connection("resend", merchant=owner),
        merchant=owner,
    )
    shopper = Shopper(version, sandbox)
    shopper.start()
    assert buying.paid(sandbox, shopper.run, "vault_pending").state == "approved"
    return shopper


def offer() -> Payment:
    return buying.fresh(Payment.objects.get(kind="offer"))


def end(sandbox: Sandbox, outcome: str) -> Payment:
    capture = buying.captures(sandbox)[-1]
    sandbox.control("paypal/settle", capture=capture["id"], outcome=outcome)
    return charging.complete(payment=offer())


def test_the_shopper_goes_on_and_reads_that_it_is_on_its_way(shopper: Shopper) -> None:
    assert shopper.decide("accept")["Location"] == shopper.url("thanks")
    assert offer().takes_days
    assert (shopper.run.status, shopper.run.path[-1]["move"]) == (Run.Status.FINISHED, "accepted")
    assert ON_ITS_WAY in text(shopper.see("thanks"))
    # Neither the waiting page nor a second yes holds them or charges again.
    assert shopper.see("night-cream", "processing")["Location"] == shopper.url("thanks")
    assert shopper.see("night-cream", "status").json() == {"state": "done", "next": shopper.url("thanks")}
    assert shopper.decide("accept")["Location"] == shopper.url("thanks")
    assert Payment.objects.filter(kind="offer").count() == 1
    assert (Order.objects.get().total, Order.objects.get().captured) == (4900, 4900)


def test_money_that_arrives_puts_it_on_the_order_and_on_a_receipt(shopper: Shopper, sandbox: Sandbox) -> None:
    shopper.decide("accept")
    assert working.do("mail.receipt") == "done"
    assert end(sandbox, "completed").state == "approved"
    assert working.do_all("mail") == ["done", "done"]
    assert [("Night cream" in mail.text, "$88.00" in mail.text) for mail in Mail.objects.order_by("pk")] == [
        (False, False),
        (True, True),
    ]
    page = text(shopper.see("thanks"))
    assert ON_ITS_WAY not in page
    assert "$88.00" in page


def test_money_that_does_not_arrive_changes_nothing_else(shopper: Shopper, sandbox: Sandbox) -> None:
    shopper.decide("accept")
    assert end(sandbox, "failed").state == "failed"
    assert NOT_COME in text(shopper.see("thanks"))
    order = Order.objects.get()
    assert (order.state, order.total, order.captured) == ("completed", 4900, 4900)
    assert working.do_all("mail") == ["done", "done"]  # The receipt first.
    told = Mail.objects.get(kind=Mail.Kind.PAYMENT_FAILED)
    assert f"The money for what you added to order {order.number}, $39.00, did not arrive from your bank." in told.text
    assert "/f/" not in told.text


def test_a_checkout_that_takes_days_is_waited_for(sandbox: Sandbox) -> None:
    shopper = Shopper(buying.version(), sandbox)
    shopper.start()
    buying.paid(sandbox, shopper.run, "pending")
    assert shopper.see("checkout")["Location"] == shopper.url("checkout", "processing")
    assert shopper.see("checkout", "processing").status_code == 200
