"""Who tries too often is refused before anything is charged, reads when to come back, and has to type nothing twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.models import Run
from integrations.alerts.models import Alert
from integrations.connections import Connection
from orders.models import Order, Payment
from orders.payments import declines
from tests import factories
from tests.checkout.conftest import FORM, Shopper, text
from tests.sandbox_client import Sandbox

# Declines are counted once they are committed.
pytestmark = pytest.mark.django_db(transaction=True)

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def stopped_clock(time_machine: Any) -> None:
    time_machine.move_to(timezone.now(), tick=False)


@pytest.fixture(autouse=True)
def only(settings: Any) -> Any:
    """Sets the only limits that hold."""
    off = dict.fromkeys(settings.LIMITS, "0")

    def only(**limits: str) -> None:
        settings.LIMITS = {**off, "spike": "1/900", **limits}

    only()
    return only


@pytest.fixture
def shop(sandbox: Sandbox) -> Any:
    """Makes shoppers of one funnel, each with a browser, an address and an email of their own."""
    version = factories.published(offers=True)

    def shopper(ip: str = HERE) -> "Guest":
        return Guest(version, sandbox, Client(REMOTE_ADDR=ip))

    return shopper


class Guest(Shopper):
    """A shopper who may share the funnel with others: knows their own run by the address where it began."""

    path = ""

    @property
    def run(self) -> Run:
        return Run.objects.get(pk=self.path.split("/")[3])

    def start(self, query: str = "", **options: Any) -> Any:
        response = super().start(query, **options)
        self.path = response.headers.get("Location", self.path)
        return response


def charges(sandbox: Sandbox) -> int:
    return len(sandbox.calls("stripe", "POST /v1/payment_intents "))


def decline(shop: Any, times: int, *, ip: str = HERE, email: str = "", card: str = "") -> list[int]:
    """Each in a run of its own, as a card tester would; what every try is answered."""
    answers = []
    for number in range(times):
        shopper = shop(ip)
        shopper.start("?new=1")
        answer = shopper.submit(factories.DECLINED_CARD, email=email or f"tester{number}@example.com", card_hint=card)
        answers.append(answer.status_code)
    return answers


class TestPayment:
    def test_after_so_many_tries_of_a_run_nothing_more_is_sent(self, sandbox: Sandbox, shop: Any, only: Any) -> None:
        only(payment_run="2/600")
        shopper = shop()
        shopper.start()
        for _ in range(2):
            assert shopper.submit(factories.DECLINED_CARD).status_code == 303
        response = shopper.submit()
        assert (response.status_code, response["Retry-After"]) == (429, "600")
        assert "Too many attempts. Nothing was charged this time. Please try again in 10 minutes." in text(response)
        assert charges(sandbox) == 2
        assert [payment.state for payment in Payment.objects.all()] == ["failed", "failed"]

    def test_what_was_typed_is_still_there(self, shop: Any, only: Any) -> None:
        only(payment_run="1/600")
        shopper = shop()
        shopper.start()
        shopper.submit(factories.DECLINED_CARD)
        page = shopper.submit(email="ada@new.example", quantity="2").content.decode()
        for kept in ('value="ada@new.example"', 'value="12 Analytical St"', "Pay $98.00"):
            assert kept in page
        assert 'value="ada@new.example"' in shopper.see("checkout").content.decode()

    def test_who_asks_for_json_gets_json(self, sandbox: Sandbox, shop: Any, only: Any) -> None:
        only(payment_run="1/600")
        shopper = shop()
        shopper.start()
        shopper.submit(factories.DECLINED_CARD)
        form = {**FORM, "payment_token": shopper.token()}
        response = shopper.client.post(shopper.url("checkout"), form, headers={"Accept": "application/json"})
        assert (response.status_code, response["Retry-After"]) == (429, "600")
        assert sorted(response.json()) == ["error", "retry_after"]
        assert response.json()["retry_after"] == 600

    def test_a_form_with_mistakes_is_no_try(self, shop: Any, only: Any) -> None:
        only(payment_run="1/600")
        shopper = shop()
        shopper.start()
        for _ in range(3):
            assert shopper.submit(email="").status_code == 422
        assert shopper.submit()["Location"] == shopper.url("night-cream")

    def test_when_the_window_ends_it_can_be_paid(self, shop: Any, only: Any, time_machine: Any) -> None:
        only(payment_run="1/600")
        shopper = shop()
        shopper.start()
        shopper.submit(factories.DECLINED_CARD)
        time_machine.move_to(timezone.now() + timedelta(seconds=601))
        assert shopper.submit()["Location"] == shopper.url("night-cream")

    def test_new_runs_from_one_address_are_counted_together(self, sandbox: Sandbox, shop: Any, only: Any) -> None:
        only(payment_ip="2/600")
        answers = []
        for _ in range(3):
            shopper = shop()
            shopper.start("?new=1")
            answers.append(shopper.submit(factories.DECLINED_CARD).status_code)
        other = shop(ELSEWHERE)
        other.start()
        answers.append(other.submit().status_code)
        assert answers == [303, 303, 429, 303]
        assert charges(sandbox) == 3

    def test_an_accepted_offer_is_a_try_like_any_other(self, sandbox: Sandbox, shop: Any, only: Any) -> None:
        only(payment_run="1/600")
        shopper = shop()
        shopper.start()
        shopper.submit()
        response = shopper.decide("accept")
        assert (response.status_code, response["Retry-After"]) == (429, "600")
        assert "Too many attempts" in text(response)
        assert 'data-testid="accept-upsell"' in response.content.decode()
        assert charges(sandbox) == 1
        assert shopper.decide("decline").status_code == 303


class TestDeclines:
    """Only declines count here, so that nobody is refused for buying much."""

    def test_of_one_address(self, sandbox: Sandbox, shop: Any, only: Any) -> None:
        only(declined_ip="2/600")
        assert decline(shop, 4) == [303, 303, 429, 429]
        assert decline(shop, 1, ip=ELSEWHERE) == [303]
        assert charges(sandbox) == 3

    def test_of_one_email_from_many_addresses(self, shop: Any, only: Any) -> None:
        only(declined_email="2/600")
        answers = [decline(shop, 1, ip=f"203.0.113.{n}", email="Ada@example.com")[0] for n in range(3)]
        assert answers == [303, 303, 429]
        assert decline(shop, 1, email="eve@example.com") == [303]

    def test_of_one_card_as_far_as_its_browser_tells_of_it(self, shop: Any, only: Any) -> None:
        only(declined_card="2/600")
        assert decline(shop, 3, card="Visa 0002") == [303, 303, 429]
        assert decline(shop, 2, card="Visa 1111") == [303, 303]
        assert decline(shop, 3, card="") == [303, 303, 303]

    def test_payments_that_go_well_are_not_counted(self, shop: Any, only: Any) -> None:
        only(declined_ip="1/600", declined_email="1/600", declined_card="1/600")
        for _ in range(3):
            shopper = shop()
            shopper.start("?new=1")
            assert shopper.submit(card_hint="Visa 4242")["Location"] == shopper.url("night-cream")

    def test_a_gateway_that_cannot_be_reached_is_nobodys_decline(self, shop: Any, only: Any) -> None:
        only(declined_ip="1/600", declined_email="1/600", declined_card="1/600")
        shopper = shop()
        Connection.objects.update(active=False)
        shopper.start()
        for _ in range(3):
            assert shopper.submit(card_hint="Visa 4242").status_code == 303


class TestSpike:
    """Many declines and few sales of one merchant: staff hear of it, and less may be tried while it lasts."""

    @pytest.fixture(autouse=True)
    def limits(self, only: Any) -> None:
        only(declined_merchant="3/600", payment_run="8/3600", strict_payment_run="1/3600", spike="1/900")

    def alerts(self) -> list[tuple[str, bool]]:
        return [(alert.kind, alert.closed_at is None) for alert in Alert.objects.all()]

    def test_it_raises_one_alert(self, shop: Any) -> None:
        decline(shop, 2)
        assert self.alerts() == []
        decline(shop, 3)
        assert self.alerts() == [("declines.spike", True)]
        assert Alert.objects.get().tenant == Order.objects.all()[0].merchant_id

    def test_stricter_limits_hold_for_all_while_it_lasts(self, shop: Any, time_machine: Any) -> None:
        before = shop(ELSEWHERE)
        before.start()
        before.submit(factories.DECLINED_CARD)
        decline(shop, 2)
        assert before.submit().status_code == 429
        newcomer = shop("192.0.2.77")
        newcomer.start("?new=1")
        assert newcomer.submit().status_code == 303
        time_machine.move_to(timezone.now() + timedelta(seconds=901))
        assert before.submit()["Location"] == before.url("night-cream")

    def test_many_sales_beside_the_declines_are_no_spike(self, shop: Any) -> None:
        for number in range(3):
            shopper = shop()
            shopper.start("?new=1")
            shopper.submit(email=f"shopper{number}@example.com")
        decline(shop, 3)
        assert self.alerts() == []

    def test_when_it_is_over_its_alert_is_closed(self, shop: Any, time_machine: Any) -> None:
        decline(shop, 3)
        declines.watch()
        assert self.alerts() == [("declines.spike", True)]
        time_machine.move_to(timezone.now() + timedelta(seconds=901))
        declines.watch()
        assert self.alerts() == [("declines.spike", False)]


class TestStart:
    def test_after_so_many_runs_no_more_are_begun_from_there(self, shop: Any, only: Any) -> None:
        only(start_ip="2/600")
        assert [shop().start("?new=1").status_code for _ in range(2)] == [303, 303]
        response = shop().start()
        assert (response.status_code, response["Retry-After"]) == (429, "600")
        assert "Please try again in 10 minutes." in text(response)
        assert Run.objects.count() == 2
        assert shop(ELSEWHERE).start().status_code == 303

    def test_whoever_is_under_way_goes_on(self, shop: Any, only: Any) -> None:
        only(start_ip="1/600")
        shopper = shop()
        shopper.start()
        assert shopper.start().status_code == 303
        assert Run.objects.count() == 1
        assert shopper.submit()["Location"] == shopper.url("night-cream")

    def test_by_default_this_machine_is_not_counted(self, shop: Any, only: Any) -> None:
        only(start_ip="1/600", payment_ip="1/600")
        for _ in range(3):
            shopper = shop("127.0.0.1")
            shopper.start("?new=1")
            assert shopper.submit().status_code == 303


def test_the_order_keeps_the_address_that_the_proxy_told(shop: Any, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    shopper = shop("10.0.0.5")
    shopper.start()
    form = {**FORM, "payment_token": shopper.token()}
    shopper.client.post(shopper.url("checkout"), form, headers={"X-Forwarded-For": f"1.2.3.4, {HERE}"})
    assert Order.objects.get().ip == HERE
