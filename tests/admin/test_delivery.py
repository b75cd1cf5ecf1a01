"""Shipping and tax rates in the admin: typed as people write them, kept exactly, checked before they are kept."""

from decimal import Decimal

import pytest
from django.urls import reverse

from funnels.models import ShippingRate, TaxRate
from tests.admin.conftest import Shop

SHIPPING = {
    "name": "Standard", "delivery": "3–5 days", "countries": "us, CA, us", "currency": "usd", "amount": "4.90",
    "free_over": "60", "position": "0", "active": "on",
}  # fmt: skip
TAX = {"country": "US", "region": "illinois", "name": "Sales tax", "rate": "8.2500", "tax_class": "standard"}


def test_a_shipping_rate_is_typed_in_major_units_and_kept_in_minor_ones(fern: Shop) -> None:
    fern.client.post(reverse("admin:funnels_shippingrate_add"), SHIPPING)

    rate = ShippingRate.objects.get()
    assert (rate.merchant, rate.amount, rate.free_over, rate.currency) == (fern.merchant, 490, 6000, "USD")
    assert rate.countries == ["US", "CA"]
    page = fern.client.get(reverse("admin:funnels_shippingrate_change", args=[rate.pk])).content.decode()
    assert 'value="4.90"' in page
    listed = fern.client.get(reverse("admin:funnels_shippingrate_changelist")).content.decode()
    assert "$4.90, free from $60.00" in listed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"countries": "US, XX"}, "“XX” is not a country code."),
        ({"amount": "4.905"}, "This is finer than the smallest unit of USD."),
        ({"currency": "JPY", "free_over": "60.5"}, "This is finer than the smallest unit of JPY."),
    ],
)
def test_a_shipping_rate_that_makes_no_sense_is_refused(fern: Shop, changes: dict[str, str], message: str) -> None:
    page = fern.client.post(reverse("admin:funnels_shippingrate_add"), SHIPPING | changes)

    assert message in page.content.decode()
    assert not ShippingRate.objects.exists()


def test_a_tax_rate_keeps_the_regions_code(fern: Shop) -> None:
    fern.client.post(reverse("admin:funnels_taxrate_add"), TAX)

    rate = TaxRate.objects.get()
    assert (rate.region, rate.rate, rate.parts_per_million) == ("IL", Decimal("8.2500"), 82500)
    assert str(rate) == "Sales tax IL 8.25 %"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"region": "Bavaria"}, "This is no state or province of the country."),
        ({"country": "XX"}, "“XX” is not a country code."),
        ({"rate": "101"}, "Ensure this value is less than or equal to 100."),
    ],
)
def test_a_tax_rate_that_makes_no_sense_is_refused(fern: Shop, changes: dict[str, str], message: str) -> None:
    page = fern.client.post(reverse("admin:funnels_taxrate_add"), TAX | changes)

    assert message in page.content.decode()
    assert not TaxRate.objects.exists()


def test_one_place_and_class_has_one_rate(fern: Shop) -> None:
    for _ in range(2):
        page = fern.client.post(reverse("admin:funnels_taxrate_add"), TAX)

    assert page.status_code == 200
    assert TaxRate.objects.count() == 1
