"""Several ways to pay on one checkout: what is offered, what is charged, and what is said when all are out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections import Connection
from orders.models import Order, Payment
from tests import factories
from tests.checkout.conftest import FORM, Shopper, text
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper(sandbox: Sandbox) -> Shopper:
    draft = factories.funnel()
    draft.other_gateways.add(factories.connection("paypal", merchant=draft.merchant))
    made = Shopper(factories.published(draft), sandbox)
    made.start()
    return made


def account(provider: str) -> Connection:
    return Connection.objects.get(provider=provider)


def test_a_published_version_keeps_the_ways_in_their_order(shopper: Shopper) -> None:
    assert shopper.version.spec.gateways == (account("stripe").pk, account("paypal").pk)


def test_the_page_offers_card_and_wallet_with_the_first_chosen(shopper: Shopper) -> None:
    page = shopper.see("checkout").content.decode()
    assert f'value="{account("stripe").public_id}" data-kind="card" autocomplete="off" checked' in page
    assert f'value="{account("paypal").public_id}" data-kind="wallet" autocomplete="off">' in page


def test_a_funnel_with_one_account_offers_no_choice(sandbox: Sandbox) -> None:
    lone = Shopper(factories.published(), sandbox)
    lone.start()
    assert 'name="gateway"' not in lone.see("checkout").content.decode()


def test_the_card_is_charged_at_the_card_account_and_the_choice_is_kept(shopper: Shopper) -> None:
    shopper.submit(factories.DECLINED_CARD, gateway=account("stripe").public_id)
    assert Payment.objects.get().connection == account("stripe")
    assert shopper.run.contact["gateway"] == account("stripe").public_id


def test_the_wallet_needs_no_token_and_leads_to_its_page(shopper: Shopper) -> None:
    response = shopper.submit(gateway=account("paypal").public_id, payment_token="")
    payment = Payment.objects.get()
    assert (payment.connection, payment.state) == (account("paypal"), "action_required")
    assert response["Location"] == payment.action["redirect_url"]


def test_a_script_is_told_which_charge_to_approve_and_a_second_press_begins_anew(shopper: Shopper) -> None:
    form = {"gateway": account("paypal").public_id, "payment_token": ""}
    told = [_press(shopper, **form) for _ in range(2)]
    first, second = Payment.objects.order_by("pk")
    assert [answer["approve"] for answer in told] == [first.reference, second.reference]
    assert told[1]["complete_url"] == shopper.url("checkout", "complete")
    assert (first.state, first.decline_reason, second.state) == ("failed", "abandoned", "action_required")


def _press(shopper: Shopper, **fields: str) -> dict[str, str]:
    url = shopper.url("checkout")
    answer: dict[str, str] = shopper.client.post(url, {**FORM, **fields}, headers={"Accept": "application/json"}).json()
    return answer


def test_an_unknown_way_is_refused_with_nothing_charged(shopper: Shopper) -> None:
    response = shopper.submit(gateway="nosuchway")
    assert response.status_code == 422
    assert "This way to pay is not offered here." in text(response)
    assert not Order.objects.exists()


@pytest.mark.parametrize("out", [{"active": False}, {"resting_until": timezone.now() + timedelta(hours=1)}])
def test_an_account_that_is_out_is_not_offered(shopper: Shopper, out: dict[str, object]) -> None:
    Connection.objects.filter(provider="stripe").update(**out)
    page = shopper.see("checkout").content.decode()
    assert 'data-kind="card"' not in page
    assert f'<input type="hidden" name="gateway" value="{account("paypal").public_id}"' in page


def test_when_all_are_out_the_page_says_so_and_offers_another_try(shopper: Shopper) -> None:
    Connection.objects.update(active=False)
    page = text(shopper.see("checkout"))
    assert "We cannot take payments just now. Nothing was charged, and what you typed is kept." in page
    assert "Try again" in page
    assert "Pay $49.00" not in page


def test_the_way_back_from_a_no_frees_the_checkout_and_another_charges_order_number_tells_nothing(
    shopper: Shopper,
) -> None:
    shopper.submit(gateway=account("paypal").public_id, payment_token="")
    payment = Payment.objects.get()
    foreign = shopper.see("checkout", "processing", query_params={"cancelled": "1", "token": "SOMEBODYELSES"})
    assert foreign.status_code == 200
    back = shopper.see("checkout", "processing", query_params={"cancelled": "1", "token": payment.reference})
    assert back["Location"] == f"{shopper.url('checkout')}?attempt={payment.key}"
    assert "Nothing was charged. You can try again or pay another way." in text(shopper.client.get(back["Location"]))


def test_the_way_back_from_a_yes_captures_it(shopper: Shopper) -> None:
    assert shopper.sandbox is not None
    shopper.submit(gateway=account("paypal").public_id, payment_token="")
    payment = Payment.objects.get()
    shopper.sandbox.control("paypal/approve", order=payment.reference)
    back = shopper.see("checkout", "processing", query_params={"token": payment.reference, "PayerID": "FAKE"})
    assert back["Location"] == shopper.url("night-cream")
    assert Order.objects.get().captured == 4900


def test_a_funnel_whose_only_account_is_switched_off_says_that_payment_is_out_of_order(sandbox: Sandbox) -> None:
    shopper = Shopper(factories.published(), sandbox)
    shopper.start()
    token = shopper.token()
    Connection.objects.update(active=False)
    page = text(shopper.see("checkout"))
    assert "We cannot take payments just now. Nothing was charged, and what you typed is kept." in page
    assert "submit-payment" not in shopper.see("checkout").content.decode()
    answer = shopper.submit(payment_token=token)
    assert "We cannot take payments just now. Nothing was charged." in text(
        shopper.client.get(answer.headers["Location"])
    )
    assert sandbox.books("stripe").get("payment_intents", {}) == {}
    assert not Payment.objects.exclude(state="failed").exists()
