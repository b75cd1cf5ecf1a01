"""Taxes: which rate applies where, what it comes to, and that the parts of a quote always add up."""

import json

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from funnels.pricing.quoting import Quote, quote
from funnels.pricing.regions import REGIONS, region_code
from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import EXEMPT, REDUCED, STANDARD, Destination, Tax, TaxRateSpec, TaxSpec, tax_on
from funnels.spec import StepSpec
from tests.funnels.specs import bump, checkout, item

ILLINOIS = TaxRateSpec("US", 82500, "Sales tax", region="IL", on_shipping=True)
GERMANY = TaxRateSpec("DE", 190000, "VAT", on_shipping=True)
GERMANY_REDUCED = TaxRateSpec("DE", 70000, "VAT", tax_class=REDUCED)
EXCLUSIVE = TaxSpec(inclusive=False, rates=(ILLINOIS, GERMANY, GERMANY_REDUCED))
INCLUSIVE = TaxSpec(inclusive=True, rates=(ILLINOIS, GERMANY, GERMANY_REDUCED))
CHICAGO, BERLIN = Destination("US", "IL"), Destination("DE", "Berlin")
STANDARD_DELIVERY = ShippingRateSpec(1, "Standard", 490)


def shipped(amount: int = 4900, **fields: object) -> StepSpec:
    return checkout(item=item(amount, ships=True, **fields), bump=bump())


class TestRates:
    @pytest.mark.parametrize("typed", ["IL", "il", " Illinois ", "ILLINOIS", "I.L.", "US-IL"])
    def test_a_state_is_found_however_it_is_spelled(self, typed: str) -> None:
        assert EXCLUSIVE.rate_for(STANDARD, Destination("US", typed)) == ILLINOIS

    @pytest.mark.parametrize("place", [Destination("US", "OR"), Destination("US"), Destination("FR"), Destination()])
    def test_where_no_rate_is_set_nothing_is_due(self, place: Destination) -> None:
        assert EXCLUSIVE.rate_for(STANDARD, place) is None

    def test_a_region_comes_before_its_country_and_replaces_it(self) -> None:
        canada = TaxRateSpec("CA", 50000, "GST")
        ontario = TaxRateSpec("CA", 130000, "HST", region="ON")
        rates = TaxSpec(rates=(canada, ontario))
        assert rates.rate_for(STANDARD, Destination("CA", "ontario")) == ontario
        assert rates.rate_for(STANDARD, Destination("CA", "Alberta")) == canada

    def test_a_region_of_an_unlisted_country_is_compared_as_typed(self) -> None:
        canary = TaxRateSpec("ES", 70000, "IGIC", region="Canarias")
        assert TaxSpec(rates=(canary,)).rate_for(STANDARD, Destination("ES", " canarias")) == canary

    def test_reduced_goods_take_the_reduced_rate_and_the_standard_one_where_there_is_none(self) -> None:
        assert EXCLUSIVE.rate_for(REDUCED, BERLIN) == GERMANY_REDUCED
        assert EXCLUSIVE.rate_for(REDUCED, CHICAGO) == ILLINOIS

    def test_exempt_goods_take_none(self) -> None:
        assert EXCLUSIVE.rate_for(EXEMPT, BERLIN) is None

    def test_every_listed_region_is_found_by_code_and_by_name(self) -> None:
        for country, regions in REGIONS.items():
            for code, name in regions.items():
                assert (region_code(country, code), region_code(country, name)) == (code, code)

    def test_what_is_no_region_of_a_listed_country_is_none(self) -> None:
        assert region_code("US", "Bavaria") == ""


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "rate", "due"), [(50, 10000, 1), (49, 10000, 0), (4900, 82500, 404), (200, 2500, 1)]
    )
    def test_half_a_unit_rounds_up(self, amount: int, rate: int, due: int) -> None:
        found = tax_on(amount, TaxRateSpec("US", rate, "Tax"), inclusive=False)
        assert found is not None
        assert found.amount == due

    @pytest.mark.parametrize(("amount", "due"), [(11900, 1900), (9900, 1581), (100, 16), (1, 0)])
    def test_the_share_in_a_price_that_contains_it(self, amount: int, due: int) -> None:
        found = tax_on(amount, GERMANY, inclusive=True)
        assert found is not None
        assert found.amount == due

    def test_exclusive_tax_is_added_for_each_line_and_the_shipping(self) -> None:
        wanted = quote(shipped(), bump=True, shipping=STANDARD_DELIVERY, tax=EXCLUSIVE, destination=CHICAGO)
        assert [(line.tax, line.tax_included) for line in wanted.lines] == [(404, 0), (74, 0)]
        assert (wanted.subtotal, wanted.shipping, wanted.shipping_tax, wanted.tax) == (5800, 490, 40, 518)
        assert (wanted.tax_included, wanted.total) == (0, 6808)
        assert wanted.taxes == (Tax("Sales tax", "IL", 82500, 518, included=False),)

    def test_inclusive_tax_is_a_part_of_the_price_and_adds_nothing(self) -> None:
        wanted = quote(shipped(), bump=True, shipping=STANDARD_DELIVERY, tax=INCLUSIVE, destination=BERLIN)
        assert [(line.tax, line.tax_included) for line in wanted.lines] == [(0, 782), (0, 144)]
        assert (wanted.shipping_tax, wanted.tax, wanted.tax_included, wanted.total) == (78, 0, 1004, 6290)
        assert wanted.taxes == (Tax("VAT", "", 190000, 1004, included=True),)

    def test_two_classes_are_told_apart(self) -> None:
        step = checkout(item=item(ships=True, tax_class=REDUCED), bump=bump())
        wanted = quote(step, bump=True, tax=INCLUSIVE, destination=BERLIN)
        assert [(tax.rate, tax.amount) for tax in wanted.taxes] == [(70000, 321), (190000, 144)]

    def test_shipping_is_taxed_only_where_the_rate_says_so(self) -> None:
        goods_only = TaxSpec(rates=(TaxRateSpec("US", 82500, "Sales tax"),))
        wanted = quote(shipped(), shipping=STANDARD_DELIVERY, tax=goods_only, destination=CHICAGO)
        assert (wanted.shipping_tax, wanted.tax) == (0, 404)

    def test_labels_name_the_region_and_the_rate_in_the_readers_way(self) -> None:
        assert Tax("Sales tax", "IL", 82500, 404, included=False).label("en") == "Sales tax (IL 8.25%)"
        assert Tax("MwSt.", "", 190000, 1, included=True).label("de") == "MwSt. (19\xa0%)"


RATES = st.builds(
    TaxRateSpec,
    country=st.sampled_from(["US", "DE", "JP", "KW"]),
    rate=st.integers(0, 1_000_000),
    name=st.sampled_from(["VAT", "Sales tax"]),
    region=st.sampled_from(["", "IL"]),
    tax_class=st.sampled_from([STANDARD, REDUCED]),
    on_shipping=st.booleans(),
)
PLACES = st.builds(Destination, st.sampled_from(["US", "DE", "JP", "KW", ""]), st.sampled_from(["", "IL", "x"]))
DELIVERIES = st.none() | st.builds(
    ShippingRateSpec,
    id=st.just(1),
    name=st.just("Standard"),
    amount=st.integers(0, 10**7),
    free_over=st.none() | st.integers(0, 10**7),
)


@st.composite
def quotes(draw: st.DrawFn, inclusive: bool) -> Quote:
    currency = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    classes = st.sampled_from([STANDARD, REDUCED, EXEMPT])
    amounts = st.integers(0, 10**9)
    step = checkout(
        item=item(draw(amounts), ships=draw(st.booleans()), tax_class=draw(classes), currency=currency), bump=bump()
    )
    tax = TaxSpec(inclusive, tuple(draw(st.lists(RATES, max_size=5))))
    return quote(
        step,
        quantity=draw(st.integers(1, 3)),
        bump=draw(st.booleans()),
        shipping=draw(DELIVERIES),
        tax=tax,
        destination=draw(PLACES),
    )


@given(quotes(inclusive=False) | quotes(inclusive=True))
def test_the_parts_of_every_quote_add_up_and_none_is_negative(wanted: Quote) -> None:
    assert wanted.total == wanted.subtotal - wanted.discount + wanted.shipping + wanted.tax
    shipping_added, shipping_included = (wanted.shipping_tax, 0) if wanted.tax else (0, wanted.shipping_tax)
    assert sum(line.tax for line in wanted.lines) + shipping_added == wanted.tax
    assert sum(line.tax_included for line in wanted.lines) + shipping_included == wanted.tax_included
    assert sum(tax.amount for tax in wanted.taxes) == wanted.tax + wanted.tax_included
    parts = [wanted.tax, wanted.tax_included, wanted.shipping, wanted.shipping_tax, wanted.total]
    assert min(parts + [part for line in wanted.lines for part in (line.tax, line.tax_included)]) >= 0


@given(quotes(inclusive=True))
def test_inclusive_tax_never_changes_a_total(wanted: Quote) -> None:
    assert wanted.tax == 0
    assert wanted.total == wanted.subtotal + wanted.shipping
    assert wanted.tax_included <= wanted.total


@given(quotes(inclusive=False) | quotes(inclusive=True))
def test_a_taxed_quote_survives_json(wanted: Quote) -> None:
    assert Quote.load(json.loads(json.dumps(wanted.dump()))) == wanted


@pytest.mark.parametrize(
    ("tax", "label"),
    [
        (Tax("VAT", "", 190000, 0, included=True), "IVA (19\N{NO-BREAK SPACE}%)"),
        (Tax("Sales tax", "IL", 82500, 0, included=False), "Impuesto sobre las ventas (IL 8,25\N{NO-BREAK SPACE}%)"),
        (Tax("Harbour levy", "", 20000, 0, included=False), "Harbour levy (2\N{NO-BREAK SPACE}%)"),
    ],
)
def test_a_common_name_is_read_in_the_shoppers_language_and_any_other_as_it_is_written(tax: Tax, label: str) -> None:
    with translation.override("es"):
        assert tax.label("es") == label
