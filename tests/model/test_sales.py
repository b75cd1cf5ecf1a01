"""A small model of a shop: anything may happen at any moment, and the books agree after every step.

`HYPOTHESIS_PROFILE=long` hunts for much longer.
"""

import os
from typing import ClassVar

import pytest
import stripe
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from checkout.models import Run
from tests.model.invariants import hold_at_the_end, hold_now
from tests.model.mishaps import BOOK_MISHAPS, CHARGE_MISHAPS, JOB_MISHAPS, REFUND_MISHAPS
from tests.model.world import CARDS, DAY, MINUTE, World
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SETTINGS = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "400")) if LONG else 10,
    stateful_step_count=60 if LONG else 20,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    # Shrinking a failure takes minutes: it is for the long hunt.
    phases=tuple(Phase) if LONG else (Phase.explicit, Phase.generate),
)
NUMBER = st.integers(0, 7)


class Sales(RuleBasedStateMachine):
    """Few rules with many ways each: hypothesis leaves whole rules out of some examples, on purpose."""

    provider: ClassVar[str]
    sandbox: ClassVar[Sandbox]
    runs: Bundle[Run] = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.provider, self.sandbox)
        self.begun = 0

    @initialize(target=runs, card=st.integers(0, 2), mishap=st.sampled_from(CHARGE_MISHAPS), queued=st.booleans())
    def a_first_shopper_pays(self, card: int, mishap: str, queued: bool) -> Run:
        if queued:
            self.world.let_workers_charge()
        return self._begin_and_pay(card, mishap)

    @precondition(lambda self: self.begun < 3)
    @rule(target=runs, card=st.integers(0, 2), mishap=st.sampled_from(CHARGE_MISHAPS))
    def another_shopper_pays(self, card: int, mishap: str) -> Run:
        return self._begin_and_pay(card, mishap)

    @rule(
        run=runs,
        deed=st.sampled_from(["submits", "submits", "accepts", "accepts", "accepts", "declines", "looks"]),
        card=st.integers(0, 2),
        mishap=st.sampled_from(CHARGE_MISHAPS),
    )
    def a_shopper_goes_on(self, run: Run, deed: str, card: int, mishap: str) -> None:
        self.world.look(run)
        match deed:
            case "submits":
                self.world.submit(run, CARDS[self.provider][card], mishap)
            case "accepts":
                self.world.accept(run, mishap)
            case "declines":
                self.world.decline(run)

    @precondition(lambda self: self.world.challenge() is not None)
    @rule(deed=st.sampled_from(["complete", "complete", "fail", "give up"]), comes_back=st.booleans())
    def the_bank_asks(self, deed: str, comes_back: bool) -> None:
        if deed == "give up":
            self.world.give_up_challenge()
        else:
            self.world.answer_challenge(deed, comes_back=comes_back)

    @precondition(lambda self: self.world.payments().filter(captured__gt=0).exists())
    @rule(number=NUMBER, part=st.sampled_from([1, 2, 3]), mishap=st.sampled_from(REFUND_MISHAPS))
    def staff_refund(self, number: int, part: int, mishap: str) -> None:
        self.world.refund(number, part, mishap)

    @precondition(lambda self: self.world.payments().exists())
    @rule(mishap=st.sampled_from(BOOK_MISHAPS))
    def staff_compare_books(self, mishap: str) -> None:
        self.world.compare_books(mishap)

    @precondition(lambda self: self.world.jobs().unfinished().exists())
    @rule(number=NUMBER, mishap=st.sampled_from(JOB_MISHAPS))
    def a_worker_does_a_job(self, number: int, mishap: str) -> None:
        self.world.run_a_job(number, mishap)

    @precondition(lambda self: self.world.webhooks())
    @rule(number=NUMBER, arrives=st.sampled_from([True, True, False]))
    def a_webhook_arrives_or_is_lost(self, number: int, arrives: bool) -> None:
        if arrives:
            self.world.deliver(number)
        else:
            self.world.lose(number)

    @rule(seconds=st.sampled_from([0, 10, 3 * MINUTE, 20 * MINUTE, DAY + 60 * MINUTE]))
    def the_clock_strikes(self, seconds: int) -> None:
        self.world.pass_time(seconds)
        self.world.sweep()

    @precondition(lambda self: self.world.late)
    @rule()
    def a_slow_answer_arrives(self) -> None:
        self.world.late_answer()

    @precondition(lambda self: self.provider == "nmi")
    @rule()
    def the_gateway_settles_its_day(self) -> None:
        self.world.settle_day()

    @invariant()
    def every_book_agrees(self) -> None:
        hold_now(self.world)

    def _begin_and_pay(self, card: int, mishap: str) -> Run:
        self.begun += 1
        run = self.world.begin()
        self.world.submit(run, CARDS[self.provider][card], mishap)
        return run

    def teardown(self) -> None:
        try:
            self.world.bring_to_an_end()
            hold_at_the_end(self.world)
        finally:
            self.world.close()


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)


@pytest.mark.parametrize("at", ["stripe", "nmi"])
def test_whatever_happens_every_book_agrees(at: str, sandbox: Sandbox) -> None:
    class AtThisGateway(Sales):
        provider = at

    AtThisGateway.sandbox = sandbox
    run_state_machine_as_test(AtThisGateway, settings=SETTINGS)
