"""A shopper who buys with PayPal: the form is sent, they approve there, they come back."""

from typing import Any

from checkout import paying
from checkout.models import Run
from funnels.models import FunnelVersion
from funnels.pricing.quoting import quote
from orders.models import Payment
from orders.payments import charging
from orders.payments.charging import Browser
from tests import factories
from tests.sandbox_client import Sandbox


def version(**fields: Any) -> FunnelVersion:
    """A funnel whose one account is at PayPal."""
    owner = factories.merchant()
    return factories.published(gateway=factories.connection("paypal", merchant=owner), merchant=owner, **fields)


def submit(run: Run) -> Payment:
    step = run.current
    browser = Browser(return_url="http://127.0.0.1:8000/back/", cancel_url="http://127.0.0.1:8000/no/")
    return paying.pay(run=run, step=step, contact=factories.CONTACT, wanted=quote(step), browser=browser, ip=None)


def approved(sandbox: Sandbox, run: Run, funding: str = "balance") -> Payment:
    """A checkout payment that its shopper has just approved at PayPal."""
    payment = submit(run)
    assert payment.state == "action_required"
    sandbox.control("paypal/approve", order=payment.reference, funding=funding)
    return payment


def paid(sandbox: Sandbox, run: Run, funding: str = "balance") -> Payment:
    """The shopper came back, and their money was taken as far as PayPal lets it."""
    return charging.complete(payment=fresh(approved(sandbox, run, funding)))


def fresh(payment: Payment) -> Payment:
    """As another process would read it."""
    return Payment.objects.select_related("connection", "order", "stored_method").get(pk=payment.pk)


def captures(sandbox: Sandbox) -> list[dict[str, Any]]:
    """What PayPal's books have of captures, oldest first."""
    return sorted(sandbox.books("paypal").get("captures", {}).values(), key=lambda capture: capture["created"])
