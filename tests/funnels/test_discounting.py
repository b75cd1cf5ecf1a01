"""A coupon's discount is shared among lines to the last unit, and never makes anything cost less than nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnels.pricing.discounting import Discount, apportioned, shares
from funnels.pricing.quoting import Quote, quote
from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import Destination, TaxRateSpec, TaxSpec
from funnels.spec import BumpSpec, ItemSpec, StepKind, StepSpec

WELCOME20 = Discount(coupon_id=1, code="WELCOME20", rate=200_000)
SAVE10 = Discount(coupon_id=2, code="SAVE10", amount=1000)


def item(amount: int, product: int = 1, **fields: object) -> ItemSpec:
    return ItemSpec(
        price_id=product, product_id=product, name=f"Product {product}", amount=amount, currency="USD", **fields
    )


def step(amount: int = 4900, *, bump: int = 1800, **fields: object) -> StepSpec:
    return StepSpec(
        key="checkout",
        kind=StepKind.CHECKOUT,
        title="Checkout",
        item=item(amount, **fields),
        bump=BumpSpec(item(bump, 2), "More", "of it"),
        max_quantity=3,
    )


def off(wanted: Quote) -> list[int]:
    return [line.discount for line in wanted.lines]


class TestShares:
    @pytest.mark.parametrize(
        ("amounts", "discount", "expected"),
        [
            ([4900], WELCOME20, (980,)),
            ([4900, 1800], WELCOME20, (980, 360)),
            ([999], WELCOME20, (200,)),  # 199.8 is rounded half up
            ([333, 333, 333], SAVE10, (333, 333, 333)),
            ([1000, 1000, 1000], SAVE10, (334, 333, 333)),
            ([1, 1, 1], replace(SAVE10, amount=2), (1, 1, 0)),
            ([400], SAVE10, (400,)),
            ([0], SAVE10, (0,)),
        ],
    )
    def test_are_whole_units_that_add_up(
        self, amounts: list[int], discount: Discount, expected: tuple[int, ...]
    ) -> None:
        assert shares(discount, [(1, amount) for amount in amounts]) == expected

    def test_of_products_that_are_not_named_are_nothing(self) -> None:
        named = replace(SAVE10, products=frozenset({2}))
        assert shares(named, [(1, 4900), (2, 1800)]) == (0, 1000)
        assert shares(named, [(1, 4900), (2, 700)]) == (0, 700)
        assert shares(replace(WELCOME20, products=frozenset({9})), [(1, 4900)]) == (0,)

    @given(
        st.lists(st.tuples(st.integers(1, 3), st.integers(0, 10**7)), min_size=1, max_size=6),
        st.integers(0, 1_000_000),
        st.integers(0, 10**7),
        st.frozensets(st.integers(1, 3)),
    )
    def test_never_exceed_a_line_nor_touch_others(
        self, lines: list[tuple[int, int]], rate: int, amount: int, products: frozenset[int]
    ) -> None:
        discount = Discount(1, "X", rate=rate, amount=amount, products=products)
        parts = shares(discount, lines)
        assert all(0 <= part <= line[1] for part, line in zip(parts, lines, strict=True))
        assert not any(part for part, line in zip(parts, lines, strict=True) if not discount.covers(line[0]))
        goods = sum(line[1] for line in lines if discount.covers(line[0]))
        assert sum(parts) == min(goods, (2 * goods * rate + 1_000_000) // 2_000_000 + amount)

    def test_of_equal_remainders_the_first_gets_the_unit(self) -> None:
        assert apportioned(100, [1, 1, 1]) == (34, 33, 33)


class TestQuotes:
    def test_name_the_coupon_and_each_lines_share(self) -> None:
        wanted = quote(step(), quantity=2, bump=True, coupon=WELCOME20)
        assert (wanted.subtotal, wanted.discount, wanted.total) == (11600, 2320, 9280)
        assert off(wanted) == [1960, 360]
        assert (wanted.coupon, wanted.coupon_id) == ("WELCOME20", 1)

    def test_of_a_coupon_that_takes_nothing_off_do_not_name_it(self) -> None:
        wanted = quote(step(), coupon=replace(SAVE10, products=frozenset({7})))
        assert (wanted.coupon, wanted.coupon_id, wanted.discount) == ("", None, 0)

    def test_never_go_below_zero(self) -> None:
        wanted = quote(step(700), coupon=SAVE10)
        assert (wanted.discount, wanted.total) == (700, 0)

    def test_tax_what_is_left_of_each_line(self) -> None:
        rates = TaxSpec(
            rates=(TaxRateSpec("US", 100_000, "Sales tax"), TaxRateSpec("US", 50_000, "Sales tax", tax_class="reduced"))
        )
        wanted = quote(step(tax_class="reduced"), bump=True, coupon=WELCOME20, tax=rates, destination=Destination("US"))
        assert [line.tax for line in wanted.lines] == [196, 144]  # 5 % of 3920, 10 % of 1440
        assert wanted.total == 3920 + 1440 + 196 + 144

    def test_contain_the_tax_of_what_is_left(self) -> None:
        rates = TaxSpec(inclusive=True, rates=(TaxRateSpec("DE", 190_000, "VAT"),))
        wanted = quote(step(11900), coupon=Discount(3, "HALF", rate=500_000), tax=rates, destination=Destination("DE"))
        assert (wanted.tax_included, wanted.total) == (950, 5950)

    def test_deliver_free_only_for_what_the_goods_cost_after_the_coupon(self) -> None:
        rate = ShippingRateSpec(1, "Standard", 490, free_over=4500)
        assert quote(step(ships=True), shipping=rate).shipping == 0
        assert quote(step(ships=True), shipping=rate, coupon=WELCOME20).shipping == 490

    def test_survive_being_stored(self) -> None:
        wanted = quote(step(), bump=True, coupon=WELCOME20)
        assert Quote.load(wanted.dump()) == wanted

    def test_stored_before_there_were_coupons_are_read(self) -> None:
        stored = quote(step()).dump()
        del stored["coupon"], stored["coupon_id"], stored["lines"][0]["discount"]
        assert Quote.load(stored) == quote(step())
