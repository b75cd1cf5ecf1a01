"""Receipts and refund mails: what they say, that each is sent once, and that no trouble with mail touches a sale."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.running import run
from orders.models import Event, Mail, Order, Payment, Refund
from orders.refunds import refunding
from orders.states import OrderState
from orders.telling import announcing, mail
from tests import factories, racing, working
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merchant() -> Any:
    return factories.merchant("Fern & Salt", support_email="help@fern.example", sender_email="orders@fern.example")


def sell(sandbox: Sandbox, merchant: Any, *, mailer: str = "resend", **options: Any) -> Order:
    """A paid order whose funnel sends mail."""
    connection = factories.connection(mailer, merchant=merchant)
    return factories.paid_order(sandbox, merchant=merchant, mailer=connection, **options)


def mails(sandbox: Sandbox, provider: str = "resend") -> list[dict[str, Any]]:
    return list(sandbox.books(provider).get("mails", {}).values())


def words(html: str) -> str:
    body = html[html.index("<body") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def give_back(order: Order, amount: int, reason: Refund.Reason = Refund.Reason.REQUESTED) -> Refund:
    payment = order.payments.get(kind=Payment.Kind.CHECKOUT)
    return refunding.refund(
        payment=payment, money=order.money(amount), reason=reason, note="a note for staff only", actor="root"
    )


@pytest.mark.parametrize("provider", ["resend", "sendgrid"])
def test_a_receipt_says_what_was_bought_and_paid_in_both_halves(sandbox: Sandbox, merchant: Any, provider: str) -> None:
    order = sell(sandbox, merchant, mailer=provider, bump_amount=1800, offer=True)
    assert working.do("mail.receipt") == "done"
    [sent] = mails(sandbox, provider)
    assert (sent["to"], sent["reply_to"]) == (["ada@example.com"], ["help@fern.example"])
    assert "orders@fern.example" in sent["from"]
    assert sent["subject"] == f"Your receipt from Fern & Salt, order {order.number}"
    for half in (words(sent["html"]), sent["text"]):
        for said in (order.number, "Night serum", "$49.00", "Night cream", "$39.00", "$88.00", "Visa ending 4242"):
            assert said in half
    assert 'style="' in sent["html"]


def test_a_sent_receipt_is_stored_as_sent_and_stands_on_the_timeline(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    working.do("mail.receipt")
    [sent] = mails(sandbox)
    stored = Mail.objects.get()
    assert (stored.key, stored.kind, stored.to) == (f"receipt:{order.number}", "receipt", "ada@example.com")
    assert (stored.html, stored.text, stored.message_id) == (sent["html"], sent["text"], sent["id"])
    assert stored.sent_at is not None
    assert Event.objects.get(kind="mail.sent").data == {"subject": stored.subject}


def test_amounts_of_a_currency_without_decimals_have_none(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant, currency="JPY", checkout_amount=4900, offers=False)
    working.do("mail.receipt")
    assert "¥4,900" in mails(sandbox)[0]["text"]


def test_a_receipt_waits_until_the_funnel_ends_and_then_tells_of_the_offer_too(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    job = Job.objects.get(kind="mail.receipt")
    assert job.run_at - timezone.now() > timedelta(minutes=14)
    assert run(job.pk) == "not due"
    announcing.funnel_ended(order.pk)
    assert run(job.pk) == "done"
    assert len(mails(sandbox)) == 1


def test_a_receipt_waits_for_an_offer_of_unknown_outcome_but_not_for_ever(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant, offer=True)
    offer = Payment.objects.filter(order=order, kind=Payment.Kind.OFFER)
    offer.update(state="sent", unknown_since=timezone.now())
    assert working.do("mail.receipt") == "waiting"
    assert mails(sandbox) == []
    assert Job.objects.get(kind="mail.receipt").attempts == 0
    offer.update(unknown_since=timezone.now() - timedelta(hours=2))
    assert working.do("mail.receipt") == "done"


def test_a_job_that_is_delivered_twice_sends_one_mail(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant, mailer="sendgrid")
    working.do("mail.receipt")
    job = Job.objects.get(kind="mail.receipt")
    working.forget(job)
    assert run(job.pk) == "done"
    assert len(mails(sandbox, "sendgrid")) == 1
    assert Event.objects.filter(kind="mail.sent").count() == 1


def test_two_workers_at_once_send_one_mail(sandbox: Sandbox, merchant: Any) -> None:
    sell(sandbox, merchant, mailer="sendgrid", offers=False)
    job = Job.objects.get(kind="mail.receipt")
    assert sorted(racing.at_once(lambda: run(job.pk), lambda: run(job.pk))) == ["done", "not due"]
    assert len(mails(sandbox, "sendgrid")) == 1


def test_two_writers_of_one_mail_store_one_and_send_the_same(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    first, second = racing.at_once(lambda: mail.receipt(order), lambda: mail.receipt(order))
    assert first == second == Mail.objects.get()


@pytest.mark.parametrize(
    ("do", "value"), [("cut_after", 0), ("cut_before", 0), ("malformed", 0), ("status", 500), ("status", 429)]
)
def test_after_any_trouble_with_resend_the_shopper_has_one_mail(
    sandbox: Sandbox, merchant: Any, do: str, value: int
) -> None:
    sell(sandbox, merchant)
    sandbox.fault("resend", do, value=value)
    assert working.do("mail.receipt") == "waiting"
    assert working.do("mail.receipt") == "done"
    assert len(mails(sandbox)) == 1


def test_a_retry_sends_the_same_bytes_although_the_order_has_changed(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    sandbox.fault("resend", "cut_after")
    working.do("mail.receipt")
    order.lines.update(name="Renamed since")
    assert working.do("mail.receipt") == "done"
    first, second = sandbox.calls("resend", "POST /emails")
    assert first["body"] == second["body"]


def test_after_a_lost_answer_of_sendgrid_staff_decide_and_no_second_mail_goes_out_unasked(
    sandbox: Sandbox, merchant: Any
) -> None:
    sell(sandbox, merchant, mailer="sendgrid")
    sandbox.fault("sendgrid", "cut_after")
    assert working.do("mail.receipt") == "dead"
    assert "It may have been sent" in Job.objects.get(kind="mail.receipt").last_error
    assert len(mails(sandbox, "sendgrid")) == 1
    queue.replay(Job.objects.get(kind="mail.receipt"))
    assert working.do("mail.receipt") == "done"
    assert len({sent["headers"]["Message-ID"] for sent in mails(sandbox, "sendgrid")}) == 1


def test_a_worker_that_dies_while_sendgrid_has_the_mail_leaves_the_second_one_to_staff(
    sandbox: Sandbox, merchant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(sandbox, merchant, mailer="sendgrid")

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mail, "_note_sent", die)
        with pytest.raises(KeyboardInterrupt):
            working.do("mail.receipt")
    assert len(mails(sandbox, "sendgrid")) == 1
    Job.objects.filter(kind="mail.receipt").update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert working.do("mail.receipt") == "dead"
    assert "the worker stopped while it was sending" in Job.objects.get(kind="mail.receipt").last_error
    assert len(sandbox.calls("sendgrid", "POST /v3/mail/send")) == 1
    queue.replay(Job.objects.get(kind="mail.receipt"))
    assert working.do("mail.receipt") == "done"
    assert len(sandbox.calls("sendgrid", "POST /v3/mail/send")) == 2


def test_mail_that_stays_down_ends_in_a_dead_letter_and_the_sale_is_untouched(sandbox: Sandbox, merchant: Any) -> None:
    sandbox.fault("sendgrid", "status", times=None, value=503)
    order = sell(sandbox, merchant, mailer="sendgrid")
    assert working.do_all("mail") == ["dead"]
    order.refresh_from_db()
    assert (order.state, order.captured) == (OrderState.COMPLETED, 4900)
    assert Mail.objects.get().sent_at is None
    sandbox.clear_faults()
    queue.replay(Job.objects.get(kind="mail.receipt"))
    assert working.do_all("mail") == ["done"]
    assert len(mails(sandbox, "sendgrid")) == 1


def test_a_wrong_key_is_a_dead_letter_at_once_and_a_replay_with_the_right_one_sends(
    sandbox: Sandbox, merchant: Any
) -> None:
    mailer = factories.connection("resend", merchant=merchant)
    mailer.secrets = {"api_key": "visibly-wrong"}
    mailer.save()
    factories.paid_order(sandbox, merchant=merchant, mailer=mailer)
    assert working.do("mail.receipt") == "dead"
    assert "invalid_api_key" in Job.objects.get().last_error
    mailer.secrets = {"api_key": "re_sandbox_fern"}
    mailer.save()
    queue.replay(Job.objects.get())
    assert working.do("mail.receipt") == "done"
    assert len(mails(sandbox)) == 1


def test_a_partial_refund_is_told_after_the_receipt_with_its_amount(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    give_back(order, 1000)
    assert working.do_all("mail") == ["done", "done"]
    receipt, refund = mails(sandbox)
    assert receipt["subject"].startswith("Your receipt")
    assert refund["subject"] == "Your refund of $10.00 from Fern & Salt"
    for half in (words(refund["html"]), refund["text"]):
        assert "Part of your order has been refunded" in half
        assert "$10.00" in half
        assert "Requested by the customer" in half
        assert "a note for staff only" not in half


def test_a_full_refund_says_so_and_a_suspicion_of_fraud_is_not_told(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    give_back(order, 4900, Refund.Reason.FRAUDULENT)
    working.do_all("mail")
    text = mails(sandbox)[1]["text"]
    assert "Your order has been refunded." in text
    assert "Reason" not in text
    assert "raud" not in text


def test_two_refunds_are_two_mails_and_the_second_tells_the_sum(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    give_back(order, 1000)
    working.do_all("mail")
    give_back(order, 500)
    working.do_all("mail")
    _receipt, first, second = mails(sandbox)
    assert "$15.00" not in first["text"]
    assert "$5.00" in second["text"]
    assert "$15.00" in second["text"]


def test_a_refund_mail_with_a_lost_answer_reaches_the_shopper_once(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    working.do_all("mail")
    give_back(order, 1000)
    sandbox.fault("resend", "cut_after")
    assert working.do("mail.refund") == "waiting"
    assert working.do("mail.refund") == "done"
    assert len(mails(sandbox)) == 2


def test_staff_send_a_receipt_again_as_often_as_they_ask(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    working.do_all("mail")
    mail.resend_receipt(order, "root")
    mail.resend_receipt(order, "root")
    assert working.do_all("mail") == ["done"] * 3
    assert len(mails(sandbox)) == 3
    assert Event.objects.filter(kind="mail.resent", actor="root").count() == 2


def test_sending_again_what_was_never_sent_sends_the_first_one_now(sandbox: Sandbox, merchant: Any) -> None:
    order = sell(sandbox, merchant)
    mail.resend_receipt(order, "root")
    assert run(Job.objects.get().pk) == "done"
    assert len(mails(sandbox)) == 1


def test_sending_again_replays_a_receipt_that_is_a_dead_letter(sandbox: Sandbox, merchant: Any) -> None:
    sandbox.fault("resend", "status", value=422)
    order = sell(sandbox, merchant)
    assert working.do("mail.receipt") == "dead"
    mail.resend_receipt(order, "root")
    assert run(Job.objects.get().pk) == "done"
    assert len(mails(sandbox)) == 1


def test_a_mail_connection_that_is_switched_off_is_a_dead_letter_that_says_so(sandbox: Sandbox, merchant: Any) -> None:
    mailer = factories.connection("resend", merchant=merchant)
    factories.paid_order(sandbox, merchant=merchant, mailer=mailer)
    mailer.active = False
    mailer.save()
    assert working.do("mail.receipt") == "dead"
    assert Job.objects.get().last_error == "The funnel's mail connection is switched off."
    assert mails(sandbox) == []
