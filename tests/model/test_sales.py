"""A small model of a shop: anything may happen at any moment, and the books agree after every step.

`HYPOTHESIS_PROFILE=long` hunts for much longer.
"""

import os
from typing import ClassVar

import pytest
import stripe
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from checkout.models import Run
from tests.model.invariants import hold_at_the_end, hold_now
from tests.model.mishaps import CHARGE_MISHAPS, REFUND_MISHAPS
from tests.model.world import CARDS, DAY, MINUTE, World
from tests.sandbox_client import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("model")]

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SETTINGS = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "400")) if LONG else 12,
    stateful_step_count=60 if LONG else 25,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
NUMBER = st.integers(0, 7)


class Sales(RuleBasedStateMachine):
    provider: ClassVar[str]
    sandbox: ClassVar[Sandbox]
    runs: Bundle[Run] = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.provider, self.sandbox)
        self.begun = 0

    @precondition(lambda self: self.begun < 3)
    @rule(target=runs)
    def a_shopper_begins(self) -> Run:
        self.begun += 1
        return self.world.begin()

    @rule(run=runs, card=st.integers(0, 2), mishap=st.sampled_from(CHARGE_MISHAPS))
    def pays(self, run: Run, card: int, mishap: str) -> None:
        self.world.submit(run, CARDS[self.provider][card], mishap)

    @rule(run=runs, mishap=st.sampled_from(CHARGE_MISHAPS))
    def accepts_the_offer(self, run: Run, mishap: str) -> None:
        self.world.look(run)
        self.world.accept(run, mishap)

    @rule(run=runs)
    def declines_the_offer(self, run: Run) -> None:
        self.world.decline(run)

    @rule(run=runs)
    def opens_the_page(self, run: Run) -> None:
        self.world.look(run)

    @rule(outcome=st.sampled_from(["complete", "complete", "fail"]), comes_back=st.booleans())
    def answers_the_bank(self, outcome: str, comes_back: bool) -> None:
        self.world.answer_challenge(outcome, comes_back=comes_back)

    @rule()
    def gives_the_challenge_up(self) -> None:
        self.world.give_up_challenge()

    @rule(number=NUMBER, part=st.sampled_from([1, 2, 3]), mishap=st.sampled_from(REFUND_MISHAPS))
    def staff_refund(self, number: int, part: int, mishap: str) -> None:
        self.world.refund(number, part, mishap)

    @rule(number=NUMBER)
    def a_worker_does_a_job(self, number: int) -> None:
        self.world.run_a_job(number)

    @rule(number=NUMBER)
    def a_webhook_arrives(self, number: int) -> None:
        self.world.deliver(number)

    @rule(number=NUMBER)
    def a_webhook_is_lost(self, number: int) -> None:
        self.world.lose(number)

    @rule(seconds=st.sampled_from([10, 3 * MINUTE, 20 * MINUTE, DAY + 60 * MINUTE]))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule()
    def the_clock_strikes(self) -> None:
        self.world.sweep()

    @rule()
    def a_slow_answer_arrives(self) -> None:
        self.world.late_answer()

    @rule()
    def the_gateway_settles_its_day(self) -> None:
        self.world.settle_day()

    @invariant()
    def every_book_agrees(self) -> None:
        hold_now(self.world)

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
