"""Money goes back once, never more than was captured, whoever asked and whichever word comes first."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import stripe

from integrations.errors import OutcomeUnknown, ProviderRefused, ProviderUnavailable
from integrations.gateways.types import RefundNotice, RefundOutcome, RefundResult
from integrations.money import Money
from integrations.outbox.models import Job
from orders.models import Order, Payment, Refund
from orders.refunds import refunding, settling_refunds
from orders.refunds.refunding import RefundRefused
from tests import driving, factories
from tests.gateway_harness import HARNESSES, Harness
from tests.orders.attempts import ON_ITS_WAY, REFUND_FAILED, SUCCEEDED, kinds, paid, recorded, sent, sums, usd
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


def give_back(payment: Payment, amount: int, **fields: str) -> Refund:
    given = {"reason": "requested_by_customer", "note": "", "actor": "ada", **fields}
    return refunding.refund(payment=payment, money=usd(amount), **given)  # type: ignore[arg-type]


class TestAtTheGateway:
    @pytest.fixture(params=HARNESSES, autouse=True)
    def harness(self, request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch) -> Iterator[Harness]:
        monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
        yield HARNESSES[request.param](sandbox)
        sandbox.clear_faults()

    @pytest.fixture
    def payment(self, harness: Harness, sandbox: Sandbox) -> Payment:
        payment = factories.paid_order(sandbox, provider=harness.provider).payments.get()
        if harness.provider == "nmi":
            sandbox.control("nmi/settle")
        return payment

    def test_the_whole_payment(self, harness: Harness, payment: Payment) -> None:
        refund = give_back(payment, 4900)
        assert (refund.state, refund.amount, refund.actor) == ("succeeded", 4900, "ada")
        assert refund.reference
        assert harness.given_back() == [usd(4900)]
        assert sums(payment.order) == ("refunded", 4900, 4900, 4900)
        assert kinds(payment.order)[-2:] == ["refund.sent", "refund.succeeded"]

    def test_in_two_parts(self, harness: Harness, payment: Payment) -> None:
        give_back(payment, 1000)
        assert sums(payment.order) == ("partially_refunded", 4900, 4900, 1000)
        give_back(payment, 3900)
        assert sums(payment.order) == ("refunded", 4900, 4900, 4900)
        assert sorted(money.amount for money in harness.given_back()) == [1000, 3900]

    def test_the_same_request_again_is_the_first_ones_refund(self, harness: Harness, payment: Payment) -> None:
        first = give_back(payment, 1000, key="ref_form")
        again = give_back(payment, 1000, key="ref_form")
        assert first.pk == again.pk
        assert harness.given_back() == [usd(1000)]
        assert sums(payment.order)[3] == 1000

    def test_a_lost_answer_is_asked_for_again_and_the_money_goes_back_once(
        self, harness: Harness, payment: Payment
    ) -> None:
        harness.misbehave("cut_after", harness.refund_call)
        refund = give_back(payment, 1000)
        assert (refund.state, refund.unknown_since is not None) == ("sent", True)
        assert sums(payment.order)[3] == 0
        harness.sandbox.clear_faults()
        assert driving.run_now("refund.resolve") == "done"
        refund.refresh_from_db()
        assert (refund.state, refund.unknown_since) == ("succeeded", None)
        assert harness.given_back() == [usd(1000)]
        assert sums(payment.order) == ("partially_refunded", 4900, 4900, 1000)

    def test_a_gateway_that_is_still_down_does_not_make_a_lost_refund_a_failed_one(
        self, harness: Harness, payment: Payment, settings, unreachable: str
    ) -> None:
        harness.misbehave("cut_after", harness.refund_call)
        refund = give_back(payment, 1000)
        harness.sandbox.clear_faults()
        reachable = (settings.STRIPE_API_BASE, settings.NMI_BASE_URL)
        settings.STRIPE_API_BASE = settings.NMI_BASE_URL = unreachable
        assert driving.run_now("refund.resolve") == "waiting"
        refund.refresh_from_db()
        assert refund.state == "sent"
        settings.STRIPE_API_BASE, settings.NMI_BASE_URL = reachable
        assert driving.run_now("refund.resolve") == "done"
        assert harness.given_back() == [usd(1000)]
        assert sums(payment.order)[3] == 1000

    def test_a_gateway_that_is_down_at_first_fails_the_refund_with_nothing_given_back(
        self, harness: Harness, payment: Payment, settings, unreachable: str
    ) -> None:
        settings.STRIPE_API_BASE = settings.NMI_BASE_URL = unreachable
        refund = give_back(payment, 1000)
        assert refund.state == "failed"
        assert harness.given_back() == []
        assert sums(payment.order) == ("completed", 4900, 4900, 0)
        assert Job.objects.filter(kind__startswith="refund.").count() == 0


class TestRefused:
    @pytest.fixture
    def payment(self) -> Payment:
        return paid()

    def refused(self, payment: Payment, money: Money, match: str) -> None:
        before = kinds(payment.order)
        with pytest.raises(RefundRefused, match=match):
            refunding.refund(payment=payment, money=money, reason="other", note="", actor="ada")
        assert not Refund.objects.exists()
        assert kinds(payment.order) == before

    def test_more_than_the_payment(self, payment: Payment) -> None:
        self.refused(payment, usd(4901), r"At most \$49.00 of this payment can be refunded")

    def test_more_than_is_left(self, payment: Payment) -> None:
        Payment.objects.filter(pk=payment.pk).update(refunded=4000)
        self.refused(payment, usd(901), r"At most \$9.00 of this payment can be refunded")

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_or_less(self, payment: Payment, amount: int) -> None:
        self.refused(payment, usd(amount), "Enter an amount above zero")

    def test_another_currency(self, payment: Payment) -> None:
        self.refused(payment, Money(100, "EUR"), "The payment was made in USD")

    @pytest.mark.parametrize("state", ["sent", "action_required", "pending", "failed"])
    def test_a_payment_that_took_no_money(self, payment: Payment, state: str) -> None:
        Payment.objects.filter(pk=payment.pk).update(state=state)
        self.refused(payment, usd(100), "Only an approved payment can be refunded")

    def test_while_another_is_on_its_way(self, payment: Payment) -> None:
        recorded(payment, 100)
        with pytest.raises(RefundRefused, match="Another refund of this payment is on its way"):
            give_back(payment, 100)
        assert Refund.objects.count() == 1


class TestSettling:
    @pytest.fixture
    def attempt(self) -> Refund:
        return recorded(paid(), 1000)

    def order(self, attempt: Refund) -> Order:
        return attempt.payment.order

    def test_a_pending_refund_counts_and_succeeds_later_without_counting_twice(self, attempt: Refund) -> None:
        settling_refunds.settle(attempt, ON_ITS_WAY, actor="ada")
        assert sums(self.order(attempt))[3] == 1000
        assert driving.put("mail.refund") == []
        settling_refunds.settle(attempt, SUCCEEDED, actor="gateway")
        assert sums(self.order(attempt)) == ("partially_refunded", 4900, 4900, 1000)
        assert driving.put("mail.refund") == [("mail.refund", attempt.key, f"mail:{self.order(attempt).pk}")]

    @pytest.mark.parametrize("first", [ON_ITS_WAY, SUCCEEDED], ids=["pending", "succeeded"])
    def test_a_refund_that_fails_later_is_taken_back(self, attempt: Refund, first: RefundResult) -> None:
        settling_refunds.settle(attempt, first, actor="ada")
        failed = settling_refunds.settle(attempt, REFUND_FAILED, actor="gateway")
        assert (failed.state, failed.message) == ("failed", "The account is closed.")
        assert sums(self.order(attempt)) == ("completed", 4900, 4900, 0)
        assert Payment.objects.get().refunded == 0

    def test_a_refund_that_fails_at_once_counts_nothing(self, attempt: Refund) -> None:
        settling_refunds.settle(attempt, REFUND_FAILED, actor="ada")
        assert sums(self.order(attempt)) == ("completed", 4900, 4900, 0)
        assert driving.put("mail.refund", "crm.refund") == []

    @pytest.mark.parametrize("result", [SUCCEEDED, ON_ITS_WAY, REFUND_FAILED], ids=lambda result: result.outcome)
    def test_the_same_word_twice_changes_nothing_more(self, attempt: Refund, result: RefundResult) -> None:
        settling_refunds.settle(attempt, result, actor="ada")
        before = (kinds(self.order(attempt)), sums(self.order(attempt)), driving.put())
        settling_refunds.settle(attempt, result, actor="gateway")
        assert (kinds(self.order(attempt)), sums(self.order(attempt)), driving.put()) == before

    def test_an_unknown_refund_owes_one_question(self, attempt: Refund) -> None:
        refunding.mark_unknown(attempt, detail="ReadTimeout")
        refunding.mark_unknown(attempt, detail="ReadTimeout")
        assert driving.put("refund.resolve") == [("refund.resolve", attempt.key, "")]
        assert kinds(self.order(attempt)).count("refund.unknown") == 1

    @pytest.mark.parametrize("error", [ProviderUnavailable, ProviderRefused, OutcomeUnknown])
    def test_a_repeated_question_without_an_answer_settles_nothing(self, attempt: Refund, monkeypatch, error) -> None:
        class Silent:
            def refund(self, request: object) -> None:
                raise error("stripe", "no")

        monkeypatch.setattr(refunding, "gateway_for", lambda connection: Silent())
        refunding.mark_unknown(attempt, detail="ReadTimeout")
        assert driving.run_now("refund.resolve") == "waiting"
        attempt.refresh_from_db()
        assert attempt.state == "sent"


class TestNotices:
    """What webhooks say of refunds."""

    @pytest.fixture
    def payment(self) -> Payment:
        return paid()

    def notice(self, amount: int = 1000, *, key: str = "", result: RefundResult = SUCCEEDED) -> RefundNotice:
        return RefundNotice("pi_1", result, usd(amount), key=key)

    def test_a_refund_made_at_the_gateway_is_recorded_once(self, payment: Payment) -> None:
        settling_refunds.settle_notice(payment, self.notice())
        settling_refunds.settle_notice(payment, self.notice())
        refund = Refund.objects.get()
        assert (refund.source, refund.state, refund.amount, refund.actor) == ("gateway", "succeeded", 1000, "gateway")
        assert sums(payment.order) == ("partially_refunded", 4900, 4900, 1000)
        assert len(driving.put("mail.refund")) == 1

    def test_two_refunds_made_at_the_gateway_are_two(self, payment: Payment) -> None:
        settling_refunds.settle_notice(payment, self.notice())
        settling_refunds.settle_notice(payment, self.notice(result=replace(SUCCEEDED, reference="re_2")))
        assert sums(payment.order)[3] == 2000

    @pytest.mark.parametrize("keyed", [True, False], ids=["with our key", "without a key"])
    def test_our_own_refunds_webhook_before_its_answer(self, payment: Payment, keyed: bool) -> None:
        attempt = recorded(payment, 1000)
        settling_refunds.settle_notice(payment, self.notice(key=attempt.key if keyed else ""))
        settling_refunds.settle(attempt, SUCCEEDED, actor="ada")
        assert Refund.objects.get().state == "succeeded"
        assert sums(payment.order)[3] == 1000

    @pytest.mark.parametrize("keyed", [True, False], ids=["with our key", "without a key"])
    def test_our_own_refunds_webhook_after_its_answer(self, payment: Payment, keyed: bool) -> None:
        attempt = recorded(payment, 1000)
        settling_refunds.settle(attempt, SUCCEEDED, actor="ada")
        settling_refunds.settle_notice(payment, self.notice(key=attempt.key if keyed else ""))
        assert Refund.objects.get().source == "staff"
        assert sums(payment.order)[3] == 1000

    def test_a_failure_told_by_webhook_takes_the_refund_back(self, payment: Payment) -> None:
        attempt = recorded(payment, 1000)
        settling_refunds.settle(attempt, SUCCEEDED, actor="ada")
        settling_refunds.settle_notice(payment, self.notice(key=attempt.key, result=REFUND_FAILED))
        assert sums(payment.order) == ("completed", 4900, 4900, 0)


def test_a_free_payment_has_nothing_to_give_back() -> None:
    order = factories.order(factories.published(checkout_amount=0))
    payment = sent(order, connected=False)
    Payment.objects.filter(pk=payment.pk).update(state="approved")
    with pytest.raises(RefundRefused, match=r"At most \$0.00"):
        give_back(payment, 1)


def test_a_refund_outcome_has_a_state_for_each_word() -> None:
    assert set(settling_refunds.TARGETS) == set(RefundOutcome)
