"""The model has teeth: with a guard away it finds a way to the damage by itself."""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import initialize, run_state_machine_as_test

from checkout.models import Run
from integrations.gateways.types import DeclineReason
from integrations.money import Money
from integrations.nmi import refunding as nmi_refunding
from orders.models import Payment
from orders.models.payment import PaymentQuerySet
from orders.payments import charging, settling
from tests.model.test_sales import Sales
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

# No shrinking: that it is found is enough.
SETTINGS = settings(
    max_examples=100,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


class Short(Sales):
    """For damage that shows as soon as it is done: an example ends with its last step."""

    def teardown(self) -> None:
        self.world.close()


class AfterASale(Short):
    """Begins when a shopper has paid and all jobs of the sale are done."""

    a_first_shopper_pays = None  # type: ignore[assignment]

    @initialize(target=Sales.runs)
    def a_sale_was_made(self) -> Run:
        run = self._begin_and_pay(0, "none")
        self.world.bring_to_an_end()
        return run


def hunt(
    sandbox: Sandbox, at: str, *, shop: type[Sales] = Sales, without: tuple[str, ...] = (), beginning: int | None = None
) -> str:
    """What the model found first; `without` some of its rules, or from a good `beginning`, it gets there sooner."""
    narrowed: type[Sales] = type(
        "AtThisGateway", (shop,), {"provider": at, "sandbox": sandbox, **dict.fromkeys(without)}
    )
    how = settings(
        SETTINGS,
        derandomize=beginning is None,
        stateful_step_count=8 if issubclass(shop, Short) else SETTINGS.stateful_step_count,
    )
    with pytest.raises(AssertionError) as found:
        run_state_machine_as_test(narrowed if beginning is None else seed(beginning)(narrowed), settings=how)
    return str(found.value)


@pytest.mark.usefixtures("without_payment_index")
def test_a_step_that_is_charged_twice(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PaymentQuerySet, "live", lambda payments: payments.none())
    unrelated = (
        "another_shopper_pays",
        "the_bank_asks",
        "staff_refund",
        "staff_compare_books",
        "a_worker_does_a_job",
        "a_webhook_arrives_or_is_lost",
        "the_gateway_settles_its_day",
    )
    assert "step.paid_once" in hunt(sandbox, "stripe", shop=Short, without=unrelated, beginning=3)


def test_an_unanswered_charge_that_is_taken_for_declined(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def believe(payment: Payment, *, detail: str) -> Payment:
        return settling.settle(payment, charging.not_taken(DeclineReason.GENERIC, detail), actor="system")

    monkeypatch.setattr(settling, "mark_unknown", believe)
    unrelated = ("the_bank_asks", "staff_refund", "staff_compare_books", "a_worker_does_a_job", "the_clock_strikes")
    assert "failed, the gateway took" in hunt(sandbox, "nmi", without=unrelated, beginning=2)


def test_a_refund_that_is_given_back_twice(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = lambda sale, refunds, captured: Money.zero(captured.currency)  # noqa: E731
    monkeypatch.setattr(nmi_refunding, "_returned", nothing)
    unrelated = (
        "another_shopper_pays",
        "a_shopper_goes_on",
        "the_bank_asks",
        "staff_compare_books",
        "a_webhook_arrives_or_is_lost",
        "a_slow_answer_arrives",
        "the_gateway_settles_its_day",
    )
    assert "given back" in hunt(sandbox, "nmi", shop=AfterASale, without=unrelated, beginning=8)
