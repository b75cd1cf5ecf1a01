"""Every problem of a draft names its step and how to mend it."""

from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet

from funnels.models import Funnel, Price, Product, Step
from funnels.readiness import problems
from orders.stock import stocking
from tests import factories

pytestmark = pytest.mark.django_db

type Told = tuple[str, str, str]


def told(funnel: Funnel) -> list[Told]:
    """(key of the step or "", message, mend) of every problem."""
    funnel = Funnel.objects.get(pk=funnel.pk)
    return [(found.step.key if found.step else "", found.message, found.mend) for found in problems(funnel)]


def step(funnel: Funnel, key: str) -> Step:
    return funnel.steps.get(key=key)


def change(funnel: Funnel, key: str, **fields: object) -> None:
    assert funnel.steps.filter(key=key).update(**fields) == 1


@pytest.mark.parametrize("provider", ["stripe", "nmi"])
def test_a_complete_draft_has_no_problem(provider: str) -> None:
    assert told(factories.funnel(provider)) == []


def test_a_complete_draft_with_a_crm_has_no_problem() -> None:
    owner = factories.merchant()
    crm = factories.connection("konnektive", merchant=owner)
    assert told(factories.funnel(merchant=owner, crm=crm)) == []


class TestAccount:
    def test_a_connection_that_is_no_gateway(self) -> None:
        owner = factories.merchant()
        draft = factories.funnel(gateway=factories.connection("resend", merchant=owner, name="Mail"))
        assert told(draft) == [("", "“Mail” cannot take payments.", "Choose a Stripe, NMI or PayPal connection.")]

    def test_a_connection_that_is_switched_off(self) -> None:
        owner = factories.merchant()
        draft = factories.funnel(gateway=factories.connection(merchant=owner, name="Main", active=False))
        assert told(draft) == [
            ("", "The payment account “Main” is switched off.", "Switch it on or choose another."),
        ]

    def test_a_connection_of_another_merchant(self) -> None:
        strangers = factories.connection(merchant=factories.merchant(), name="Theirs")
        draft = factories.funnel(merchant=factories.merchant(), gateway=strangers)
        assert told(draft) == [
            ("", "The payment account “Theirs” is switched off.", "Switch it on or choose another."),
        ]

    def test_keys_that_no_longer_open(self) -> None:
        draft = factories.funnel()
        draft.gateway.secrets_encrypted = Fernet(Fernet.generate_key()).encrypt(b"{}")
        draft.gateway.save()
        assert told(draft) == [("", "The payment account's keys cannot be decrypted.", "Enter them again.")]

    @pytest.mark.parametrize(
        ("provider", "missing"),
        [("stripe", "secret_key, publishable_key"), ("nmi", "security_key, tokenization_key")],
    )
    def test_keys_that_are_missing(self, provider: str, missing: str) -> None:
        owner = factories.merchant()
        account = factories.connection(provider, merchant=owner, name="Main", options={})
        account.secrets = {}
        account.save()
        assert told(factories.funnel(gateway=account)) == [
            ("", f"The payment account “Main” lacks: {missing}.", "Enter them on the connection's page.")
        ]


class TestShape:
    def test_no_step_at_all(self) -> None:
        draft = factories.funnel()
        draft.steps.all().delete()
        assert told(draft) == [
            ("", "The funnel has no checkout step.", "Add a step of the kind “Checkout”."),
            ("", "The funnel has no thank-you step.", "Add a step of the kind “Thank-you”."),
        ]

    def test_a_second_checkout(self) -> None:
        draft = factories.funnel()
        change(draft, "travel-kit", kind=Step.Kind.CHECKOUT)
        assert ("travel-kit", "A funnel has one checkout step.", "Remove this step or make it an offer.") in told(draft)


class TestGraph:
    @pytest.mark.parametrize(
        ("key", "edge", "name"),
        [
            ("checkout", "on_accept", "paid"),
            ("night-cream", "on_accept", "accept"),
            ("travel-kit", "on_decline", "decline"),
        ],
    )
    def test_an_edge_that_leads_nowhere(self, key: str, edge: str, name: str) -> None:
        draft = factories.funnel()
        change(draft, key, **{edge: None})
        assert (key, f"Nothing follows after “{name}”.", "Choose the step it leads to.") in told(draft)

    def test_an_edge_into_another_funnel(self) -> None:
        draft = factories.funnel()
        change(draft, "travel-kit", on_accept=step(factories.funnel(), "thanks"))
        assert told(draft) == [("travel-kit", "Nothing follows after “accept”.", "Choose the step it leads to.")]

    def test_an_edge_back_to_the_checkout(self) -> None:
        draft = factories.funnel()
        change(draft, "travel-kit", on_decline=step(draft, "checkout"))
        assert (
            "travel-kit",
            "“decline” leads back to the checkout.",
            "Lead it to an offer or the thank-you step.",
        ) in told(draft)

    def test_a_step_that_nobody_gets_to(self) -> None:
        draft = factories.funnel()
        change(draft, "night-cream", on_decline=step(draft, "thanks"))
        assert told(draft) == [
            ("travel-kit", "No shopper can get to this step.", "Lead another step to it, or remove it."),
        ]

    def test_steps_on_a_circle(self) -> None:
        draft = factories.funnel()
        change(draft, "travel-kit", on_decline=step(draft, "night-cream"))
        assert told(draft) == [
            ("night-cream", "This step can be reached from itself.", "Change an edge so that the path ends."),
            ("travel-kit", "This step can be reached from itself.", "Change an edge so that the path ends."),
        ]


class TestSelling:
    @pytest.mark.parametrize("key", ["checkout", "night-cream", "travel-kit"])
    def test_a_step_without_a_price(self, key: str) -> None:
        draft = factories.funnel(ships=False)
        change(draft, key, price=None)
        assert told(draft) == [(key, "This step has no price.", "Choose the price it sells.")]

    def test_an_inactive_product(self) -> None:
        draft = factories.funnel()
        Product.objects.filter(pk=step(draft, "night-cream").price.product_id).update(active=False)
        assert told(draft) == [
            ("night-cream", "The product “Night cream” is inactive.", "Activate it, or choose another price."),
        ]

    def test_an_archived_price(self) -> None:
        draft = factories.funnel()
        Price.objects.filter(pk=step(draft, "night-cream").price_id).update(
            archived_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        assert told(draft) == [
            ("night-cream", "The price “Night cream · $39.00” is archived.", "Choose a current price."),
        ]

    def test_a_recurring_price(self) -> None:
        draft = factories.funnel()
        Price.objects.filter(pk=step(draft, "checkout").price_id).update(interval=Price.Interval.MONTH)
        assert told(draft) == [
            (
                "checkout",
                "“Night serum · $49.00” is a recurring price.",
                "Choose a one-time price for this funnel.",
            ),
        ]

    def test_a_bump_on_an_offer(self) -> None:
        draft = factories.funnel(bump_amount=900)
        change(draft, "checkout", bump_headline="Add the stone")
        change(draft, "night-cream", bump_price=step(draft, "checkout").bump_price, bump_headline="Add it here")
        assert told(draft) == [
            ("night-cream", "Only the checkout step can have an order bump.", "Remove the bump from this step."),
        ]

    def test_a_bump_without_a_headline(self) -> None:
        draft = factories.funnel(bump_amount=900)
        change(draft, "checkout", bump_headline="")
        assert told(draft) == [
            ("checkout", "The order bump has no headline.", "Write what the shopper would add."),
        ]

    def test_two_currencies(self) -> None:
        draft = factories.funnel()
        Price.objects.filter(pk=step(draft, "travel-kit").price_id).update(currency="EUR")
        assert told(draft) == [
            ("travel-kit", "“Travel kit · €19.00” is not in USD like the rest.", "Use one currency in all steps."),
        ]


class TestDelivery:
    def test_something_ships_to_nowhere(self) -> None:
        draft = factories.funnel(countries=[])
        assert told(draft) == [
            ("checkout", "It is not said where this can be delivered.", "Enter the funnel's delivery countries."),
        ]

    def test_an_offer_ships_but_the_checkout_asks_for_no_address(self) -> None:
        draft = factories.funnel(ships=False, countries=["US"])
        Product.objects.filter(pk=step(draft, "night-cream").price.product_id).update(ships=True)
        assert told(draft) == [
            (
                "night-cream",
                "This offer is delivered, but the checkout asks for no address.",
                "Sell something that ships on the checkout step, or offer something digital here.",
            ),
        ]

    def test_a_bump_that_ships_makes_the_checkout_ask_for_the_address(self) -> None:
        draft = factories.funnel(ships=False, countries=["US"], bump_amount=900)
        change(draft, "checkout", bump_headline="Add the stone")
        Product.objects.filter(pk=step(draft, "night-cream").price.product_id).update(ships=True)
        Product.objects.filter(pk=step(draft, "checkout").bump_price.product_id).update(ships=True)
        assert told(draft) == []


class TestCrm:
    @pytest.fixture
    def draft(self) -> Funnel:
        owner = factories.merchant()
        return factories.funnel(merchant=owner, crm=factories.connection("konnektive", merchant=owner))

    def test_no_campaign(self, draft: Funnel) -> None:
        Funnel.objects.filter(pk=draft.pk).update(crm_campaign="")
        assert told(draft) == [("", "The CRM needs a campaign id.", "Enter the funnel's CRM campaign id.")]

    def test_a_product_that_the_crm_does_not_know(self, draft: Funnel) -> None:
        Product.objects.filter(pk=step(draft, "travel-kit").price.product_id).update(crm_product="")
        assert told(draft) == [
            ("travel-kit", "The product “Travel kit” has no CRM product id.", "Enter it on the product's page."),
        ]


def test_the_gateway_comes_first_and_steps_follow_in_their_order() -> None:
    draft = factories.funnel()
    draft.gateway.active = False
    draft.gateway.save()
    change(draft, "travel-kit", price=None)
    change(draft, "checkout", on_accept=None)
    keys = [key for key, _message, _mend in told(draft)]
    assert keys == ["", "checkout", "night-cream", "travel-kit", "thanks", "travel-kit"]


def test_a_product_sold_from_stock_has_to_be_counted() -> None:
    draft = factories.funnel()
    product = step(draft, "checkout").price.product
    Product.objects.filter(pk=product.pk).update(tracks_stock=True)
    assert told(draft) == [
        (
            "checkout",
            "“Night serum” is sold from stock, but its stock was never counted.",
            "Enter how many there are on the product's page, or let it be sold without counting.",
        )
    ]
    stocking.adjust(product_id=product.pk, change=0, reason="", actor="tests")
    assert told(draft) == []


class TestLanguages:
    def test_a_promised_language_needs_every_text(self) -> None:
        draft = factories.funnel(offers=False, ships=False, languages=["en", "es"])
        Step.objects.filter(funnel=draft, key="thanks").update(translations={"es": {"title": "Gracias"}})

        assert [(str(each.step), each.message) for each in problems(draft)] == [
            ("Checkout", "“Checkout” has no text in Spanish for: title."),
            ("Checkout", "“Night serum” has no text in Spanish for: name."),
        ]

    def test_the_first_language_needs_no_translation(self) -> None:
        assert problems(factories.funnel(offers=False, ships=False, languages=["en"])) == []
