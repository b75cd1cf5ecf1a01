"""The gateway's answer and its webhook at the same moment, and in both orders, make one sale."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from integrations.gateways.types import ChargeRequest, ChargeResult, Outcome, StoredMethod
from orders.models import Order, Payment
from orders.payments import charging, settling
from tests import driving, factories, racing
from tests.concurrency.conftest import Guards, Shop, held
from tests.orders.attempts import kinds, sent

pytestmark = pytest.mark.django_db(transaction=True)

STORED = StoredMethod("cus_1", "pm_1", "Visa", "4242", "12/2034")
ANSWER = ChargeResult(Outcome.APPROVED, "pi_1", stored=STORED)
WEBHOOK = ChargeResult(Outcome.APPROVED, "pi_1")


@pytest.fixture
def payment() -> Payment:
    owner = factories.merchant()
    version = factories.published(
        merchant=owner,
        mailer=factories.connection("resend", merchant=owner),
        crm=factories.connection("konnektive", merchant=owner),
    )
    return sent(factories.order(version))


def say(payment: Payment, result: ChargeResult, actor: str) -> Payment:
    return settling.settle(Payment.objects.get(pk=payment.pk), result, actor=actor)


class TestAtTheSameMoment:
    @pytest.mark.parametrize("first", ["shopper", "gateway"])
    def test_they_settle_once_and_the_method_is_kept(self, payment: Payment, first: str) -> None:
        words = [(ANSWER, "shopper"), (WEBHOOK, "gateway")]
        if first == "gateway":
            words.reverse()
        deeds: list[Future[Payment]] = []
        with held(payment.order):
            for count, (result, actor) in enumerate(words, start=1):
                deeds.append(racing.start(say, payment, result, actor))
                racing.wait_until_blocked(count)
        assert [deed.result(timeout=10).state for deed in deeds] == ["approved", "approved"]
        order = Order.objects.get()
        assert (order.state, order.captured) == ("completed", 4900)
        assert kinds(order) == ["order.placed", "payment.sent", "payment.approved", "order.completed"]
        assert [event.actor for event in order.events.filter(kind="payment.approved")] == [first]
        asked = ["payment.method"] if first == "gateway" else []  # The webhook does not tell of the method.
        assert [kind for kind, _key, _lane in driving.put()] == ["mail.receipt", "crm.order", *asked]
        assert order.payments.get().stored_method is not None

    def settle_at_once(self, payment: Payment) -> Order:
        racing.at_once(lambda: say(payment, ANSWER, "shopper"), lambda: say(payment, WEBHOOK, "gateway"))
        return Order.objects.get()

    def test_the_compare_and_swap_alone_settles_once_if_the_lock_fails(self, payment: Payment, guards: Guards) -> None:
        guards.without_locks()
        guards.line_up(settling, "_captured")
        order = self.settle_at_once(payment)
        assert order.captured == 4900
        assert kinds(order).count("payment.approved") == 1

    def test_control_without_lock_and_compare_and_swap_the_money_is_counted_twice(
        self, payment: Payment, guards: Guards
    ) -> None:
        guards.without_locks()
        guards.without_compare_and_swap()
        guards.line_up(settling, "_captured")
        order = self.settle_at_once(payment)
        assert order.captured == 9800
        assert kinds(order).count("payment.approved") == 2


def interrupt(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Let something happen after a gateway has charged and before its answer is settled."""
    real = charging.gateway_for

    class Slow:
        def __init__(self, connection: Any) -> None:
            self.gateway = real(connection)

        def charge(self, request: ChargeRequest) -> ChargeResult:
            result = self.gateway.charge(request)
            meanwhile()
            return result

    monkeypatch.setattr(charging, "gateway_for", Slow)


class TestThroughRealDeliveries:
    @pytest.fixture(autouse=True)
    def webhooks(self, shop: Shop, live_server: Any) -> None:
        shop.webhooks_to(live_server.url)

    def sale_to_the_end(self, shop: Shop, **offer: bool) -> None:
        run = shop.run_at_the_offer()
        amounts = [4900]
        if offer.get("accept"):
            factories.accept(run)
            amounts.append(3900)
        shop.prove_one_sale(*amounts)

    @pytest.mark.parametrize("accept", [False, True], ids=["checkout", "with an offer"])
    def test_the_webhook_before_the_response(self, shop: Shop, monkeypatch, accept: bool) -> None:
        states: list[str] = []

        def webhook_wins() -> None:
            shop.sandbox.wait_until_idle()
            driving.run_due_jobs("inbox.process")
            states.append(Payment.objects.latest("pk").state)

        interrupt(monkeypatch, webhook_wins)
        self.sale_to_the_end(shop, accept=accept)
        assert states == ["approved"] * len(states) != []

    @pytest.mark.parametrize("accept", [False, True], ids=["checkout", "with an offer"])
    def test_the_response_before_the_webhook(self, shop: Shop, accept: bool) -> None:
        shop.sandbox.control("deliveries", provider=shop.account.provider, do="hold")
        run = shop.run_at_the_offer()
        amounts = [4900]
        if accept:
            factories.accept(run)
            amounts.append(3900)
        shop.deliver("release")
        shop.prove_one_sale(*amounts)

    def test_webhooks_repeated_and_in_reverse(self, shop: Shop) -> None:
        shop.sandbox.control("deliveries", provider=shop.account.provider, do="hold")
        factories.accept(shop.run_at_the_offer())
        shop.deliver("reverse")
        shop.deliver("repeat")
        shop.deliver("repeat")
        shop.prove_one_sale(4900, 3900)
