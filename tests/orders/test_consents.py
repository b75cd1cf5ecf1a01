"""What a shopper agreed to is kept with each payment as they saw it, and cannot be changed afterwards."""

import pytest
from django.db import IntegrityError, transaction

from orders.models import Consent
from tests import factories
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def test_a_payment_keeps_what_stood_on_the_page(sandbox: Sandbox) -> None:
    owner = factories.merchant(terms_url="https://example.com/terms")
    run = factories.run(factories.published(merchant=owner, bump_amount=900), user_agent="Firefox")

    payment = factories.pay(sandbox, run, bump=True)

    kept = Consent.objects.get(payment=payment)
    assert kept.shown == {
        "step": "Checkout",
        "button": "Pay $58.00",
        "statement": "By paying you accept the terms of sale.",
        "terms_url": "https://example.com/terms",
        "privacy_url": "",
        "items": [
            {"name": "Night serum", "quantity": 1, "amount": "$49.00"},
            {"name": "Gua sha stone", "quantity": 1, "amount": "$9.00"},
        ],
        "total": "$58.00",
        "language": "en",
        "theme": "botanica",
        "version": run.version_id,
        "bump_chosen": True,
        "bump_preset": False,
    }
    assert (kept.ip, kept.user_agent) == ("203.0.113.7", "Firefox")


def test_an_accepted_offer_keeps_its_own_words(sandbox: Sandbox) -> None:
    run = factories.run(factories.published())
    factories.pay(sandbox, run)

    payment = factories.accept(run)

    shown = Consent.objects.get(payment=payment).shown
    assert (shown["step"], shown["button"], shown["bump_chosen"]) == ("Night cream", "Yes, add it to my order", None)
    assert (
        shown["statement"] == "If you say yes, $39.00 is charged to your Visa ending 4242. There is nothing to fill in."
    )


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (8900, ", and the difference of $80.00 is charged to your Visa ending 4242. There is nothing to fill in."),
        (4900, ". Nothing more is charged."),
    ],
)
def test_an_upgrade_keeps_the_words_of_an_upgrade(sandbox: Sandbox, price: int, said: str) -> None:
    draft = factories.funnel(upsell_amount=price)
    draft.steps.filter(key="night-cream").update(replaces_main=True)
    run = factories.run(factories.published(draft))
    factories.pay(sandbox, run, quantity=2)

    payment = factories.accept(run)

    statement = Consent.objects.get(payment=payment).shown["statement"]
    assert statement == f"If you say yes, you get 2 × Night cream in place of 2 × Night serum{said}"


def test_every_attempt_has_evidence_of_its_own_even_a_declined_one(sandbox: Sandbox) -> None:
    run = factories.run(factories.published())
    factories.pay(sandbox, run, card=factories.DECLINED_CARD)
    factories.pay(sandbox, run)
    assert Consent.objects.count() == 2


def test_the_database_lets_nobody_change_or_delete_it(sandbox: Sandbox) -> None:
    factories.paid_order(sandbox)
    kept = Consent.objects.get()
    for deed in (lambda: Consent.objects.update(shown={}), lambda: Consent.objects.update(ip="192.0.2.1"), kept.delete):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            deed()

    Consent.objects.update(ip=None, user_agent="")

    assert Consent.objects.get().shown == kept.shown
