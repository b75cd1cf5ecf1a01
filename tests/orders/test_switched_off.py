"""A connection that staff have switched off takes no new money."""

import pytest

from integrations.connections import Connection
from integrations.gateways.types import DeclineReason
from orders.models import Payment
from orders.states import PaymentState
from tests import factories
from tests.sandbox_client import Sandbox


@pytest.mark.django_db
@pytest.mark.parametrize(("provider", "call"), [("stripe", "POST /v1/payment_intents"), ("nmi", "type=sale")])
def test_a_checkout_on_it_is_refused_with_nothing_sent(sandbox: Sandbox, provider: str, call: str) -> None:
    run = factories.run(factories.published(provider=provider))
    Connection.objects.update(active=False)
    payment = factories.pay(sandbox, run)
    assert (payment.state, payment.decline_reason) == (PaymentState.FAILED, DeclineReason.GATEWAY_UNAVAILABLE)
    assert sandbox.calls(provider, call) == []
    assert Payment.objects.live().count() == 0
