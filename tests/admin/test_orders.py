"""Finding orders, reading them, and what staff do to them besides refunding."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.inbox import processing
from integrations.inbox.models import InboundEvent
from integrations.outbox.models import Job
from orders.models import Event, ExternalReference, Mail, Order, Payment
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.sandbox_client import Sandbox


def found(shop: Shop, **query: str) -> list[str]:
    response = shop.client.get(reverse("admin:orders_order_changelist"), query)
    return [order.number for order in response.context["cl"].result_list]


def page_of(shop: Shop, order: Order) -> str:
    html = shop.client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    return re.sub(r"\s+", " ", html)


@pytest.mark.parametrize("term", ["grace@ex", "example.org", "Hopper", "grace hopper", "0177", "crm-991"])
def test_an_order_is_found_by_half_an_address_name_phone_and_crm_id(term: str, fern: Shop) -> None:
    factories.order(fern.version)
    contact = replace(
        factories.CONTACT, email="grace@example.org", first_name="Grace", last_name="Hopper", phone="+49 0177 12"
    )
    order = factories.order(fern.version, contact=contact)
    ExternalReference.objects.create(
        order=order, connection=fern.version.funnel.gateway, kind="order", key=order.number, reference="crm-991"
    )

    assert found(fern, q=term) == [order.number]


def test_a_number_is_found_as_it_was_heard_on_the_phone(fern: Shop) -> None:
    order = factories.order(fern.version)
    factories.order(fern.version)
    spoken = order.number.lower()

    for term in (spoken, spoken.replace("-", ""), spoken.replace("-", " ")):
        assert found(fern, q=term) == [order.number]


def test_filters_find_uncertain_refunded_and_declined_orders(fern: Shop, sandbox: Sandbox) -> None:
    walk = factories.run(fern.version)
    declined = factories.pay(sandbox, walk, card=factories.INSUFFICIENT_FUNDS_CARD).order
    sandbox.fault("stripe", "cut_after", match="POST /v1/payment_intents ", times=None)
    uncertain = factories.pay(sandbox, factories.run(fern.version)).order
    sandbox.clear_faults()

    assert found(fern, attention="uncertain") == [uncertain.number]
    assert found(fern, attention="declined") == [declined.number]
    assert found(fern, attention="refunded") == []
    assert sorted(found(fern, funnel=str(fern.version.funnel_id))) == sorted([declined.number, uncertain.number])


def test_a_declined_payment_shows_our_reason_and_the_gateways_words(fern: Shop, sandbox: Sandbox) -> None:
    order = factories.pay(sandbox, factories.run(fern.version), card=factories.INSUFFICIENT_FUNDS_CARD).order

    page = page_of(fern, order)

    assert "Insufficient funds" in page
    assert "Gateway: insufficient_funds Your card has insufficient funds." in page


def test_the_gateway_is_asked_about_an_uncertain_payment(fern: Shop, sandbox: Sandbox) -> None:
    sandbox.fault("stripe", "cut_after", match="POST /v1/payment_intents ", times=None)
    payment = factories.pay(sandbox, factories.run(fern.version))
    sandbox.clear_faults()
    assert payment.unknown_since is not None
    assert "Ask the gateway now" in page_of(fern, payment.order)

    address = reverse("admin:orders_order_ask", args=[payment.order_id, payment.pk])
    assert fern.client.get(address).status_code == 405
    answer = fern.client.post(address, follow=True)

    assert "The gateway answered: Approved." in answer.content.decode()
    assert Payment.objects.get().captured == 4900


def test_the_timeline_merges_events_webhooks_jobs_mails_and_notes_newest_last(fern: Shop, sandbox: Sandbox) -> None:
    order = factories.paid_order(sandbox, fern.version, offer=True)
    InboundEvent.objects.create(
        connection=fern.version.funnel.gateway, event_id="evt_1", type="charge.updated", payload={}, order_id=order.pk
    )
    Job.objects.create(
        kind="crm.order", key=f"order:{order.pk}", lane=f"crm:{order.pk}", tenant=fern.merchant.pk,
        state=Job.State.DEAD, attempts=5, last_error="Campaign not found",
    )  # fmt: skip
    Job.objects.create(
        kind="crm.order", key="order:0", lane="crm:0", tenant=fern.merchant.pk, last_error="Of another order"
    )
    Mail.objects.create(
        order=order, kind="receipt", key="m1", sender="a@b.c", to=order.email, subject="Your receipt", html="", text=""
    )
    fern.client.post(reverse("admin:orders_order_note", args=[order.pk]), {"text": "Called, wants it by Friday"})

    response = fern.client.get(reverse("admin:orders_order_change", args=[order.pk]))

    entries = response.context["page"].timeline
    texts = [entry.text for entry in entries]
    assert "Order placed for $49.00" in texts[:2]
    assert "Stripe reported “charge.updated”" in texts
    assert "Order to the CRM: Dead letter" in texts
    assert "“Your receipt” written to ada@example.com" in texts
    assert texts[-1] == "Called, wants it by Friday"
    assert entries[-1].actor == "fern-staff"
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    details = [entry.detail for entry in entries]
    assert "5 attempts · Campaign not found" in details
    assert not any("Of another order" in detail for detail in details)


def test_an_empty_note_is_refused(fern: Shop) -> None:
    order = factories.order(fern.version)
    before = Event.objects.count()

    answer = fern.client.post(reverse("admin:orders_order_note", args=[order.pk]), {"text": "  "}, follow=True)

    assert "Write something first." in answer.content.decode()
    assert Event.objects.count() == before


def test_notes_need_the_permission_to_change_orders(fern: Shop) -> None:
    order = factories.order(fern.version)
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("orders.view_order",)))

    assert reader.post(reverse("admin:orders_order_note", args=[order.pk]), {"text": "Hi"}).status_code == 403
    assert not Event.objects.filter(kind="note").exists()


def test_the_receipt_is_sent_again_after_a_confirmation(fern: Shop, sandbox: Sandbox) -> None:
    mailer = factories.connection("resend", merchant=fern.merchant)
    version = factories.published(factories.funnel(merchant=fern.merchant, mailer=mailer, offers=False))
    order = factories.paid_order(sandbox, version)
    address = reverse("admin:orders_order_resend", args=[order.pk])

    assert "goes to ada@example.com once more" in fern.client.get(address).content.decode()
    assert not Event.objects.filter(kind="mail.resent").exists()

    fern.client.post(address)
    assert Event.objects.get(kind="mail.resent").actor == "fern-staff"


def test_a_mail_is_read_in_a_frame_that_can_do_nothing(fern: Shop) -> None:
    order = factories.order(fern.version)
    mail = Mail.objects.create(
        order=order,
        kind="receipt",
        key="m1",
        sender="a@b.c",
        to="x@y.z",
        subject="S",
        html="<b>Hello</b>",
        text="Hello",
    )

    page = fern.client.get(reverse("admin:orders_order_mail", args=[order.pk, mail.pk])).content.decode()
    body = fern.client.get(reverse("admin:orders_order_mail_body", args=[order.pk, mail.pk]))

    frame = re.search(r"<iframe[^>]*>", page)
    assert frame is not None
    assert re.search(r"\ssandbox\s", frame[0])
    assert body.content == b"<b>Hello</b>"
    assert body.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_no_form_writes_to_an_order(fern: Shop) -> None:
    order = factories.order(fern.version)
    fern.client.post(reverse("admin:orders_order_change", args=[order.pk]), {"state": "completed", "total": "1"})

    order.refresh_from_db()
    assert (order.state, order.total) == ("pending", 4900)


def test_the_order_page_asks_the_database_a_fixed_number_of_questions(
    fern: Shop, sandbox: Sandbox, django_assert_max_num_queries: object
) -> None:
    order = factories.paid_order(sandbox, fern.version, offer=True)
    client = fern.client
    for number in range(20):
        Event.objects.create(order=order, kind="note", actor="x", data={"text": str(number)})

    with django_assert_max_num_queries(30):
        client.get(reverse("admin:orders_order_change", args=[order.pk]))


def test_an_inbound_event_is_replayed(fern: Shop) -> None:
    event = InboundEvent.objects.create(
        connection=fern.version.funnel.gateway, event_id="evt_9", type="customer.created", payload={},
        state=InboundEvent.State.IGNORED, processed_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    address = reverse("admin:integrations_inboundevent_replay", args=[event.pk])
    assert fern.client.get(address).status_code == 405

    fern.client.post(address)

    event.refresh_from_db()
    assert event.state == InboundEvent.State.RECEIVED
    job = Job.objects.get(kind="inbox.process")
    processing.process(job)
    event.refresh_from_db()
    assert event.state == InboundEvent.State.IGNORED


@pytest.mark.parametrize(("deed", "state"), [("replay", "waiting"), ("drop", "dropped")])
def test_a_dead_letter_is_replayed_or_dropped_and_nothing_else_is(deed: str, state: str, fern: Shop) -> None:
    dead = Job.objects.create(kind="crm.order", key="1", tenant=fern.merchant.pk, state=Job.State.DEAD, attempts=5)
    done = Job.objects.create(kind="crm.order", key="2", tenant=fern.merchant.pk, state=Job.State.DONE, attempts=1)

    for job in (dead, done):
        fern.client.post(reverse(f"admin:integrations_job_{deed}", args=[job.pk]))

    dead.refresh_from_db()
    done.refresh_from_db()
    assert dead.state == state
    assert (done.state, done.attempts) == ("done", 1)


def test_dead_letters_are_replayed_from_the_list(fern: Shop) -> None:
    dead = Job.objects.create(kind="crm.order", key="1", tenant=fern.merchant.pk, state=Job.State.DEAD, attempts=5)

    fern.client.post(reverse("admin:integrations_job_changelist"), {"action": "replay", "_selected_action": [dead.pk]})

    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("waiting", 0)
