"""Where a declined payment of an offer leads."""

import pytest

from checkout import offering
from funnels.spec import StepKind, StepSpec
from integrations.gateways.types import DeclineReason
from orders.models import Order, Payment
from orders.states import PaymentState
from tests import factories
from tests.checkout.conftest import Shopper, text
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper(sandbox: Sandbox) -> Shopper:
    """A shopper whose upsell the gateway declines (it takes nothing below 1.00), which leads to the travel kit."""
    draft = factories.funnel("nmi", upsell_amount=99)
    draft.steps.filter(key="night-cream").update(on_payment_declined=draft.steps.get(key="travel-kit"))
    return Shopper(factories.published(draft), sandbox)


def test_a_declined_offer_leads_to_the_next_one_which_says_what_happened(shopper: Shopper) -> None:
    shopper.pay()
    page = shopper.client.get(shopper.decide("accept")["Location"], follow=True)
    assert page.request["PATH_INFO"] == shopper.url("travel-kit")
    assert "“Night cream” was not added; the order you placed is not affected." in text(page)
    assert [entry["move"] for entry in shopper.run.path] == ["paid", "payment_declined"]
    (routed,) = Order.objects.get().events.filter(kind="offer.routed")
    assert routed.data == {"step": "Night cream", "to": "Travel kit"}
    shopper.decide("accept", "travel-kit")
    assert Order.objects.get().total == 6800


def test_a_reload_tells_of_it_no_more_and_moves_nothing(shopper: Shopper) -> None:
    shopper.pay()
    shopper.client.get(shopper.decide("accept")["Location"], follow=True)
    assert "was not added" not in text(shopper.see("travel-kit"))
    assert shopper.see("night-cream")["Location"] == shopper.url("travel-kit")
    assert Order.objects.get().events.filter(kind="offer.routed").count() == 1


def test_without_a_route_the_shopper_stays_and_may_try_again(sandbox: Sandbox) -> None:
    shopper = Shopper(factories.published(provider="nmi", upsell_amount=99), sandbox)
    shopper.pay()
    page = shopper.client.get(shopper.decide("accept")["Location"], follow=True)
    assert page.request["PATH_INFO"] == shopper.url("night-cream")
    assert "You can try again" in text(page)


def test_a_gateway_that_is_out_of_order_leads_nowhere(sandbox: Sandbox, shopper: Shopper) -> None:
    shopper.pay()
    sandbox.fault("nmi", "status", match="type=sale", value=429)
    page = shopper.client.get(shopper.decide("accept")["Location"], follow=True)
    assert page.request["PATH_INFO"] == shopper.url("night-cream")
    assert shopper.run.step == "night-cream"


@pytest.mark.parametrize("reason", DeclineReason)
def test_only_a_definite_no_to_the_method_leads_elsewhere(reason: DeclineReason) -> None:
    step = StepSpec("cream", StepKind.UPSELL, "Night cream", on_payment_declined="kit")
    declined = Payment(step="cream", state=PaymentState.FAILED, decline_reason=reason)
    soft = {"authentication_failed", "processing_error", "gateway_unavailable", "not_charged", "abandoned", "sold_out"}
    assert offering.leads_elsewhere(step, declined) == ("" if reason in soft else "kit")


@pytest.mark.parametrize("state", [state for state in PaymentState if state != PaymentState.FAILED])
def test_no_other_state_leads_elsewhere(state: PaymentState) -> None:
    step = StepSpec("cream", StepKind.UPSELL, "Night cream", on_payment_declined="kit")
    assert offering.leads_elsewhere(step, Payment(step="cream", state=state)) == ""
