"""Shipping methods and taxes on the shopper's pages: shown before anything is paid, charged exactly as shown."""

from typing import Any

import pytest

from checkout.models import Run
from funnels.models import FunnelVersion, Merchant, Product, ShippingRate, TaxRate
from orders.models import Order, Payment
from tests import factories, working
from tests.checkout.conftest import FORM, Shopper, text
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

FIELDS = {name: value for name, value in FORM.items() if name != "in_page"}


def shop(*, inclusive: bool = False, shipping: bool = True, tax: bool = True) -> Merchant:
    """A merchant who ships to the US two ways and to Germany one way, and owes sales tax in Illinois and VAT in Germany."""
    owner = factories.merchant(prices_include_tax=inclusive)
    if shipping:
        for position, (name, amount, countries, free_over) in enumerate(
            [("Standard", 490, ["US"], 6000), ("Express", 1200, ["US"], None), ("Paket", 1500, ["DE"], None)]
        ):
            ShippingRate.objects.create(
                merchant=owner, name=name, amount=amount, countries=countries, free_over=free_over,
                position=position, delivery=f"{position + 1} days",
            )  # fmt: skip
    if tax:
        TaxRate.objects.create(
            merchant=owner, country="US", region="IL", rate="8.25", name="Sales tax", on_shipping=True
        )
        TaxRate.objects.create(merchant=owner, country="DE", rate="19", name="VAT", on_shipping=True)
    return owner


def visit(version: FunnelVersion, sandbox: Sandbox | None = None) -> Shopper:
    shopper = Shopper(version, sandbox)
    shopper.start()
    return shopper


@pytest.fixture
def visitor(db: None) -> Shopper:
    return visit(factories.published(merchant=shop(), bump_amount=1900))


def update(shopper: Shopper, **fields: str) -> Any:
    """The summary that the page's script asks for."""
    return shopper.client.post(shopper.url("checkout", "summary"), FIELDS | fields)


def rate(name: str) -> str:
    return str(ShippingRate.objects.get(name=name).pk)


class TestMethods:
    def test_the_first_country_and_its_first_method_are_the_estimate(self, visitor: Shopper) -> None:
        page = text(visitor.see("checkout"))
        assert "Standard 1 days $4.90 Express 2 days $12.00" in page
        assert "Shipping Standard $4.90" in page
        assert "Tax is added here once we know your state or province" in page
        assert "Pay $53.90" in page

    def test_the_chosen_method_changes_the_total(self, visitor: Shopper) -> None:
        answer = update(visitor, state="OR", shipping=rate("Express")).json()
        assert (answer["total_minor"], answer["submit_label"]) == (6100, "Pay $61.00")
        assert f'value="{rate("Express")}" autocomplete="off" data-reprice checked' in answer["methods"]

    def test_delivery_becomes_free_from_an_amount_on(self, visitor: Shopper) -> None:
        answer = update(visitor, state="OR", bump="on").json()
        assert answer["total_minor"] == 6800
        assert "Free" in answer["methods"]

    def test_a_country_with_one_method_shows_it_as_a_line(self, visitor: Shopper) -> None:
        answer = update(visitor, country="DE", state="Berlin", shipping=rate("Express")).json()
        assert "radio" not in answer["methods"]
        assert "Paket" in answer["methods"]
        assert answer["total_minor"] == 4900 + 1500 + 931 + 285

    def test_a_funnel_without_rates_delivers_free_and_offers_no_choice(self, db: None) -> None:
        shopper = visit(factories.published())
        page = shopper.see("checkout")
        assert b"shipping-methods" not in page.content
        assert "Shipping Free" in text(page)
        assert "Pay $49.00" in text(page)

    def test_the_page_asks_the_database_for_the_run_and_the_account_alone(
        self, visitor: Shopper, django_assert_num_queries: Any
    ) -> None:
        address = visitor.url("checkout")
        with django_assert_num_queries(2):
            visitor.client.get(address)


class TestUndeliverable:
    @pytest.fixture
    def visitor(self, db: None) -> Shopper:
        """A funnel whose version was published before its country lost the rate: its spec has none for Germany."""
        version = factories.published(merchant=shop(tax=False))
        version.compiled["shipping"] = [row for row in version.compiled["shipping"] if "DE" not in row["countries"]]
        version.save()
        return visit(version)

    @pytest.mark.parametrize("action", ["pay", "update"])
    def test_the_country_gets_the_error_and_everything_typed_stays(self, visitor: Shopper, action: str) -> None:
        fields = FORM | {"country": "DE", "payment_token": "tok", "action": action, "city": "Köln"}
        response = visitor.client.post(visitor.url("checkout"), fields)
        assert response.status_code == 422
        assert response.context["page"].form.errors == {"country": ["We do not deliver to this country yet."]}
        page = response.content.decode()
        assert 'value="Köln"' in page
        assert '<option value="DE" selected>' in page
        assert not Order.objects.exists()

    def test_the_script_is_told_at_which_field(self, visitor: Shopper) -> None:
        response = update(visitor, country="DE")
        assert response.status_code == 422
        assert response.json() == {"error": "We do not deliver to this country yet.", "field": "country"}


class TestTaxes:
    @pytest.mark.parametrize("state", ["IL", "illinois"])
    def test_sales_tax_is_shown_with_its_state_and_rate_before_the_card(self, visitor: Shopper, state: str) -> None:
        answer = update(visitor, state=state).json()
        assert "Sales tax (IL 8.25%)" in answer["html"]
        assert "$4.44" in answer["html"]
        assert answer["total_minor"] == 4900 + 490 + 404 + 40
        assert "Tax is added here" not in answer["html"]

    def test_another_state_owes_none_and_nothing_is_left_open(self, visitor: Shopper) -> None:
        answer = update(visitor, state="Oregon").json()
        assert answer["total_minor"] == 5390
        assert "tax" not in answer["html"].lower()

    def test_prices_that_contain_tax_say_how_much(self, db: None) -> None:
        shopper = visit(factories.published(merchant=shop(inclusive=True)))
        answer = update(shopper, country="DE").json()
        assert answer["total_minor"] == 6400
        assert "Includes $10.21 VAT (19%)" in answer["html"]

    def test_a_state_that_decides_the_tax_must_be_one(self, visitor: Shopper) -> None:
        response = visitor.submit(state="Somewhere", payment_token="tok")
        assert response.status_code == 422
        assert response.context["page"].form.errors == {
            "state": ["Enter the state or province by its name or its letters, such as IL."]
        }
        assert not Order.objects.exists()

    def test_without_scripts_the_total_is_updated_before_anything_is_judged(self, visitor: Shopper) -> None:
        response = visitor.client.post(visitor.url("checkout"), {"state": "IL", "country": "US", "action": "update"})
        assert response.status_code == 200
        assert "Pay $58.34" in text(response)
        assert b'name="state" value="IL"' in response.content

    def test_a_total_without_the_tax_is_not_charged(self, visitor: Shopper) -> None:
        response = visitor.submit(state="IL", shown_total="5390", payment_token="tok")
        assert response.status_code == 422
        assert "The total is now $58.34. Please check your order and confirm again." in text(response)
        assert not Order.objects.exists()


class TestDigital:
    def version(self, **fields: Any) -> FunnelVersion:
        return factories.published(merchant=shop(shipping=False), ships=False, **fields)

    def test_taxes_make_the_checkout_ask_for_country_and_region_and_for_no_address(self) -> None:
        shopper = visit(self.version())
        page = shopper.see("checkout").content.decode()
        assert 'name="country"' in page
        assert 'name="state"' in page
        assert 'name="address"' not in page
        assert '<option value="JP">Japan</option>' in page

    def test_a_region_is_asked_for_only_where_one_decides(self) -> None:
        shopper = visit(self.version(countries=["DE", "FR"]))
        page = shopper.see("checkout").content.decode()
        assert 'name="country"' in page
        assert 'name="state"' not in page

    def test_without_tax_rates_neither_is_asked_for(self) -> None:
        shopper = visit(factories.published(ships=False))
        page = shopper.see("checkout").content.decode()
        assert 'name="country"' not in page
        assert "Update total" in page

    def test_nothing_to_change_offers_no_update(self) -> None:
        draft = factories.funnel(ships=False)
        draft.steps.filter(key="checkout").update(max_quantity=1)
        assert b"Update total" not in visit(factories.published(draft)).see("checkout").content

    def test_a_region_is_demanded_only_where_it_decides(self) -> None:
        shopper = visit(self.version())
        fields = {name: FORM[name] for name in ("email", "firstName", "lastName")}
        refused = shopper.client.post(shopper.url("checkout"), fields | {"country": "US", "state": ""})
        assert list(refused.context["page"].form.errors) == ["state"]
        passed = shopper.client.post(shopper.url("checkout"), fields | {"country": "FR", "state": ""})
        assert passed.context["page"].form.errors == {}
        assert "Please enter your card details" in text(passed)


class TestPaying:
    def walk(self, sandbox: Sandbox, **fields: Any) -> Shopper:
        return visit(factories.published(merchant=shop(**fields), offers=True), sandbox)

    def test_what_was_shown_is_charged_and_kept(self, sandbox: Sandbox) -> None:
        shopper = self.walk(sandbox)
        shopper.submit(state="Illinois", shipping=rate("Express"), shown_total="6603")
        payment = Payment.objects.get()
        assert (payment.state, payment.captured) == ("approved", 6603)
        order = payment.order
        assert (order.subtotal, order.shipping, order.shipping_name, order.tax) == (4900, 1200, "Express", 503)

    def test_a_declined_card_keeps_the_method_and_the_total(self, sandbox: Sandbox) -> None:
        shopper = self.walk(sandbox)
        shopper.submit(card=factories.DECLINED_CARD, shipping=rate("Express"))
        page = shopper.see("checkout")
        assert f'value="{rate("Express")}" autocomplete="off" data-reprice checked' in page.content.decode()
        assert "Pay $66.03" in text(page)

    def test_an_offer_is_taxed_where_the_order_goes_and_travels_along_free(self, sandbox: Sandbox) -> None:
        draft = factories.funnel(merchant=shop())
        Product.objects.filter(name="Night cream").update(ships=True)
        shopper = visit(factories.published(draft), sandbox)
        shopper.submit()
        page = text(shopper.see("night-cream"))
        assert "Shipping Free" in page
        assert "Sales tax (IL 8.25%) $3.22" in page
        assert "If you say yes, $42.22 is charged" in page
        shopper.decide("accept")
        assert list(Payment.objects.order_by("pk").values_list("captured", flat=True)) == [5834, 4222]
        order = Order.objects.get()
        assert (order.tax, order.total) == (444 + 322, 5834 + 4222)

    def test_an_offer_that_ships_first_pays_the_cheapest_delivery(self, sandbox: Sandbox) -> None:
        """The checkout's item is digital and its delivered extra was not taken."""
        draft = factories.funnel(merchant=shop(tax=False), ships=False, countries=["US"], bump_amount=1900)
        Product.objects.filter(name__in=("Gua sha stone", "Night cream")).update(ships=True)
        shopper = visit(factories.published(draft), sandbox)
        shopper.submit(state="OR")
        assert Payment.objects.get().captured == 4900
        page = text(shopper.see("night-cream"))
        assert "Shipping $4.90" in page
        assert "If you say yes, $43.90 is charged" in page
        shopper.decide("accept")
        order = Order.objects.get()
        assert (order.total, order.captured, order.shipping, order.shipping_name) == (9290, 9290, 490, "Standard")

    def test_the_thank_you_page_tells_the_delivery_the_tax_and_the_country(self, sandbox: Sandbox) -> None:
        shopper = self.walk(sandbox)
        shopper.submit()
        shopper.decide("decline")
        shopper.decide("decline", step="travel-kit")
        page = text(shopper.see("thanks"))
        assert "Shipping Standard $4.90" in page
        assert "Sales tax (IL 8.25%) $4.44" in page
        assert "Springfield IL 62701 United States" in page

    def test_the_choice_is_remembered_by_the_run(self, visitor: Shopper) -> None:
        visitor.submit(payment_token="", shipping=rate("Express"))
        assert Run.objects.get().contact["shipping"] == rate("Express")
        assert "Pay $66.03" in text(visitor.see("checkout"))


def test_the_crm_gets_shipping_and_tax_apart(sandbox: Sandbox) -> None:
    owner = shop()
    crm = factories.connection("konnektive", merchant=owner, account="fern")
    order = factories.paid_order(sandbox, merchant=owner, crm=crm)
    assert order.total == 5834
    assert working.do("crm.order") == "done"
    [told] = sandbox.books("konnektive")["orders"].values()
    assert [(item["price"], item["shipping"]) for item in told["items"].values()] == [(4900, 490)]
    [sale] = sandbox.books("konnektive")["transactions"].values()
    assert sale["totalAmount"] == 5834
