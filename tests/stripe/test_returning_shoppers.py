"""A shopper who comes back can pay, whatever became of their customer at Stripe, and whatever they type as phone."""

from dataclasses import replace

import pytest

from orders.models import StoredMethod
from tests import factories
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def test_a_customer_that_is_gone_at_stripe_is_made_anew(sandbox: Sandbox) -> None:
    version = factories.published()
    factories.paid_order(sandbox, version)
    StoredMethod.objects.update(customer_reference="cus_gone")
    payment = factories.pay(sandbox, factories.run(version))
    assert (payment.state, payment.captured) == ("approved", 4900)
    assert payment.stored_method is not None
    assert payment.stored_method.customer_reference in sandbox.books("stripe")["customers"]


def test_a_customer_that_is_there_is_used_again(sandbox: Sandbox) -> None:
    version = factories.published()
    factories.paid_order(sandbox, version)
    factories.paid_order(sandbox, version)
    assert len(sandbox.books("stripe")["customers"]) == 1


@pytest.mark.parametrize(
    ("phone", "told"), [("+1 780-459-5656", "+1 780-459-5656"), ("+1 780-459-5656 ext. 725", None)]
)
def test_a_phone_longer_than_stripe_takes_costs_no_sale(sandbox: Sandbox, phone: str, told: str | None) -> None:
    order = factories.paid_order(sandbox, contact=replace(factories.CONTACT, phone=phone))
    assert (order.phone, order.state) == (phone, "completed")
    (customer,) = sandbox.books("stripe")["customers"].values()
    assert customer["phone"] == told
