"""A card number is recognised wherever people and forms put one, and nothing else is taken for one."""

import pytest
from django.test import Client

from config.redaction import MASK, find_card_number, scrub

CARD = "4242424242424242"


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "378282246310005",
        f"my card is {CARD}.",
        f"{CARD} 12/34 123",
        "4242 4242 4242 4242 12/34",
        "12 4242 4242 4242 4242",
        f"1 2 3 {CARD} 4 5 6",
        f'{{"number": "{CARD}"}}',
    ],
)
def test_card_numbers_are_found_also_among_other_digits(text: str) -> None:
    assert find_card_number(text)
    assert not any(number in scrub(text) for number in (CARD, "4242 4242 4242 4242", "4242-4242-4242-4242"))
    assert MASK in scrub(text)


@pytest.mark.parametrize(
    "text",
    ["4242424242424241", "+1 555 010 0199", "0.4242424242424242", f"pay_{CARD}a", "0000000000000000", "12", ""],
)
def test_other_digits_are_no_card_numbers(text: str) -> None:
    assert not find_card_number(text)
    assert scrub(text) == text


def test_every_card_number_of_a_text_is_masked_and_the_rest_stays() -> None:
    assert scrub(f"a {CARD} b 3782 822463 10005 12/34") == f"a {MASK} b {MASK} 12/34"


@pytest.mark.django_db
@pytest.mark.parametrize("query", [f"utm_source={CARD}", "utm_source=4242+4242%204242-4242", "q=%34242424242424242"])
def test_an_address_with_a_card_number_is_refused_however_it_is_encoded(query: str) -> None:
    assert Client().get(f"/?{query}").status_code == 400
