"""Run ids in addresses are made of digits by chance; they must not be taken for card numbers."""

import pytest

from config.redaction import find_card_number, scrub

# Its first sixteen digits are a Visa number that passes the Luhn check.
UNLUCKY = "42424242-4242-4242-8f18-624d9e59eb1c"


def test_an_id_whose_digits_pass_for_a_card_is_let_through_and_kept_in_logs() -> None:
    address = f"/f/serum/{UNLUCKY}/checkout/"
    assert not find_card_number(address)
    assert scrub(address) == address


@pytest.mark.parametrize("text", ["42424242-4242-4242", "4242-4242-4242-4242", f"{UNLUCKY} 4242424242424242"])
def test_what_only_resembles_an_id_is_still_refused(text: str) -> None:
    assert find_card_number(text)
