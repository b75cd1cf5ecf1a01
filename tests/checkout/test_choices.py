"""A checkout that offers several things, each in its own quantity from 0."""

from typing import Any

import pytest

from checkout.page import choices
from checkout.page.messages import CHECK_YOUR_ORDER
from funnels.models import FunnelVersion
from funnels.spec import ChoiceSpec, ItemSpec, StepKind, StepSpec
from orders.models import Order, Payment, Stock
from orders.stock import stocking
from tests import factories
from tests.checkout.conftest import Shopper, text
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def choice(price_id: int, product_id: int, most: int = 5) -> ChoiceSpec:
    return ChoiceSpec(ItemSpec(price_id, product_id, f"Kind {price_id}", 1000, "USD"), most)


STEP = StepSpec("checkout", StepKind.CHECKOUT, "Tickets", choices=(choice(1, 10), choice(2, 10), choice(3, 20)))


class TestChoosing:
    def test_before_anything_is_typed_there_is_one_of_the_first_kind_that_is_left(self) -> None:
        assert choices.preset(STEP, {}) == {"quantity_1": "1"}
        assert choices.preset(STEP, {10: 0, 20: 4}) == {"quantity_3": "1"}
        assert choices.preset(STEP, {10: 0, 20: 0}) == {}

    def test_kinds_of_one_product_share_what_is_left_of_it(self) -> None:
        had = choices.reduced(STEP, {1: 3, 2: 3, 3: 2}, {10: 4})
        assert had == {"quantity_1": "3", "quantity_2": "1", "quantity_3": "2"}

    def test_where_nothing_chosen_is_left_another_kind_stands_in_its_place(self) -> None:
        had = choices.reduced(STEP, {1: 1}, {10: 0, 20: 9})
        assert had == {"quantity_1": "0", "quantity_2": "0", "quantity_3": "1"}


@pytest.fixture
def version() -> FunnelVersion:
    return factories.with_choices(
        {"Weekend": 18900, "Saturday": 8900, "Sunday": 7900}, units={"Saturday": 4, "Sunday": 0}
    )


@pytest.fixture
def visitor(version: FunnelVersion) -> Shopper:
    shopper = Shopper(version)
    shopper.start()
    return shopper


def fields_of(version: FunnelVersion) -> dict[str, str]:
    """Each kind's field by its name."""
    step = version.spec.steps["checkout"]
    return {each.item.name: choices.field_name(each) for each in step.choices}


def quantities(version: FunnelVersion, **wanted: int) -> dict[str, str]:
    return {field: str(wanted.get(name, 0)) for name, field in fields_of(version).items()}


class TestThePage:
    def test_it_offers_each_kind_with_its_price_and_what_is_left_of_it(self, visitor: Shopper) -> None:
        page = visitor.see("checkout")
        said, markup = text(page), page.content.decode()
        assert "Weekend $189.00" in said
        assert "Saturday $89.00 Only 4 left" in said
        assert "Sunday $79.00 Sold out" in said
        assert markup.count('type="number"') == 2
        assert 'max="4"' in markup
        assert 'id="shown_total" value="18900"' in markup

    def test_it_costs_no_more_queries_than_another_page_with_stock(
        self, visitor: Shopper, django_assert_num_queries: Any
    ) -> None:
        page = visitor.url("checkout")
        with django_assert_num_queries(3):  # the run, the stock, the gateway's account
            visitor.client.get(page)

    def test_the_summary_prices_what_was_typed(self, visitor: Shopper, version: FunnelVersion) -> None:
        answer = visitor.client.post(visitor.url("checkout", "summary"), quantities(version, Weekend=2, Saturday=1))
        assert answer.json()["total_minor"] == 46700
        assert answer.json()["submit_label"] == "Pay $467.00"

    @pytest.mark.parametrize("wanted", [{}, {"Weekend": 11}])
    def test_nothing_and_too_many_have_no_price_and_say_why(
        self, visitor: Shopper, version: FunnelVersion, wanted: dict[str, int]
    ) -> None:
        answer = visitor.client.post(visitor.url("checkout", "summary"), quantities(version, **wanted))
        assert answer.status_code == 422
        told = "This quantity is not available. Please check your order."
        assert answer.json() == {
            "error": told if wanted else "Choose at least one. Nothing was charged.",
            "field": "choices",
        }


class TestPaying:
    def test_each_kind_becomes_a_line_and_is_taken_from_its_stock(
        self, version: FunnelVersion, sandbox: Sandbox
    ) -> None:
        shopper = Shopper(version, sandbox)
        shopper.start()
        answer = shopper.submit(**quantities(version, Weekend=2, Saturday=1))
        assert answer.headers["Location"] == shopper.url("night-cream")
        order = Order.objects.get()
        assert list(order.lines.values_list("name", "quantity", "subtotal")) == [
            ("Weekend", 2, 37800),
            ("Saturday", 1, 8900),
        ]
        assert order.captured == 46700
        assert Stock.objects.get(product__name="Saturday").sold == 1
        assert stocking.audit() == []

    def test_nothing_chosen_is_told_and_charges_nothing(self, visitor: Shopper, version: FunnelVersion) -> None:
        answer = visitor.submit(payment_token="tok", **quantities(version))
        assert answer.status_code == 422
        assert f"{CHECK_YOUR_ORDER} Choose at least one. Nothing was charged. Change your order" in text(answer)
        first = version.spec.steps["checkout"].choices[0].item.price_id
        assert f'<a href="#quantity_{first}">Change your order</a>' in answer.content.decode()
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("wanted", [{}, {"Weekend": 11, "Saturday": 1}])
    def test_quantities_that_cannot_be_had_stay_as_they_were_typed(
        self, wanted: dict[str, int], visitor: Shopper, version: FunnelVersion
    ) -> None:
        page = visitor.submit(payment_token="tok", **quantities(version, **wanted)).context["page"]
        assert {choice.product.name: choice.quantity for choice in page.choices} == {
            "Weekend": wanted.get("Weekend", 0),
            "Saturday": wanted.get("Saturday", 0),
            "Sunday": 0,
        }

    def test_a_kind_that_sold_out_meanwhile_is_named_and_the_rest_kept(
        self, visitor: Shopper, version: FunnelVersion
    ) -> None:
        Stock.objects.filter(product__name="Saturday").update(total=1)
        answer = visitor.submit(payment_token="tok", **quantities(version, Weekend=1, Saturday=3))
        assert answer.status_code == 409
        assert "Only 1 of “Saturday” is left now. Nothing was charged." in text(answer)
        assert 'id="shown_total" value="27800"' in answer.content.decode()
        Stock.objects.filter(product__name="Saturday").update(total=0)
        again = visitor.submit(payment_token="tok", **quantities(version, Weekend=1, Saturday=3))
        assert "“Saturday” is sold out now. Nothing was charged." in text(again)
        assert not Payment.objects.exists()

    def test_the_choice_is_remembered(self, visitor: Shopper, version: FunnelVersion) -> None:
        visitor.submit(payment_token="tok", email="wrong", **quantities(version, Saturday=2))
        page = visitor.see("checkout").content.decode()
        assert 'id="shown_total" value="17800"' in page
        field = fields_of(version)["Saturday"]
        assert f'name="{field}" value="2"' in page

    def test_where_every_kind_is_sold_out_the_page_says_so(self) -> None:
        shopper = Shopper(
            factories.with_choices({"Saturday": 8900, "Sunday": 7900}, units={"Saturday": 0, "Sunday": 0})
        )
        shopper.start()
        assert "Everything is sold out" in text(shopper.see("checkout"))
