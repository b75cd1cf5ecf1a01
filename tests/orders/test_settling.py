"""Whoever brings a word on a payment, in whatever order and however often, the same truth comes of it."""

from dataclasses import replace

import pytest
from django.db import transaction

from funnels.pricing.quoting import quote
from integrations.gateways.types import ChargeResult, Decline, DeclineReason, Outcome, RefundOutcome, StoredMethod
from integrations.money import Money
from integrations.outbox.models import Job
from orders.jobs import refund_surplus
from orders.models import Order, Payment, Refund
from orders.models import StoredMethod as Stored
from orders.payments import settling
from orders.placing import change
from orders.refunds import settling_refunds
from orders.states import PaymentState
from tests import driving, factories
from tests.factories import CONTACT
from tests.orders.attempts import (
    ACTION_REQUIRED,
    APPROVED,
    DECLINED,
    ON_ITS_WAY,
    PENDING,
    REFUND_FAILED,
    STORED,
    kinds,
    paid,
    recorded,
    sent,
    settled,
    sums,
    told_version,
    usd,
)

pytestmark = pytest.mark.django_db

CAPTURABLE = ChargeResult(Outcome.CAPTURABLE, "pi_1")
RESULTS = {"approved": APPROVED, "declined": DECLINED, "action_required": ACTION_REQUIRED, "pending": PENDING}
# What each word makes of a payment in each state.
TRUTH = {
    "queued": {
        "approved": "approved", "declined": "failed", "action_required": "action_required", "pending": "pending",
    },
    "sent": {"approved": "approved", "declined": "failed", "action_required": "action_required", "pending": "pending"},
    "action_required": {
        "approved": "approved", "declined": "failed", "action_required": "action_required", "pending": "pending",
    },
    "pending": {
        "approved": "approved", "declined": "failed", "action_required": "action_required", "pending": "pending",
    },
    "failed": {"approved": "approved", "declined": "failed", "action_required": "failed", "pending": "failed"},
    "approved": dict.fromkeys(RESULTS, "approved"),
    "surplus": dict.fromkeys(RESULTS, "surplus"),
}  # fmt: skip


@pytest.fixture
def order() -> Order:
    return factories.order(told_version())


def say(payment: Payment, result: ChargeResult, *, actor: str = "gateway") -> Payment:
    return settling.settle(payment, result, actor=actor)


@pytest.mark.parametrize("said", RESULTS)
@pytest.mark.parametrize("state", PaymentState.values)
def test_every_word_in_every_state_leads_where_it_should(order: Order, state: str, said: str) -> None:
    payment = sent(order)
    Payment.objects.filter(pk=payment.pk).update(state=state)
    expected = TRUTH[state][said]
    assert say(payment, RESULTS[said]).state == expected
    payment.refresh_from_db()
    assert payment.state == expected


@pytest.mark.parametrize("said", RESULTS)
def test_the_same_word_twice_changes_nothing_more(order: Order, said: str) -> None:
    payment = sent(order)
    say(payment, RESULTS[said])
    before = (kinds(order), sums(order), driving.put(), Payment.objects.values().get(pk=payment.pk))
    say(payment, RESULTS[said])
    assert (kinds(order), sums(order), driving.put(), Payment.objects.values().get(pk=payment.pk)) == before


class TestApproval:
    def test_it_completes_the_order(self, order: Order) -> None:
        payment = settled(order, APPROVED)
        assert (payment.captured, payment.reference) == (4900, "pi_1")
        assert sums(order) == ("completed", 4900, 4900, 0)
        assert kinds(order) == ["order.placed", "payment.sent", "payment.approved", "order.completed"]
        assert order.lines.get().payment == payment

    def test_it_keeps_the_method_for_one_click_offers(self, order: Order) -> None:
        payment = settled(order, APPROVED)
        assert payment.stored_method is not None
        assert payment.stored_method.reference == STORED
        assert payment.stored_method.customer == order.customer

    def test_a_webhook_without_the_method_is_enriched_by_the_later_answer(self, order: Order) -> None:
        payment = sent(order)
        assert say(payment, replace(APPROVED, stored=None)).stored_method is None
        later = say(payment, APPROVED, actor="shopper")
        assert later.stored_method is not None
        assert later.stored_method.reference == STORED
        assert kinds(order).count("payment.approved") == 1
        assert sums(order) == ("completed", 4900, 4900, 0)

    def test_a_later_word_without_details_does_not_erase_the_cards_label(self, order: Order) -> None:
        settled(order, APPROVED)
        other = factories.order(order.version)
        bare = ChargeResult(Outcome.APPROVED, "pi_2", stored=StoredMethod("cus_1", "pm_1"))
        settled(other, bare)
        assert Stored.objects.get().reference == STORED

    def test_a_method_without_a_label_gets_it_from_the_later_answer(self, order: Order) -> None:
        payment = settled(order, replace(APPROVED, stored=StoredMethod("cus_1", "pm_1")))
        assert (payment.stored_method.reference.label, Job.objects.filter(kind="payment.method").count()) == (
            "saved payment method",
            1,
        )
        assert settling.settle(payment, APPROVED, actor="shopper").stored_method.reference == STORED
        assert Stored.objects.count() == 1

    def test_a_reference_to_no_method_is_not_kept(self, order: Order) -> None:
        settled(order, replace(APPROVED, stored=StoredMethod("cus_1", "")))
        assert not Stored.objects.exists()

    def test_an_answer_after_the_webhook_is_quiet(self, order: Order) -> None:
        payment = sent(order)
        say(payment, APPROVED)
        say(payment, APPROVED, actor="shopper")
        assert [event.actor for event in order.events.filter(kind="payment.approved")] == ["gateway"]
        assert driving.put("mail.receipt", "crm.order") == [
            ("mail.receipt", f"order:{order.pk}", f"mail:{order.pk}"),
            ("crm.order", f"order:{order.pk}", f"crm:{order.pk}"),
        ]

    def test_a_decline_after_an_approval_is_not_believed(self, order: Order) -> None:
        payment = settled(order, APPROVED)
        say(payment, DECLINED)
        assert sums(order) == ("completed", 4900, 4900, 0)

    def test_another_amount_than_asked_is_believed_and_shown_to_staff(self, order: Order) -> None:
        payment = settled(order, replace(APPROVED, money=Money(3000, "USD")))
        assert payment.captured == 3000
        assert sums(order) == ("completed", 4900, 3000, 0)
        event = order.events.get(kind="payment.amount_differs")
        assert (event.data["amount"], event.data["captured"]) == ("$49.00", "$30.00")

    def test_another_currency_than_asked_is_shown_to_staff(self, order: Order) -> None:
        payment = settled(order, replace(APPROVED, money=Money(4900, "EUR")))
        assert payment.captured == 4900
        assert order.events.get(kind="payment.amount_differs").data["captured"] == "€49.00"


class TestOffers:
    def test_an_approved_offer_adds_its_lines_and_its_money(self) -> None:
        order = paid().order
        offer = settled(order, replace(APPROVED, reference="pi_2"), step="night-cream")
        assert sums(order) == ("completed", 8800, 8800, 0)
        assert [(line.name, line.step) for line in offer.lines.all()] == [("Night cream", "night-cream")]
        assert kinds(order)[-2:] == ["payment.approved", "offer.accepted"]
        assert driving.put("crm.upsale") == [("crm.upsale", offer.key, f"crm:{order.pk}")]

    def test_a_declined_offer_leaves_the_order_as_it_was(self) -> None:
        order = paid().order
        settled(order, replace(DECLINED, reference="pi_2"), step="night-cream")
        assert sums(order) == ("completed", 4900, 4900, 0)
        assert order.lines.count() == 1

    def test_an_offer_after_a_full_refund_makes_the_refund_a_partial_one(self) -> None:
        order = paid().order
        Order.objects.filter(pk=order.pk).update(state="refunded", refunded=4900)
        settled(order, replace(APPROVED, reference="pi_2"), step="night-cream")
        assert sums(order) == ("partially_refunded", 8800, 8800, 4900)


class TestDecline:
    def test_it_fails_the_order_and_keeps_the_gateways_words_for_staff(self, order: Order) -> None:
        payment = settled(order, DECLINED)
        assert (payment.decline_reason, payment.gateway_code, payment.gateway_message) == (
            "insufficient_funds",
            "insufficient_funds",
            "Too little.",
        )
        assert sums(order) == ("failed", 4900, 0, 0)
        assert kinds(order) == ["order.placed", "payment.sent", "payment.failed"]
        assert driving.put() == []

    def test_a_decline_without_a_reason_is_a_generic_one(self, order: Order) -> None:
        assert settled(order, ChargeResult(Outcome.DECLINED, "pi_1")).decline_reason == "generic"

    def test_another_attempt_can_follow(self, order: Order) -> None:
        settled(order, DECLINED)
        settled(order, replace(APPROVED, reference="pi_2"))
        assert sums(order) == ("completed", 4900, 4900, 0)


class TestWaiting:
    def test_a_challenge_is_kept_for_the_page(self, order: Order) -> None:
        payment = settled(order, ACTION_REQUIRED)
        assert payment.action == {"client_secret": "pi_1_secret", "redirect_url": "https://bank.example"}
        assert sums(order) == ("processing", 4900, 0, 0)
        assert driving.put() == []

    def test_a_pending_payment_holds_the_step(self, order: Order) -> None:
        assert settled(order, PENDING).is_live
        assert kinds(order)[-1] == "payment.pending"

    def test_an_unknown_outcome_is_recorded_once_and_owes_one_question(self, order: Order) -> None:
        payment = sent(order)
        first = settling.mark_unknown(payment, detail="ReadTimeout")
        again = settling.mark_unknown(payment, detail="ReadTimeout")
        assert first.unknown_since == again.unknown_since is not None
        assert kinds(order) == ["order.placed", "payment.sent", "payment.unknown"]
        assert driving.put() == [("payment.resolve", payment.key, "")]

    def test_a_settled_payment_is_not_unknown_any_more(self, order: Order) -> None:
        payment = settled(order, APPROVED)
        assert settling.mark_unknown(payment, detail="ReadTimeout").state == "approved"
        assert driving.put("payment.resolve") == []


class TestAdoption:
    """A payment that we called failed, and the gateway then says that it took the money."""

    def test_it_pays_the_step_if_nothing_else_did(self, order: Order) -> None:
        payment = settled(order, DECLINED)
        assert say(payment, APPROVED).state == "approved"
        assert sums(order) == ("completed", 4900, 4900, 0)
        assert len(driving.put("mail.receipt")) == len(driving.put("crm.order")) == 1

    def test_the_order_again_promises_what_that_payment_bought(self, order: Order) -> None:
        payment = settled(order, DECLINED)
        with transaction.atomic():
            dearer = quote(order.spec.steps["checkout"], quantity=3)
            change(Order.objects.get(pk=order.pk), step="checkout", contact=CONTACT, quote=dearer)
        assert sums(order)[1] == 14700
        say(payment, APPROVED)
        assert sums(order) == ("completed", 4900, 4900, 0)
        assert [(line.quantity, line.payment_id) for line in order.lines.all()] == [(1, payment.pk)]
        assert kinds(order).count("order.changed") == 2


def test_word_of_an_approval_that_comes_after_the_capture_began_does_not_undo_that(order: Order) -> None:
    payment = settled(order, PENDING)
    assert say(payment, CAPTURABLE).state == "pending"
    given_up = Decline(DeclineReason.ABANDONED)
    assert say(payment, ChargeResult(Outcome.DECLINED, "pi_1", decline=given_up), actor="shopper").state == "pending"
    assert kinds(order) == ["order.placed", "payment.sent", "payment.pending"]


class TestSurplus:
    @pytest.fixture
    def surplus(self, order: Order) -> Payment:
        """The first attempt seemed to fail, the second paid, and then the first turns out to have been taken."""
        first = settled(order, DECLINED)
        settled(order, replace(APPROVED, reference="pi_2"))
        return say(first, APPROVED)

    def test_it_is_kept_out_of_the_order(self, order: Order, surplus: Payment) -> None:
        assert (surplus.state, surplus.captured) == ("surplus", 4900)
        assert sums(order) == ("completed", 4900, 4900, 0)
        assert kinds(order)[-1] == "payment.surplus"
        assert order.lines.get().payment != surplus

    def test_it_owes_one_refund_and_no_second_receipt(self, order: Order, surplus: Payment) -> None:
        say(surplus, APPROVED)
        assert driving.put("payment.refund_surplus") == [("payment.refund_surplus", surplus.key, "")]
        assert len(driving.put("mail.receipt")) == len(driving.put("crm.order")) == 1

    def test_it_is_surplus_also_while_the_other_is_still_open(self, order: Order) -> None:
        first = settled(order, DECLINED)
        sent(order)
        assert say(first, APPROVED).state == "surplus"

    def test_the_job_waits_for_a_refund_that_is_on_its_way(self, surplus: Payment) -> None:
        Refund.objects.create(payment=surplus, amount=1, currency="USD", actor="staff")
        assert driving.run_now("payment.refund_surplus") == "waiting"
        assert Refund.objects.count() == 1

    def test_the_job_has_nothing_to_do_for_a_payment_that_is_no_surplus(self, order: Order) -> None:
        payment = settled(order, APPROVED)
        refund_surplus(Job(kind="payment.refund_surplus", payload={"payment": payment.pk}))
        assert not Refund.objects.exists()

    @pytest.mark.parametrize("job_state", ["done", "running"])
    def test_a_refund_of_it_that_fails_only_later_is_owed_again(self, surplus: Payment, job_state: str) -> None:
        refund = recorded(surplus, 4900)
        settling_refunds.settle(refund, ON_ITS_WAY, actor="system")
        Job.objects.filter(kind="payment.refund_surplus").update(state=job_state)
        settling_refunds.settle(refund, REFUND_FAILED, actor="gateway")
        surplus.refresh_from_db()
        assert surplus.refundable == usd(4900)
        assert Job.objects.filter(kind="payment.refund_surplus", state="waiting").count() == 1

    @pytest.mark.parametrize("provider", ["stripe", "nmi"])
    def test_the_money_goes_back_by_itself_and_the_shopper_keeps_the_order(self, sandbox, provider: str) -> None:
        order = factories.paid_order(sandbox, factories.published(provider=provider))
        twice = order.payments.get()
        other = factories.paid_order(sandbox, order.version).payments.get()
        Payment.objects.filter(pk=other.pk).update(order=order, state="failed", captured=0, step="checkout")
        other.refresh_from_db()
        say(other, ChargeResult(Outcome.APPROVED, other.reference))
        assert driving.run_now("payment.refund_surplus") == "done"
        other.refresh_from_db()
        refund = Refund.objects.get()
        assert (other.state, other.refunded, refund.state, refund.reason) == ("surplus", 4900, "succeeded", "duplicate")
        assert (refund.source, refund.actor) == ("system", "system")
        assert sums(order) == ("completed", 4900, 4900, 0)
        assert twice.refunds.count() == 0
        assert refund.state == RefundOutcome.SUCCEEDED
