"""Money is exact: what goes in comes out, in every currency, and two currencies never meet."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.money import CurrencyMismatch, Money, decimals

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "GBP", "KRW", "BHD"])
AMOUNTS = st.integers(min_value=-(10**15), max_value=10**15)
MONEY = st.builds(Money, AMOUNTS, CURRENCIES)


@pytest.mark.parametrize(("currency", "expected"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_has_the_decimals_of_its_country(currency: str, expected: int) -> None:
    assert decimals(currency) == expected


@pytest.mark.parametrize("code", ["", "XXY", "usd!", "DOLLAR"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="is not a currency code"):
        decimals(code)


@given(MONEY)
def test_a_decimal_reads_back_as_the_same_money(money: Money) -> None:
    assert Money.from_decimal(money.to_decimal(), money.currency) == money


@given(MONEY)
def test_a_decimals_text_reads_back_as_the_same_money(money: Money) -> None:
    assert Money.from_decimal(str(money.to_decimal()), money.currency) == money


@given(AMOUNTS, AMOUNTS, CURRENCIES)
def test_adding_and_taking_away_cancel_out(first: int, second: int, currency: str) -> None:
    assert Money(first, currency) + Money(second, currency) - Money(second, currency) == Money(first, currency)


@given(AMOUNTS, st.integers(min_value=0, max_value=1000), CURRENCIES)
def test_a_multiple_is_the_amount_added_so_often(amount: int, quantity: int, currency: str) -> None:
    assert Money(amount, currency) * quantity == Money(amount * quantity, currency)


@given(AMOUNTS, AMOUNTS, CURRENCIES)
def test_order_is_the_order_of_the_amounts(first: int, second: int, currency: str) -> None:
    assert (Money(first, currency) < Money(second, currency)) == (first < second)
    assert (Money(first, currency) <= Money(second, currency)) == (first <= second)


@pytest.mark.parametrize(
    "meet", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b], ids=["+", "-", "<", "<="]
)
def test_two_currencies_never_meet(meet) -> None:
    with pytest.raises(CurrencyMismatch, match="USD and EUR cannot be combined"):
        meet(Money(1, "USD"), Money(1, "EUR"))


def test_equal_amounts_of_two_currencies_are_not_equal() -> None:
    assert Money(100, "USD") != Money(100, "CAD")


def test_only_zero_is_falsy() -> None:
    assert not Money.zero("USD")
    assert Money(1, "USD")
    assert Money(-1, "USD")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [(4900, "USD", "49.00"), (500, "JPY", "500"), (12345, "KWD", "12.345"), (-5, "EUR", "-0.05")],
)
def test_major_units_have_exactly_the_currencys_decimals(amount: int, currency: str, expected: str) -> None:
    assert str(Money(amount, currency).to_decimal()) == expected


@pytest.mark.parametrize(("text", "currency"), [("49.001", "USD"), ("1.5", "JPY"), ("0.0001", "KWD")])
def test_what_is_finer_than_a_minor_unit_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="finer than the smallest unit"):
        Money.from_decimal(text, currency)


@pytest.mark.parametrize("text", ["", "ten", "1,50", "NaN", "Infinity", "1e999999999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        Money.from_decimal(text, "USD")


def test_trailing_zeros_are_no_finer_amount() -> None:
    assert Money.from_decimal(Decimal("49.0000"), "USD") == Money(4900, "USD")


@pytest.mark.parametrize(
    ("money", "locale", "expected"),
    [
        (Money(4900, "USD"), "en", "$49.00"),
        (Money(123456, "EUR"), "de-de", "1.234,56\xa0€"),
        (Money(500, "JPY"), "en", "¥500"),
        (Money(-4900, "USD"), "en", "-$49.00"),
    ],
)
def test_money_is_written_as_people_write_it(money: Money, locale: str, expected: str) -> None:
    assert money.format(locale) == expected


def test_text_for_staff_is_english() -> None:
    assert str(Money(4900, "USD")) == "$49.00"
