"""Two tabs come to an offer at the same moment: it is judged once. The control shows both judging without the lock."""

import pytest

from checkout import offering, runs
from checkout.models import Run
from orders.models import Event
from tests import factories, racing
from tests.checkout.conftest import Shopper
from tests.concurrency.conftest import Guards
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(sandbox: Sandbox) -> Run:
    """A paid run that has come to an offer with a rule, not looked at yet."""
    draft = factories.funnel()
    draft.steps.filter(key="night-cream").update(rule={"fact": "total", "test": "at_least", "value": 4900})
    shop = Shopper(factories.published(draft), sandbox)
    shop.pay()
    return shop.run


def look_twice(run: Run) -> list[str]:
    tabs = [Run.objects.get(pk=run.pk) for _tab in range(2)]

    def look(tab: Run) -> str:
        runs.catch_up(tab, runs.payments_of(tab))
        return tab.step

    return racing.at_once(*[lambda tab=tab: look(tab) for tab in tabs])


def test_two_tabs_judge_an_offer_once(run: Run) -> None:
    assert look_twice(run) == ["night-cream", "night-cream"]
    assert Event.objects.filter(kind="offer.shown").count() == 1


def test_control_without_the_runs_lock_both_judge_it(run: Run, guards: Guards) -> None:
    guards.without_locks()
    guards.line_up(offering, "facts_of")
    look_twice(run)
    assert Event.objects.filter(kind="offer.shown").count() == 2
