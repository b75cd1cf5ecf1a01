"""What keeps a funnel with rules, routes and upgrades from being published."""

import pytest

from funnels.models import Funnel, Price, Step
from tests import factories
from tests.funnels.test_readiness import change, step, told

pytestmark = pytest.mark.django_db

BIG = {"fact": "total", "test": "at_least", "value": 5000}


@pytest.fixture
def draft() -> Funnel:
    return factories.funnel()


def test_rules_routes_and_an_upgrade_can_be_published(draft: Funnel) -> None:
    change(draft, "night-cream", rule=BIG, on_skip=step(draft, "thanks"), replaces_main=True)
    change(draft, "night-cream", on_payment_declined=step(draft, "travel-kit"))
    cream = step(draft, "night-cream")
    assert cream.price is not None
    Price.objects.filter(pk=cream.price.pk).update(amount=8900)
    compiled = factories.published(draft).spec.steps["night-cream"]
    assert (compiled.on_skip, compiled.on_payment_declined, compiled.replaces_main) == ("thanks", "travel-kit", True)
    assert [condition.amount for condition in compiled.rule.rules] == [5000]
    assert factories.published(draft).spec.has_rules


def test_a_version_that_was_published_before_there_were_rules_shows_every_offer(draft: Funnel) -> None:
    version = factories.published(draft)
    for compiled in version.compiled["steps"].values():
        for key in ("rule", "on_skip", "on_payment_declined", "replaces_main"):
            del compiled[key]
    version.save(update_fields=["compiled"])
    assert not version.spec.has_rules
    assert not version.spec.steps["night-cream"].replaces_main


def test_a_rule_that_cannot_be_read(draft: Funnel) -> None:
    change(draft, "night-cream", rule={"match": "all", "rules": []})
    assert told(draft) == [
        (
            "night-cream",
            "In the rule: the group is empty. Add a condition, or remove the group.",
            "Mend the rule of this offer.",
        )
    ]


def test_a_rule_about_a_product_that_the_funnel_does_not_sell(draft: Funnel) -> None:
    change(draft, "night-cream", rule={"fact": "products", "test": "one_of", "value": ["sold-elsewhere"]})
    assert told(draft) == [
        (
            "night-cream",
            "The rule asks for “sold-elsewhere”, which no other step of this funnel sells.",
            "Choose another product in the rule.",
        )
    ]


def test_a_rule_on_a_page_that_is_no_offer(draft: Funnel) -> None:
    change(draft, "thanks", rule=BIG)
    assert told(draft) == [
        (
            "thanks",
            "Only an offer can have a rule, routes of its own, or be an upgrade.",
            "Take them off this step, or make it an upsell or a downsell.",
        )
    ]


@pytest.mark.parametrize("edge", ["on_skip", "on_payment_declined"])
def test_a_route_that_leads_in_a_circle(draft: Funnel, edge: str) -> None:
    change(draft, "travel-kit", **{edge: step(draft, "night-cream")})
    assert [(key, message) for key, message, _mend in told(draft)] == [
        ("night-cream", "This step can be reached from itself."),
        ("travel-kit", "This step can be reached from itself."),
    ]


@pytest.mark.parametrize(("edge", "name"), [("on_skip", "not shown"), ("on_payment_declined", "payment declined")])
def test_a_route_back_to_the_checkout(draft: Funnel, edge: str, name: str) -> None:
    change(draft, "travel-kit", **{edge: step(draft, "checkout")})
    assert (
        "travel-kit",
        f"“{name}” leads back to the checkout.",
        "Lead it to an offer or the thank-you step.",
    ) in told(draft)


def test_a_step_that_only_a_route_leads_to_can_be_reached(draft: Funnel) -> None:
    change(draft, "night-cream", on_decline=step(draft, "thanks"), on_payment_declined=step(draft, "travel-kit"))
    assert told(draft) == []


class TestUpgrade:
    @pytest.fixture
    def upgrade(self) -> Funnel:
        draft = factories.funnel(upsell_amount=8900)
        change(draft, "night-cream", replaces_main=True)
        return draft

    def test_one_that_costs_less_than_what_it_replaces(self) -> None:
        draft = factories.funnel(upsell_amount=4899)
        change(draft, "night-cream", replaces_main=True)
        assert told(draft) == [
            (
                "night-cream",
                "The upgrade costs less than “Night serum”, which it replaces.",
                "Choose a price that is at least as high.",
            )
        ]

    def test_one_that_is_taxed_differently(self, upgrade: Funnel) -> None:
        cream = step(upgrade, "night-cream").price
        assert cream is not None
        cream.product.tax_class = "reduced"
        cream.product.save()
        assert told(upgrade) == [
            (
                "night-cream",
                "The upgrade is taxed differently from “Night serum”, which it replaces.",
                "Give both products the same tax class, or make this an ordinary offer.",
            )
        ]

    def test_two_of_which_one_follows_on_the_other(self, upgrade: Funnel) -> None:
        kit = step(upgrade, "travel-kit")
        assert kit.price is not None
        Price.objects.filter(pk=kit.price.pk).update(amount=9900)
        change(upgrade, "travel-kit", replaces_main=True)
        assert told(upgrade) == []
        change(upgrade, "night-cream", on_accept=kit)
        assert told(upgrade) == [
            (
                "travel-kit",
                "This upgrade can follow on “Night cream”, which has replaced the same purchase already.",
                "Lead the accepted upgrade past this step, or make this one an ordinary offer.",
            )
        ]

    def test_a_bump_of_the_product_that_is_replaced(self, upgrade: Funnel) -> None:
        checkout = step(upgrade, "checkout")
        assert checkout.price is not None
        smaller = factories.price(900, product=checkout.price.product)
        Step.objects.filter(pk=checkout.pk).update(bump_price=smaller, bump_headline="One more")
        assert [key for key, *_rest in told(upgrade)] == ["night-cream"]
