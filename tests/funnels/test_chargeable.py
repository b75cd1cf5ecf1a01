"""A funnel whose amounts the gateway would refuse, or whose address form nobody can fill in, is not published."""

import pytest

from funnels.models import Funnel, Product, ShippingRate, TaxRate
from funnels.readiness import problems
from tests import factories

pytestmark = pytest.mark.django_db


def told(funnel: Funnel) -> list[tuple[str, str]]:
    """(key of the step or "", mend) of every problem."""
    found = problems(Funnel.objects.get(pk=funnel.pk))
    return [(problem.step.key if problem.step else "", problem.mend) for problem in found]


@pytest.mark.parametrize(
    ("provider", "currency", "amount", "accepted"),
    [
        ("stripe", "KWD", 4905, False),
        ("stripe", "KWD", 4910, True),
        ("stripe", "JPY", 4905, True),
        ("nmi", "KWD", 4905, False),
        ("nmi", "KWD", 4910, True),
        ("nmi", "JPY", 4905, True),
    ],
)
def test_a_price_that_the_gateway_cannot_charge_exactly(
    provider: str, currency: str, amount: int, accepted: bool
) -> None:
    draft = factories.funnel(provider, currency=currency, checkout_amount=amount)
    assert told(draft) == ([] if accepted else [("checkout", "Choose a price with fewer decimals.")])


def test_a_bump_that_the_gateway_cannot_charge_exactly() -> None:
    draft = factories.funnel(currency="KWD", checkout_amount=4900, bump_amount=1005)
    assert told(draft) == [("checkout", "Choose a price with fewer decimals.")]


@pytest.mark.parametrize(
    ("currency", "inclusive", "accepted"), [("KWD", False, False), ("KWD", True, True), ("JPY", False, True)]
)
def test_added_taxes_must_come_to_amounts_that_the_gateway_can_charge(
    currency: str, inclusive: bool, accepted: bool
) -> None:
    owner = factories.merchant(prices_include_tax=inclusive)
    TaxRate.objects.create(merchant=owner, country="KW", rate="5", name="VAT")
    assert told(factories.funnel(merchant=owner, currency=currency)) == (
        [] if accepted else [("", "Let your prices include the tax.")]
    )


def test_a_shipping_rate_that_the_gateway_cannot_charge_exactly() -> None:
    owner = factories.merchant()
    ShippingRate.objects.create(merchant=owner, name="Standard", amount=1005, currency="KWD")
    assert told(factories.funnel(merchant=owner, currency="KWD")) == [("", "Choose an amount with fewer decimals.")]


def test_a_checkout_may_be_free_and_an_offer_may_not() -> None:
    assert told(factories.funnel(checkout_amount=0)) == []
    assert told(factories.funnel(upsell_amount=0)) == [("night-cream", "Choose another price.")]


def test_a_bump_that_ships_needs_countries_too() -> None:
    draft = factories.funnel(ships=False, bump_amount=900)
    Product.objects.filter(name="Gua sha stone").update(ships=True)
    assert told(draft) == [("checkout", "Enter the funnel's delivery countries.")]
