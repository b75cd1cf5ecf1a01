"""Differences in the admin: each side's word in plain words, mended behind a confirmation, never across merchants."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from integrations.outbox.models import Job
from orders.models import Difference, Order, Payment, ReconciliationRun
from orders.reconciling.running import default_period, reconcile
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.orders.attempts import sums
from tests.sandbox_client import Sandbox


def difference(shop: Shop, kind: str = "charge_unknown", **fields: object) -> Difference:
    since, _until = default_period()
    given = {
        "merchant": shop.merchant,
        "connection": shop.version.funnel.gateway,
        "kind": kind,
        "subject": "pi_lost",
        "their_reference": "pi_lost",
        "their_amount": 4900,
        "currency": "USD",
        "at": since + timedelta(hours=1),
        **fields,
    }
    return Difference.objects.create(**given)


def page(row: Difference) -> str:
    return reverse("admin:orders_difference_change", args=[row.pk])


def mend(row: Difference, deed: str) -> str:
    return reverse("admin:orders_difference_mend", args=[row.pk, deed])


@pytest.fixture
def unsettled(fern: Shop, sandbox: Sandbox) -> Difference:
    """A payment that the gateway captured and that failed here."""
    payment: Payment = factories.paid_order(sandbox, fern.version).payments.get()
    Order.objects.update(captured=0, state="failed", completed_at=None)
    payment.lines.update(payment=None)
    reference = payment.reference
    Payment.objects.update(state="failed", captured=0, reference="")
    return difference(
        fern, "charge_unsettled", subject=reference, their_reference=reference, payment=payment, order=payment.order
    )


def test_the_page_says_what_each_side_says(fern: Shop) -> None:
    text = fern.client.get(page(difference(fern))).content.decode()
    assert "A charge was captured that carries a number as we give them." in text
    assert "No payment has this number." in text
    assert "$49.00" in text
    assert "pi_lost" in text


def test_a_mend_is_confirmed_before_it_is_done(fern: Shop, unsettled: Difference) -> None:
    client = fern.client
    assert mend(unsettled, "adopt") in client.get(page(unsettled)).content.decode()
    assert "Adopt their word?" in client.get(mend(unsettled, "adopt")).content.decode()
    unsettled.refresh_from_db()
    assert unsettled.state == "open"
    assert sums(unsettled.order)[0] == "failed"

    client.post(mend(unsettled, "adopt"))

    unsettled.refresh_from_db()
    assert (unsettled.state, unsettled.mend, unsettled.actor) == ("mended", "adopted", "fern-staff")
    assert sums(unsettled.order) == ("completed", 4900, 4900, 0)


def test_a_mend_that_cannot_help_says_so_and_changes_nothing(fern: Shop, sandbox: Sandbox) -> None:
    row = difference(fern)
    answer = fern.client.post(mend(row, "refund"), follow=True)
    assert "The gateway gave no usable answer" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "open"
    assert fern.client.post(mend(row, "adopt"), follow=True).status_code == 200
    row.refresh_from_db()
    assert row.state == "open"


def test_a_difference_is_explained_with_a_reason(fern: Shop) -> None:
    row = difference(fern)
    address = reverse("admin:orders_difference_explain", args=[row.pk])
    fern.client.post(address, {"reason": " "})
    row.refresh_from_db()
    assert row.state == "open"
    fern.client.post(address, {"reason": "Sold by phone"})
    row.refresh_from_db()
    assert (row.state, row.reason, row.actor) == ("explained", "Sold by phone", "fern-staff")
    text = fern.client.get(page(row)).content.decode()
    assert "Sold by phone" in text
    assert "Close as explained" not in text


def test_giving_money_back_needs_the_permission_to_refund(fern: Shop) -> None:
    row = difference(fern)
    given = ("orders.view_difference", "orders.change_difference")
    clerk = client_of(factories.user(merchant=fern.merchant, permissions=given))
    assert mend(row, "refund") not in clerk.get(page(row)).content.decode()
    assert clerk.post(mend(row, "refund")).status_code == 403
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("orders.view_difference",)))
    assert reader.get(page(row)).status_code == 200
    assert reader.post(mend(row, "adopt")).status_code == 403
    assert reader.post(reverse("admin:orders_difference_run")).status_code == 403


def test_another_merchant_sees_and_mends_nothing_of_it(fern: Shop, moss: Shop) -> None:
    row = difference(fern)
    for address in (page(row), mend(row, "refund")):
        assert moss.client.get(address).status_code == 404
    assert moss.client.post(mend(row, "refund")).status_code == 404
    assert (
        moss.client.post(reverse("admin:orders_difference_explain", args=[row.pk]), {"reason": "x"}).status_code == 404
    )
    assert list(moss.client.get(reverse("admin:orders_difference_changelist")).context["cl"].result_list) == []
    row.refresh_from_db()
    assert row.state == "open"


def test_compare_now_owes_a_comparison_of_the_readers_accounts_only(fern: Shop, moss: Shop) -> None:
    client: Client = fern.client
    for _ in range(2):
        assert client.post(reverse("admin:orders_difference_run"), follow=True).status_code == 200
    jobs = Job.objects.filter(kind="books.reconcile")
    assert {job.tenant for job in jobs} == {fern.merchant.pk}
    assert jobs.first().payload["actor"] == "fern-staff"


def test_the_lists_show_differences_and_runs(fern: Shop, sandbox: Sandbox) -> None:
    row = difference(fern)
    since, until = default_period()
    run = reconcile(fern.version.funnel.gateway, since=since, until=until, actor="ada")
    text = fern.client.get(reverse("admin:orders_difference_changelist")).content.decode()
    assert "Charge with our number, unknown here" in text
    assert "Compare now" in text
    runs = fern.client.get(reverse("admin:orders_reconciliationrun_changelist"))
    assert list(runs.context["cl"].result_list) == [run] == list(ReconciliationRun.objects.all())
    row.refresh_from_db()
    assert row.state == "mended"
