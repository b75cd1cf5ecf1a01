"""The shop and the switches of the race tests."""

from tests.concurrency.conftest import guards, shop, without_payment_index

__all__ = ["guards", "shop", "without_payment_index"]
