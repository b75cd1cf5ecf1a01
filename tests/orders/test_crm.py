"""Each paid order is one CRM order, each accepted offer one item, each refund one refund, whatever happens on the way."""

from typing import Any

import httpx
import pytest
from django.conf import settings

from funnels.models import Product
from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.running import run
from orders.models import Event, ExternalReference, Order, OrderLine, Payment, Refund
from orders.refunds import refunding
from orders.states import OrderState
from tests import factories, racing, working
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merchant() -> Any:
    return factories.merchant("Fern & Salt")


def sell(sandbox: Sandbox, merchant: Any, **options: Any) -> Order:
    """A paid order whose funnel tells a CRM."""
    crm = factories.connection("konnektive", merchant=merchant, account="fern")
    return factories.paid_order(sandbox, merchant=merchant, crm=crm, **options)


def crm_orders(sandbox: Sandbox) -> list[dict[str, Any]]:
    return list(sandbox.books("konnektive").get("orders", {}).values())


def movements(sandbox: Sandbox, kind: str) -> list[int]:
    """Amounts of the CRM's transactions of a kind, in cents."""
    rows = sandbox.books("konnektive").get("transactions", {}).values()
    return [row["totalAmount"] for row in rows if row["txnType"] == kind]


def item_prices(sandbox: Sandbox) -> list[int]:
    return [item["price"] for order in crm_orders(sandbox) for item in order["items"].values()]


def checkout_of(order: Order) -> Payment:
    return order.payments.get(kind=Payment.Kind.CHECKOUT)


def give_back(payment: Payment, amount: int) -> Refund:
    payment.refresh_from_db()
    return refunding.refund(
        payment=payment, money=payment.order.money(amount), reason=Refund.Reason.REQUESTED, note="", actor="root"
    )


def test_a_paid_order_reaches_the_crm_with_its_number_its_transaction_and_what_was_paid(
    sandbox: Sandbox, merchant: Any
) -> None:
    order = sell(sandbox, merchant, bump_amount=1800)
    assert working.do_all("crm") == ["done"]
    [told] = crm_orders(sandbox)
    assert (told["custom1"], told["custom2"]) == (order.number, f"stripe:{checkout_of(order).reference}")
    assert (told["emailAddress"], told["firstName"], told["state"]) == ("ada@example.com", "Ada", "IL")
    assert (told["orderStatus"], told["paySource"], told["campaignId"]) == ("COMPLETE", "PREPAID", 7)
    assert movements(sandbox, "SALE") == [order.total]
    assert list(ExternalReference.objects.values_list("kind", "key", "reference")) == [
        ("order", order.number, told["orderId"])
    ]
    assert Event.objects.get(kind="crm.synced").data == {"what": f"Order {order.number}", "reference": told["orderId"]}


@pytest.mark.parametrize(
    ("do", "value"), [("cut_after", 0), ("cut_before", 0), ("malformed", 0), ("status", 500), ("status", 429)]
)
def test_after_any_trouble_with_the_import_there_is_one_crm_order(
    sandbox: Sandbox, merchant: Any, do: str, value: int
) -> None:
    order = sell(sandbox, merchant)
    sandbox.fault("konnektive", do, match="/order/import/", value=value)
    assert working.do("crm.order") == "waiting"
    assert working.do("crm.order") == "done"
    assert [told["custom1"] for told in crm_orders(sandbox)] == [order.number]
    assert ExternalReference.objects.get().reference == crm_orders(sandbox)[0]["orderId"]


def test_a_job_that_is_delivered_twice_makes_one_crm_order(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant)
    working.do("crm.order")
    job = Job.objects.get(kind="crm.order")
    working.forget(job)
    assert run(job.pk) == "done"
    assert len(crm_orders(sandbox)) == 1
    assert Event.objects.filter(kind="crm.synced").count() == 1


def test_a_crash_between_the_import_and_our_note_of_it_makes_one_crm_order(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant)
    working.do("crm.order")
    ExternalReference.objects.all().delete()
    job = Job.objects.get(kind="crm.order")
    working.forget(job)
    assert run(job.pk) == "done"
    assert ExternalReference.objects.get().reference == crm_orders(sandbox)[0]["orderId"]
    assert len(crm_orders(sandbox)) == 1


def test_two_workers_at_once_make_one_crm_order(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant)
    job = Job.objects.get(kind="crm.order")
    assert sorted(racing.at_once(lambda: run(job.pk), lambda: run(job.pk))) == ["done", "not due"]
    assert len(crm_orders(sandbox)) == 1


def test_two_orders_of_one_shopper_are_two_crm_orders_of_one_customer(sandbox: Sandbox, merchant: Any) -> None:
    crm = factories.connection("konnektive", merchant=merchant, account="fern")
    version = factories.published(merchant=merchant, crm=crm)
    orders = [factories.paid_order(sandbox, version) for _ in range(2)]
    working.do_all("crm")
    assert sorted(told["custom1"] for told in crm_orders(sandbox)) == sorted(order.number for order in orders)
    assert len({told["customerId"] for told in crm_orders(sandbox)}) == 1


def test_an_accepted_offer_follows_its_order_as_one_item(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant, offer=True)
    upsale = Job.objects.get(kind="crm.upsale")
    assert working.do_now(upsale) == "not due"
    assert crm_orders(sandbox) == []
    assert working.do("crm.order") == "done"
    assert working.do("crm.upsale") == "done"
    assert item_prices(sandbox) == [4900, 3900]
    assert movements(sandbox, "SALE") == [4900, 3900]


@pytest.mark.parametrize(("do", "value"), [("cut_after", 0), ("cut_before", 0), ("malformed", 0), ("status", 503)])
def test_after_any_trouble_with_an_offer_there_is_one_item_of_it(
    sandbox: Sandbox, merchant: Any, do: str, value: int
) -> None:
    sell(sandbox, merchant, offer=True)
    working.do("crm.order")
    sandbox.fault("konnektive", do, match="/upsale/import/", value=value)
    assert working.do("crm.upsale") == "waiting"
    assert working.do("crm.upsale") == "done"
    assert item_prices(sandbox) == [4900, 3900]


def test_an_offer_of_the_product_already_bought_is_a_second_item_of_it(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant, offer=True)
    Order.objects.get().lines.update(crm_product="7")
    working.do("crm.order")
    sandbox.fault("konnektive", "cut_after", match="/upsale/import/")
    assert working.do("crm.upsale") == "waiting"
    assert working.do("crm.upsale") == "done"
    assert item_prices(sandbox) == [4900, 3900]


@pytest.mark.parametrize(("do", "value"), [("cut_after", 0), ("cut_before", 0), ("malformed", 0), ("status", 500)])
def test_after_any_trouble_with_a_refund_it_is_recorded_once(
    sandbox: Sandbox, merchant: Any, do: str, value: int
) -> None:
    order = sell(sandbox, merchant)
    working.do_all("crm")
    refund = give_back(checkout_of(order), 1000)
    sandbox.fault("konnektive", do, match="/transactions/refund/", value=value)
    assert working.do("crm.refund") == "waiting"
    assert working.do("crm.refund") == "done"
    assert movements(sandbox, "REFUND") == [1000]
    [row] = [r for r in sandbox.books("konnektive")["transactions"].values() if r["txnType"] == "REFUND"]
    assert row["merchantTxnId"] == refund.reference


def test_two_equal_refunds_of_one_payment_are_two_refunds_in_the_crm(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    give_back(checkout_of(order), 1000)
    give_back(checkout_of(order), 1000)
    assert working.do_all("crm") == ["done"] * 3
    assert movements(sandbox, "REFUND") == [1000, 1000]


def test_full_refunds_of_order_and_offer_of_one_price_find_a_sale_each(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant, offer=True, upsell_amount=4900)
    for payment in order.payments.all():
        give_back(payment, 4900)
    assert working.do_all("crm") == ["done"] * 4
    assert movements(sandbox, "REFUND") == [4900, 4900]
    assert [told["orderStatus"] for told in crm_orders(sandbox)] == ["REFUNDED"]


def refunded_before_the_crm_hears_of_the_offer(sandbox: Sandbox, merchant: Any) -> Order:
    """The CRM has the order and its whole refund; the offer is paid, and the CRM is still to be told."""
    order = sell(sandbox, merchant, offer=True)
    Job.objects.filter(kind="crm.upsale").update(state="dropped")
    give_back(checkout_of(order), 4900)
    assert [working.do("crm.order"), working.do("crm.refund")] == ["done", "done"]
    queue.again("crm.upsale", Job.objects.get(kind="crm.upsale").key)
    assert [told["orderStatus"] for told in crm_orders(sandbox)] == ["REFUNDED"]
    return order


def test_an_offer_that_is_paid_after_a_whole_refund_is_an_order_of_its_own(sandbox: Sandbox, merchant: Any) -> None:
    order = refunded_before_the_crm_hears_of_the_offer(sandbox, merchant)
    offer = order.payments.get(kind=Payment.Kind.OFFER)
    assert working.do("crm.upsale") == "done"
    first, own = crm_orders(sandbox)
    assert (first["custom1"], own["custom1"]) == (order.number, order.number)
    assert (first["custom2"], own["custom2"]) == (
        f"stripe:{checkout_of(order).reference}",
        f"stripe:{offer.reference}",
    )
    assert [item["price"] for item in own["items"].values()] == [3900]
    assert (movements(sandbox, "SALE"), movements(sandbox, "REFUND")) == ([4900, 3900], [4900])
    give_back(offer, 1000)
    assert working.do("crm.refund") == "done"
    [row] = [row for row in sandbox.books("konnektive")["transactions"].values() if row["totalAmount"] == 1000]
    assert (row["txnType"], row["orderId"]) == ("REFUND", own["orderId"])


@pytest.mark.parametrize(("do", "value"), [("cut_after", 0), ("cut_before", 0), ("malformed", 0), ("status", 503)])
def test_after_any_trouble_with_an_offers_own_order_there_is_one(
    sandbox: Sandbox, merchant: Any, do: str, value: int
) -> None:
    refunded_before_the_crm_hears_of_the_offer(sandbox, merchant)
    sandbox.fault("konnektive", do, match="/order/import/", value=value)
    assert working.do("crm.upsale") == "waiting"
    assert working.do("crm.upsale") == "done"
    assert item_prices(sandbox) == [4900, 3900]
    assert len(crm_orders(sandbox)) == 2


def test_an_order_that_the_crm_cancelled_takes_no_offer_either(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant, offer=True)
    working.do("crm.order")
    [told] = crm_orders(sandbox)
    login = {"loginId": "sandbox_fern", "password": "not-a-real-password"}
    form = {"orderId": told["orderId"], "cancelReason": "By hand", **login}
    assert httpx.post(f"{settings.KONNEKTIVE_BASE_URL}/order/cancel/", data=form).json()["result"] == "SUCCESS"
    assert working.do("crm.upsale") == "done"
    assert [(told["orderStatus"], len(told["items"])) for told in crm_orders(sandbox)] == [
        ("CANCELLED", 1),
        ("COMPLETE", 1),
    ]


def test_a_crm_that_stays_down_ends_in_a_dead_letter_and_the_sale_is_untouched(sandbox: Sandbox, merchant: Any) -> None:
    sandbox.fault("konnektive", "status", times=None, value=503)
    order = sell(sandbox, merchant, offer=True)
    assert working.do_all("crm") == ["dead", "waiting"]
    assert Job.objects.get(kind="crm.order").attempts == 6
    order.refresh_from_db()
    assert (order.state, order.captured) == (OrderState.COMPLETED, 8800)
    sandbox.clear_faults()
    queue.replay(Job.objects.get(kind="crm.order"))
    assert working.do_all("crm") == ["done", "done"]
    assert item_prices(sandbox) == [4900, 3900]


def test_a_dead_letter_after_a_lost_answer_is_replayed_without_a_second_order(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant)
    sandbox.fault("konnektive", "cut_after", match="/order/import/")
    sandbox.fault("konnektive", "status", match="/order/query/", times=None, value=503)
    Job.objects.filter(kind="crm.order").update(attempts=4)
    assert working.do_all("crm") == ["dead"]
    sandbox.clear_faults()
    queue.replay(Job.objects.get(kind="crm.order"))
    assert working.do_all("crm") == ["done"]
    assert len(crm_orders(sandbox)) == 1


def test_a_product_without_a_crm_id_is_a_dead_letter_that_names_it_until_the_id_is_added(
    sandbox: Sandbox, merchant: Any
) -> None:
    order = sell(sandbox, merchant)
    order.lines.update(crm_product="")
    Product.objects.filter(pk=order.lines.get().product_id).update(crm_product="")
    assert working.do("crm.order") == "dead"
    assert Job.objects.get().last_error == "The product “Night serum” has no CRM product id."
    assert crm_orders(sandbox) == []
    Product.objects.filter(pk=order.lines.get().product_id).update(crm_product="55")
    queue.replay(Job.objects.get())
    assert working.do("crm.order") == "done"
    assert [item["productId"] for item in crm_orders(sandbox)[0]["items"].values()] == [55]


def test_wrong_credentials_are_a_dead_letter_at_once(sandbox: Sandbox, merchant: Any) -> None:
    crm = factories.connection("konnektive", merchant=merchant)
    crm.secrets = {"login_id": "nobody", "password": "visibly-fake"}
    crm.save()
    factories.paid_order(sandbox, merchant=merchant, crm=crm)
    assert working.do("crm.order") == "dead"
    assert Job.objects.get().last_error == "konnektive: Invalid login credentials"


def test_an_offer_whose_order_was_dropped_is_not_told_of(sandbox: Sandbox, merchant: Any) -> None:
    sandbox.fault("konnektive", "status", times=6, value=403)
    order = sell(sandbox, merchant, offer=True)
    working.do("crm.order")
    sandbox.clear_faults()
    queue.drop(Job.objects.get(kind="crm.order"))
    assert working.do("crm.upsale") == "dead"
    assert order.number in Job.objects.get(kind="crm.upsale").last_error
    assert crm_orders(sandbox) == []


def test_discount_shipping_and_tax_add_up_to_what_was_paid(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    payment = checkout_of(order)
    payment.quote_data |= {"discount": 5000, "shipping": 500, "tax": 250}
    payment.save()
    order.lines.update(discount=4900)
    stones = {"name": "Gua sha stone", "quantity": 2, "unit_amount": 900, "subtotal": 1800, "crm_product": "12"}
    stones["discount"] = 100
    product = order.lines.get().product
    OrderLine.objects.create(order=order, payment=payment, product=product, step=payment.step, **stones)
    working.do("crm.order")
    [told] = crm_orders(sandbox)
    items = [(item["price"], item["qty"], item["shipping"]) for item in told["items"].values()]
    assert items == [(0, 1, 500), (1700, 2, 0)]
    assert movements(sandbox, "SALE") == [1700 + 500 + 250]


def test_a_free_order_is_told_of_as_free(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant, checkout_amount=0, offers=False)
    assert working.do("crm.order") == "done"
    [told] = crm_orders(sandbox)
    assert told["custom2"] == f"free:{checkout_of(order).key}"
    assert movements(sandbox, "SALE") == [0]
