"""Offers with rules: judged once when the run comes to them, kept with the reasons, and no dearer for other funnels."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from checkout import offering, paying, runs
from checkout.models import Run
from funnels.rules import parse
from orders.models import Event, Order, Payment
from orders.payments.charging import Browser
from orders.refunds import refunding
from tests import factories
from tests.checkout.conftest import Shopper
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

BIG = {"fact": "total", "test": "at_least", "value": 9000}
MODEST = {"fact": "total", "test": "at_least", "value": 4900}


def funnel_with(rule: Any, sandbox: Sandbox, *, step: str = "night-cream", client: Client | None = None) -> Shopper:
    """A shopper of the usual funnel, one offer of which has this rule."""
    draft = factories.funnel()
    draft.steps.filter(key=step).update(rule=rule)
    return Shopper(factories.published(draft), sandbox, client)


def events(kind: str) -> list[dict[str, str]]:
    return list(Event.objects.filter(kind=kind).order_by("pk").values_list("data", flat=True))


def arrive(shopper: Shopper, **fields: str) -> str:
    """Pay, and follow the redirects; the address where the shopper is left."""
    shopper.start()
    return shopper.client.get(shopper.submit(**fields)["Location"], follow=True).request["PATH_INFO"]


def test_an_offer_whose_rule_holds_is_shown_and_says_why(sandbox: Sandbox) -> None:
    shopper = funnel_with(MODEST, sandbox)
    assert arrive(shopper) == shopper.url("night-cream")
    told = "the order total $49.00 is at least $49.00"
    assert events("offer.shown") == [{"step": "Night cream", "reason": told}]
    decided = offering.decision_on(shopper.run, shopper.run.current)
    assert decided is not None
    assert (decided.shown, decided.rule, decided.because) == (True, "the order total is at least $49.00", told)
    assert decided.reasons == (offering.Reason("the order total is at least $49.00", "$49.00", True),)


def test_an_offer_whose_rule_does_not_hold_is_passed_over_to_where_a_no_leads(sandbox: Sandbox) -> None:
    shopper = funnel_with(BIG, sandbox)
    assert arrive(shopper) == shopper.url("travel-kit")
    told = "the order total $49.00 is less than $90.00"
    assert events("offer.skipped") == [{"step": "Night cream", "reason": told}]
    assert events("offer.shown") == []
    assert [(entry["step"], entry["move"], entry["to"], entry.get("because")) for entry in shopper.run.path] == [
        ("checkout", "paid", "night-cream", None),
        ("night-cream", "skipped", "travel-kit", told),
    ]


def test_it_is_passed_over_to_a_step_of_its_own_where_it_has_one(sandbox: Sandbox) -> None:
    draft = factories.funnel()
    draft.steps.filter(key="night-cream").update(rule=BIG, on_skip=draft.steps.get(key="thanks"))
    shopper = Shopper(factories.published(draft), sandbox)
    assert arrive(shopper) == shopper.url("thanks")
    assert shopper.run.status == "finished"


def test_a_chain_of_offers_that_are_not_shown_ends_at_the_thank_you_page(sandbox: Sandbox) -> None:
    draft = factories.funnel()
    draft.steps.filter(key__in=["night-cream", "travel-kit"]).update(rule=BIG)
    shopper = Shopper(factories.published(draft), sandbox)
    assert arrive(shopper) == shopper.url("thanks")
    assert [told["step"] for told in events("offer.skipped")] == ["Night cream", "Travel kit"]
    assert set(shopper.run.decisions) == {"night-cream", "travel-kit"}


def test_the_quantity_decides_over_a_rule_about_the_total(sandbox: Sandbox) -> None:
    shopper = funnel_with(BIG, sandbox)
    assert arrive(shopper, quantity="2") == shopper.url("night-cream")


def test_what_was_decided_once_is_not_judged_again(sandbox: Sandbox) -> None:
    shopper = funnel_with({"fact": "customer", "test": "one_of", "value": ["new"]}, sandbox)
    arrive(shopper)
    decided = shopper.run.decisions
    factories.paid_order(sandbox, shopper.version)
    first = Run.objects.order_by("created_at")[0]
    assert shopper.client.get(f"/f/{shopper.handle}/{first.pk}/night-cream/").status_code == 200
    assert Run.objects.get(pk=first.pk).decisions == decided
    assert (len(events("offer.shown")), len(events("offer.skipped"))) == (1, 1)


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ({"fact": "country", "test": "one_of", "value": ["US", "CA"]}, True),
        ({"fact": "country", "test": "none_of", "value": ["US"]}, False),
        ({"fact": "gateway", "test": "one_of", "value": ["stripe"]}, True),
        ({"fact": "device", "test": "one_of", "value": ["phone"]}, True),
        ({"fact": "coupon", "test": "given"}, False),
        ({"fact": "customer", "test": "one_of", "value": ["returning"]}, False),
        ({"fact": "campaign", "parameter": "utm_source", "test": "one_of", "value": ["newsletter"]}, True),
    ],
)
def test_every_fact_is_taken_from_the_order_and_the_run(sandbox: Sandbox, rule: dict[str, Any], shown: bool) -> None:
    shopper = funnel_with(rule, sandbox)
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"
    shopper.start("?utm_source=Newsletter", headers={"user-agent": phone})
    landed = shopper.client.get(shopper.submit()["Location"], follow=True).request["PATH_INFO"]
    assert landed == shopper.url("night-cream" if shown else "travel-kit")


@pytest.mark.parametrize(("bump", "shown"), [("on", True), ("", False)])
def test_a_product_counts_by_its_sku_also_as_an_order_bump(sandbox: Sandbox, bump: str, shown: bool) -> None:
    draft = factories.funnel(bump_amount=900)
    checkout = draft.steps.get(key="checkout")
    assert checkout.bump_price is not None
    sku = checkout.bump_price.product.sku
    draft.steps.filter(key="night-cream").update(rule={"fact": "products", "test": "one_of", "value": [sku]})
    shopper = Shopper(factories.published(draft), sandbox)
    assert arrive(shopper, bump=bump) == shopper.url("night-cream" if shown else "travel-kit")


def test_an_upgrade_that_was_given_back_counts_no_more_and_what_it_replaced_does_again(sandbox: Sandbox) -> None:
    draft = factories.funnel(upsell_amount=8900, ships=False)
    draft.steps.filter(key="night-cream").update(replaces_main=True)
    walk = factories.run(factories.published(draft))
    asked = parse({"fact": "products", "test": "one_of", "value": ["anything"]})

    def held() -> list[str]:
        walk.refresh_from_db()
        return list(offering.facts_of(walk, asked, runs.payments_of(walk)).products.values())

    assert held() == []
    factories.pay(sandbox, walk)
    assert held() == ["Night serum"]
    upgrade = factories.accept(walk)
    assert held() == ["Night cream"]
    refunding.refund(payment=upgrade, money=upgrade.refundable, reason="other", note="", actor="ada")
    assert held() == ["Night serum"]


def test_a_returning_customer_is_one_who_paid_before(sandbox: Sandbox) -> None:
    version = funnel_with({"fact": "customer", "test": "one_of", "value": ["returning"]}, sandbox).version
    factories.order(version)
    first, second = factories.run(version), factories.run(version)
    factories.pay(sandbox, first)
    factories.pay(sandbox, second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.step, second.step) == ("travel-kit", "night-cream")


def test_an_offer_that_was_not_judged_to_be_shown_cannot_be_charged(sandbox: Sandbox) -> None:
    shopper = funnel_with(BIG, sandbox)
    shopper.start()
    shopper.submit()
    run = shopper.run
    assert run.step == "night-cream"
    with pytest.raises(paying.MovedOn):
        paying.accept(run=run, step=run.current, browser=Browser())
    assert [payment.step for payment in Payment.objects.all()] == ["checkout"]
    assert shopper.decide("accept")["Location"] == shopper.url("travel-kit")
    assert Order.objects.get().total == 4900


def test_offers_of_a_funnel_without_rules_cost_no_query_for_them(sandbox: Sandbox) -> None:
    shopper = Shopper(factories.published(), sandbox)
    shopper.pay()
    run = shopper.run
    payments = runs.payments_of(run)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        runs.catch_up(run, payments)
    assert len(queries) == 0
