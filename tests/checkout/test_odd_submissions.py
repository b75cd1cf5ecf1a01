"""What forms should not send but programs do: a label that is none, a bump that says no."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checkout.models import Run
from integrations.connections import Connection
from orders.models import Payment
from tests import factories
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

TYPED = {
    "email": "ada@example.com",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "address": "12 Analytical St",
    "city": "Springfield",
    "state": "IL",
    "zipCode": "62701",
    "country": "US",
}


def shopper(**funnel: Any) -> tuple[Client, Run, str]:
    version = factories.published(**funnel)
    client = Client()
    client.get(reverse("start", args=[version.spec.handle]))
    run = Run.objects.get(version=version)
    return client, run, reverse("step", args=[version.spec.handle, run.pk, "checkout"])


@pytest.mark.parametrize("hint", ["Visa 4242\n", "Visa ٤٢٤٢", "x" * 3000, "4242", "Visa/Débit 4242"])
def test_a_label_that_is_none_neither_crashes_nor_refuses_the_sale(sandbox: Sandbox, hint: str) -> None:
    client, run, url = shopper(provider="nmi")
    token = factories.token(sandbox, Connection.objects.get(pk=run.spec.gateway))
    answer = client.post(url, {**TYPED, "payment_token": token, "card_hint": hint})
    assert answer.status_code == 303
    payment = Payment.objects.get()
    assert payment.state == "approved"
    assert payment.stored_method is not None
    assert payment.stored_method.brand == ""


def test_a_label_is_kept(sandbox: Sandbox) -> None:
    client, run, url = shopper(provider="nmi")
    token = factories.token(sandbox, Connection.objects.get(pk=run.spec.gateway))
    client.post(url, {**TYPED, "payment_token": token, "card_hint": "Visa 4242"})
    assert str(Payment.objects.get().stored_method) == "Visa ending 4242"


def test_an_address_that_grows_too_long_in_small_letters_is_told_as_wrong() -> None:
    client, _run, url = shopper()
    email = "a@" + ".".join(["İ" * 60] * 4) + ".com"
    answer = client.post(url, {**TYPED, "email": email, "payment_token": "any"})
    assert answer.status_code == 422
    assert "This email address looks incomplete" in answer.text
    assert not Payment.objects.exists()


@pytest.mark.parametrize(("sent", "total"), [("0", 4900), ("false", 4900), ("", 4900), ("on", 5900)])
def test_a_bump_that_was_not_chosen_is_not_chosen_later(sent: str, total: int) -> None:
    client, run, url = shopper(bump_amount=1000)
    assert client.post(url, {**TYPED, "bump": sent}).status_code == 422
    assert not run.order_id
    page = client.get(url)
    assert page.status_code == 200
    assert f"Pay ${total // 100}.00" in page.text
