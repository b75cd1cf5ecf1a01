"""One quote prices the page, the order, the charge and the receipt."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnels.pricing.quoting import NotForSale, Quote, QuoteLine, quote
from funnels.spec import StepKind, StepSpec
from integrations.money import Money
from tests.funnels.specs import bump, checkout, item

LINES = st.builds(
    QuoteLine,
    price_id=st.integers(1, 99),
    product_id=st.integers(1, 99),
    name=st.text(max_size=20),
    quantity=st.integers(1, 100),
    unit_amount=st.integers(0, 10**9),
)
QUOTES = st.builds(Quote, st.just("USD"), st.lists(LINES, min_size=1, max_size=4).map(tuple), st.integers(0, 500))


def test_a_quote_costs_the_price_times_the_quantity() -> None:
    wanted = quote(checkout(), quantity=3)
    assert (wanted.subtotal, wanted.total, wanted.money) == (14700, 14700, Money(14700, "USD"))
    assert [(line.name, line.quantity, line.unit_amount) for line in wanted.lines] == [("Night serum", 3, 4900)]


def test_a_chosen_bump_adds_one_whatever_the_quantity() -> None:
    wanted = quote(checkout(bump=bump()), quantity=2, bump=True)
    assert [(line.name, line.quantity, line.amount) for line in wanted.lines] == [
        ("Night serum", 2, 9800),
        ("Gua sha stone", 1, 900),
    ]
    assert wanted.total == 10700


def test_a_bump_that_is_not_chosen_costs_nothing() -> None:
    assert quote(checkout(bump=bump())).total == 4900


def test_a_bump_that_the_step_does_not_have_is_not_sold() -> None:
    assert quote(checkout(), bump=True).total == 4900


@pytest.mark.parametrize("quantity", [-1, 0, 4, 10**9])
def test_a_quantity_that_is_not_offered_is_refused(quantity: int) -> None:
    with pytest.raises(NotForSale, match="The quantity must be between 1 and 3"):
        quote(checkout(), quantity=quantity)


def test_a_step_without_a_price_sells_nothing() -> None:
    with pytest.raises(NotForSale, match="The step 'thanks' sells nothing"):
        quote(StepSpec("thanks", StepKind.THANK_YOU, "Thank you"))


def test_a_free_item_is_a_quote_of_zero() -> None:
    assert quote(checkout(item=item(0))).total == 0


@given(QUOTES)
def test_a_quote_survives_json(wanted: Quote) -> None:
    assert Quote.load(json.loads(json.dumps(wanted.dump()))) == wanted


@given(QUOTES)
def test_the_total_is_the_sum_of_its_parts(wanted: Quote) -> None:
    assert wanted.total == sum(line.quantity * line.unit_amount for line in wanted.lines) - wanted.discount
