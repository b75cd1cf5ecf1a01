"""A process that dies, and answers that never come: each sale is found again, and is one sale."""

from typing import Any

import pytest

from integrations.gateways.types import DeclineReason
from orders.models import Order, Payment
from orders.payments import charging, resolving
from tests import driving, factories
from tests.concurrency.conftest import DIRECT_AND_QUEUED, Guards, Shop

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("shop", DIRECT_AND_QUEUED, indirect=True),
]


class Died(BaseException):
    """The process was killed."""


def die_once(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    with_life = getattr(module, name)

    def dying(*_args: Any, **_kwargs: Any) -> None:
        monkeypatch.setattr(module, name, with_life)
        raise Died

    monkeypatch.setattr(module, name, dying)


def sweep_and_resolve() -> str:
    """The clock's sweep finds the attempt, and the job asks the gateway."""
    factories.age(Payment.objects.latest("pk"), 121)
    resolving.sweep()
    return driving.run_now("payment.resolve")


class TestBetweenCallAndSettle:
    def crash(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Any:
        run = factories.run(shop.version)
        die_once(monkeypatch, charging.settling, "settle")
        with pytest.raises(Died):
            shop.submit(run)
        assert Payment.objects.get().state == "sent"
        assert shop.taken() == [4900]
        return run

    def test_the_sweep_finds_the_charge(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.crash(shop, monkeypatch)
        assert sweep_and_resolve() == "done"
        shop.prove_one_sale(4900)

    def test_a_shopper_who_submits_again_meanwhile_is_not_charged_again(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = self.crash(shop, monkeypatch)
        assert shop.submit(run).state == "sent"
        assert shop.taken() == [4900]
        sweep_and_resolve()
        shop.prove_one_sale(4900)

    def test_an_offer_is_found_in_the_same_way(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        run = shop.run_at_the_offer()
        die_once(monkeypatch, charging.settling, "settle")
        with pytest.raises(Died):
            shop.accept(run)
        assert shop.accept(run).state == "sent"
        assert sweep_and_resolve() == "done"
        shop.prove_one_sale(4900, 3900)

    @pytest.mark.usefixtures("without_payment_index")
    def test_control_if_the_lost_attempt_did_not_hold_its_step_the_shopper_would_pay_twice(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch, guards: Guards
    ) -> None:
        run = self.crash(shop, monkeypatch)
        monkeypatch.setattr(type(Payment.objects.all()), "live", lambda payments: payments.none())
        shop.submit(run)
        assert shop.taken() == [4900, 4900]


def test_a_crash_before_the_call_frees_the_step_after_the_horizon(shop: Shop, monkeypatch) -> None:
    run = factories.run(shop.version)
    die_once(monkeypatch, charging, "gateway_for")
    with pytest.raises(Died):
        shop.submit(run)
    assert shop.taken() == []
    assert sweep_and_resolve() == "done"
    assert Payment.objects.get().decline_reason == DeclineReason.NOT_CHARGED
    assert shop.submit(run).state == "approved"
    shop.prove_one_sale(4900)


class TestTimeout:
    def test_after_the_charge_took_effect(self, shop: Shop) -> None:
        run = factories.run(shop.version)
        shop.harness.misbehave("cut_after", shop.harness.charge_call)
        assert shop.submit(run).unknown_since is not None
        assert shop.submit(run).state == "sent"
        shop.sandbox.clear_faults()
        assert shop.taken() == [4900]
        assert driving.run_now("payment.resolve") == "done"
        shop.prove_one_sale(4900)

    def test_after_an_offers_charge_took_effect(self, shop: Shop) -> None:
        run = shop.run_at_the_offer()
        shop.harness.misbehave("cut_after", shop.harness.charge_call)
        shop.accept(run)
        assert shop.accept(run).state == "sent"
        shop.sandbox.clear_faults()
        assert driving.run_now("payment.resolve") == "done"
        shop.prove_one_sale(4900, 3900)

    def test_before_the_charge_took_effect_the_step_is_freed_after_the_horizon_and_a_retry_works(
        self, shop: Shop
    ) -> None:
        run = factories.run(shop.version)
        shop.harness.misbehave("cut_before", shop.harness.charge_call)
        lost = shop.submit(run)
        shop.sandbox.clear_faults()
        assert driving.run_now("payment.resolve") == "waiting"
        assert shop.submit(run).pk == lost.pk
        factories.age(lost, 121)
        assert driving.run_now("payment.resolve") == "done"
        assert shop.submit(run).state == "approved"
        shop.prove_one_sale(4900)

    def test_control_believing_a_lost_answer_to_be_a_decline_would_charge_twice(self, shop: Shop, monkeypatch) -> None:
        run = factories.run(shop.version)
        shop.harness.misbehave("cut_after", shop.harness.charge_call)
        lost = shop.submit(run)
        shop.sandbox.clear_faults()
        Payment.objects.filter(pk=lost.pk).update(state="failed")
        shop.submit(run)
        assert shop.taken() == [4900, 4900]
        assert Order.objects.count() == 1
