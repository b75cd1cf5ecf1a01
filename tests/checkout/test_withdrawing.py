"""A shopper withdraws in two steps without a login; it is stored and confirmed once, and tells strangers nothing."""

import re

import pytest
from django.test import Client

from funnels.models import Merchant
from orders.models import Event, Mail, Order, Withdrawal
from orders.rights import withdrawing
from tests import factories
from tests.sandbox_client import Sandbox
from tests.working import do

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(sandbox: Sandbox) -> Order:
    owner = factories.merchant()
    return factories.paid_order(sandbox, merchant=owner, mailer=factories.connection("resend", merchant=owner))


def statement(order: Order, **changes: str) -> dict[str, str]:
    return {"name": "Ada Lovelace", "number": order.number, "email": "ada@example.com", "wanted": "", **changes}


def confirm(order: Order, **changes: str) -> str:
    response = Client().post("/withdraw/", {**statement(order, **changes), "confirmed": "1"})
    return re.sub(r"nonce=\S+", "", response.content.decode())


def test_two_steps_store_the_statement_and_tell_staff(order: Order) -> None:
    first = Client().post("/withdraw/", statement(order)).content.decode()
    assert "Confirm withdrawal" in first
    assert not Withdrawal.objects.exists()

    confirm(order, number=order.number.lower().replace("-", " "), email="ADA@example.com", wanted="The serum")

    kept = Withdrawal.objects.get()
    assert (kept.order, kept.name, kept.wanted, kept.in_time) == (order, "Ada Lovelace", "The serum", True)
    event = Event.objects.get(order=order, kind="withdrawal.received")
    assert event.data == {"name": "Ada Lovelace", "what": "The serum"}


def test_it_is_confirmed_by_exactly_one_mail_with_its_content(order: Order) -> None:
    confirm(order, wanted="The serum")
    confirm(order, wanted="Again")
    do("mail.withdrawal")

    mail = Mail.objects.get(kind=Mail.Kind.WITHDRAWAL)
    assert (mail.to, mail.sent_at is not None) == ("ada@example.com", True)
    assert f"You withdrew from order {order.number}." in mail.text
    assert "Withdrawn from: The serum" in mail.text
    assert Withdrawal.objects.get().wanted == "The serum"


def test_the_answer_is_the_same_whether_the_order_exists_or_not(order: Order) -> None:
    known = confirm(order)
    assert confirm(order, number="ZZZZ-ZZZZ") == confirm(order, email="eve@example.com") == known
    assert Withdrawal.objects.count() == 1


def test_a_late_withdrawal_is_acknowledged_and_marked(order: Order) -> None:
    Merchant.objects.update(withdrawal_days=0)
    confirm(order)
    assert Withdrawal.objects.get().in_time is False


def test_an_order_that_nobody_paid_cannot_be_withdrawn_from() -> None:
    confirm(factories.order())
    assert not Withdrawal.objects.exists()


def test_the_receipt_leads_to_the_page_with_the_number_filled_in(order: Order) -> None:
    page = Client().get(withdrawing.link(order)).content.decode()
    forged = Client().get("/withdraw/?order=forged").content.decode()
    assert f'value="{order.number}"' in page
    assert order.number not in forged


def test_a_statement_without_an_address_is_asked_for_again(order: Order) -> None:
    response = Client().post("/withdraw/", statement(order, email=""))
    assert (response.status_code, "email" in response.context["page"].form.errors) == (422, True)


def test_too_many_attempts_are_refused(order: Order, settings: object) -> None:
    settings.LIMITS = {**settings.LIMITS, "withdrawal_email": "1/3600"}
    confirm(order, number="ZZZZ-ZZZZ")
    assert "Too many attempts" in confirm(order)
    assert not Withdrawal.objects.exists()


def test_the_page_wears_the_look_of_the_shop_that_its_link_names(order: Order) -> None:
    factories.published(handle="elsewhere")
    pages = {
        "receipt": Client().get(withdrawing.link(order)),
        "footer": Client().get(f"/withdraw/?shop={order.spec.handle}"),
        "nowhere": Client().get("/withdraw/?shop=nowhere"),
    }
    assert {name: page.context["page"].shell.merchant for name, page in pages.items()} == {
        "receipt": order.spec.merchant.name,
        "footer": order.spec.merchant.name,
        "nowhere": "",
    }


def test_where_one_merchant_sells_the_page_is_always_theirs(order: Order) -> None:
    assert Client().get("/withdraw/").context["page"].shell.merchant == order.spec.merchant.name


def test_what_was_typed_stays_in_the_look_it_began_in(order: Order) -> None:
    link = withdrawing.link(order)
    page = Client().post(link, statement(order)).content.decode()
    assert f'action="{link}"' in page
