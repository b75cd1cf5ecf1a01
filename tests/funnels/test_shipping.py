"""Shipping rates: which fit a country, what they cost, and how they come into a published version."""

import json

import pytest

from funnels.models import Funnel, Merchant, ShippingRate, TaxRate
from funnels.pricing.quoting import quote
from funnels.pricing.shipping import NoDelivery, ShippingRateSpec, cheapest, chosen, fitting
from funnels.pricing.taxing import TaxRateSpec, TaxSpec
from funnels.publishing import NotReady, publish
from funnels.readiness import problems
from funnels.spec import dump, load
from tests import factories
from tests.funnels.specs import bump, checkout, funnel, item

STANDARD = ShippingRateSpec(1, "Standard", 490, ("US",), free_over=6000, delivery="3–5 days")
EXPRESS = ShippingRateSpec(2, "Express", 1200, ("US",))
ABROAD = ShippingRateSpec(3, "Abroad", 1500)
RATES = (STANDARD, EXPRESS, ABROAD)


class TestChoosing:
    def test_a_country_has_the_rates_that_name_it_and_only_else_the_rest(self) -> None:
        assert fitting(RATES, "US") == (STANDARD, EXPRESS)
        assert fitting(RATES, "FR") == (ABROAD,)

    def test_the_wanted_rate_is_taken_if_it_fits_and_the_first_one_if_it_does_not(self) -> None:
        assert chosen(RATES, "US", "2") == EXPRESS
        assert chosen(RATES, "US") == STANDARD
        assert chosen(RATES, "FR", "2") == ABROAD

    def test_without_any_rate_delivery_is_free(self) -> None:
        assert chosen((), "US") is None

    def test_a_country_that_no_rate_fits_gets_no_delivery(self) -> None:
        with pytest.raises(NoDelivery, match="There is no shipping rate for FR"):
            chosen((STANDARD,), "FR")

    def test_the_cheapest_is_cheapest_for_these_goods(self) -> None:
        assert cheapest((EXPRESS, STANDARD), "US", 100) == STANDARD
        assert cheapest(
            (ShippingRateSpec(4, "Flat", 100), ShippingRateSpec(5, "Free", 900, free_over=50)), "FR", 50
        ) == (ShippingRateSpec(5, "Free", 900, free_over=50))
        assert cheapest((STANDARD,), "FR", 100) is None


class TestPrices:
    @pytest.mark.parametrize(("amount", "cost"), [(5999, 490), (6000, 0), (6001, 0)])
    def test_delivery_is_free_from_an_amount_on(self, amount: int, cost: int) -> None:
        wanted = quote(checkout(item=item(amount, ships=True)), shipping=STANDARD)
        assert (wanted.shipping, wanted.shipping_name, wanted.total) == (cost, "Standard", amount + cost)

    def test_what_is_not_delivered_pays_no_delivery(self) -> None:
        wanted = quote(checkout(bump=bump()), shipping=EXPRESS)
        assert (wanted.shipping, wanted.shipping_name) == (0, "")

    def test_a_delivered_bump_brings_delivery_with_it(self) -> None:
        assert quote(checkout(bump=bump()), bump=True, shipping=EXPRESS).shipping == 1200


def test_a_version_from_before_there_were_rates_still_loads() -> None:
    data = json.loads(json.dumps(dump(funnel())))
    del data["shipping"], data["tax"]
    for step in data["steps"].values():
        if step["item"]:
            del step["item"]["tax_class"]
    loaded = load(data)
    assert (loaded.shipping, loaded.tax) == ((), TaxSpec())
    assert loaded == funnel()


@pytest.fixture
def draft(db: None) -> Funnel:
    return factories.funnel(countries=["US", "DE"])


@pytest.fixture
def owner(draft: Funnel) -> Merchant:
    return draft.merchant


def rate(owner: Merchant, **fields: object) -> ShippingRate:
    given = {"name": "Standard", "amount": 490, "countries": ["US", "DE"], **fields}
    return ShippingRate.objects.create(merchant=owner, **given)


class TestPublication:
    def test_rates_are_frozen_into_the_version(self, draft: Funnel, owner: Merchant) -> None:
        express = rate(owner, name="Express", amount=1200, position=2)
        standard = rate(owner, free_over=6000, delivery="3–5 days", position=1)
        rate(owner, name="Gone", active=False)
        rate(factories.merchant(), name="Somebody else's")
        TaxRate.objects.create(
            merchant=owner, country="US", region="IL", rate="8.2500", name="Sales tax", on_shipping=True
        )
        owner.prices_include_tax = True
        owner.save()

        version = publish(funnel=draft, by=None)
        ShippingRate.objects.all().delete()
        TaxRate.objects.all().delete()

        version.refresh_from_db()
        spec = load(version.compiled)
        assert spec.shipping == (
            ShippingRateSpec(standard.pk, "Standard", 490, ("US", "DE"), 6000, "3–5 days"),
            ShippingRateSpec(express.pk, "Express", 1200, ("US", "DE")),
        )
        assert spec.tax == TaxSpec(True, (TaxRateSpec("US", 82500, "Sales tax", "IL", on_shipping=True),))

    def test_a_funnel_that_delivers_nothing_takes_no_shipping_rates(self, db: None) -> None:
        owner = factories.merchant()
        rate(owner)
        assert factories.published(merchant=owner, ships=False).spec.shipping == ()

    def test_a_delivery_country_without_a_rate_stops_the_publication(self, draft: Funnel, owner: Merchant) -> None:
        rate(owner, countries=["US"])
        assert [(found.message, found.mend) for found in problems(draft)] == [
            (
                "There is no shipping rate for DE.",
                "Add a rate for it, or take it off the funnel's delivery countries.",
            )
        ]
        with pytest.raises(NotReady):
            publish(funnel=draft, by=None)

    def test_a_rate_for_everywhere_else_mends_it(self, draft: Funnel, owner: Merchant) -> None:
        rate(owner, countries=["US"])
        rate(owner, name="Abroad", countries=[])
        assert problems(draft) == []

    def test_a_rate_in_another_currency_is_told_of(self, draft: Funnel, owner: Merchant) -> None:
        rate(owner, countries=["US"])
        euros = rate(owner, name="Paket", countries=["DE"], currency="EUR")
        assert [(found.message, found.place) for found in problems(draft)] == [
            ("The shipping rate “Paket” for DE is not in USD like the prices.", euros)
        ]
