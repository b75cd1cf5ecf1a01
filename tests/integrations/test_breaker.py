"""An account that keeps failing is left alone by every process, and then tried by one call."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.utils import timezone

from integrations import breaker
from integrations.alerts.models import Alert
from integrations.connections import Connection
from integrations.errors import NotListed, OutcomeUnknown, ProviderRefused, ProviderUnavailable, Resting
from integrations.gateways.registry import gateway_for
from integrations.gateways.types import LookupRequest
from integrations.money import Money
from tests import factories, racing
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Connection:
    return factories.connection("nmi", merchant=factories.merchant())


def call(account: Connection, error: Exception | None = None) -> None:
    """One call of a process that has just read the account."""
    with breaker.guard(Connection.objects.get(pk=account.pk)):
        if error is not None:
            raise error


def fail(account: Connection, times: int, error: type[Exception] = OutcomeUnknown) -> None:
    for _ in range(times):
        with pytest.raises(error):
            call(account, error("nmi", "HTTP 502"))


def state(account: Connection) -> tuple[int, bool]:
    account.refresh_from_db()
    return account.failures, account.is_resting


class TestOpening:
    @pytest.mark.parametrize("error", [ProviderUnavailable, OutcomeUnknown])
    def test_it_opens_after_five_failures_in_a_row_for_a_minute(
        self, account: Connection, error: type[Exception], time_machine: Any
    ) -> None:
        now = timezone.now()
        time_machine.move_to(now, tick=False)
        fail(account, 4, error)
        assert state(account) == (4, False)
        fail(account, 1, error)
        assert state(account) == (5, True)
        assert account.resting_until == now + timedelta(seconds=60)

    def test_while_it_is_open_nothing_is_called(self, account: Connection) -> None:
        fail(account, 5)
        reached: list[bool] = []
        with pytest.raises(Resting) as resting, breaker.guard(Connection.objects.get(pk=account.pk)):
            reached.append(True)
        account.refresh_from_db()
        assert (reached, resting.value.until) == ([], account.resting_until)
        assert state(account) == (5, True)

    def test_a_success_between_failures_begins_the_count_again(self, account: Connection) -> None:
        fail(account, 4)
        call(account)
        assert state(account) == (0, False)
        fail(account, 4)
        assert state(account) == (4, False)

    @pytest.mark.parametrize("answer", [ProviderRefused, NotListed])
    def test_an_answer_that_we_do_not_like_is_no_failure(self, account: Connection, answer: type[Exception]) -> None:
        fail(account, 4)
        fail(account, 1, answer)
        assert state(account) == (0, False)

    def test_our_own_mistakes_count_for_nothing(self, account: Connection) -> None:
        fail(account, 4)
        with pytest.raises(KeyError):
            call(account, KeyError("ours"))
        assert state(account) == (4, False)

    def test_accounts_rest_each_by_itself(self, account: Connection) -> None:
        other = factories.connection("nmi", merchant=factories.merchant())
        fail(account, 5)
        call(other)
        assert (state(account), state(other)) == ((5, True), (0, False))

    def test_settings_say_when_and_how_long(self, account: Connection, settings: Any, time_machine: Any) -> None:
        settings.BREAKER_FAILURES, settings.BREAKER_REST_SECONDS = 2, 10
        now = timezone.now()
        time_machine.move_to(now, tick=False)
        fail(account, 2)
        account.refresh_from_db()
        assert account.resting_until == now + timedelta(seconds=10)

    def test_staff_are_told_once_and_told_when_it_is_over(self, account: Connection, time_machine: Any) -> None:
        fail(account, 5)
        alert = Alert.objects.get()
        assert (alert.kind, alert.tenant, alert.closed_at) == ("account.resting", account.tenant, None)
        assert account.name in alert.title
        time_machine.move_to(timezone.now() + timedelta(seconds=61))
        fail(account, 1)
        time_machine.move_to(timezone.now() + timedelta(seconds=61))
        call(account)
        alert = Alert.objects.get()
        assert (alert.count, alert.closed_at is not None) == (2, True)

    def test_calls_that_go_well_cost_no_query(self, account: Connection, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0), breaker.guard(account):
            pass


class TestTrying:
    def rest(self, account: Connection, time_machine: Any) -> None:
        fail(account, 5)
        time_machine.move_to(timezone.now() + timedelta(seconds=61))

    def test_after_its_rest_a_call_that_goes_well_closes_it(self, account: Connection, time_machine: Any) -> None:
        self.rest(account, time_machine)
        call(account)
        account.refresh_from_db()
        assert (account.failures, account.resting_until) == (0, None)

    def test_a_trial_that_fails_lets_it_rest_again(self, account: Connection, time_machine: Any) -> None:
        self.rest(account, time_machine)
        fail(account, 1)
        assert state(account) == (6, True)
        fail_again = pytest.raises(Resting)
        with fail_again:
            call(account)

    def test_while_one_call_tries_it_others_are_refused(self, account: Connection, time_machine: Any) -> None:
        self.rest(account, time_machine)
        with breaker.guard(Connection.objects.get(pk=account.pk)), pytest.raises(Resting):
            call(account)
        assert state(account) == (0, False)

    def test_a_trial_that_never_ends_gives_way_to_another(self, account: Connection, time_machine: Any) -> None:
        self.rest(account, time_machine)
        lost = breaker.guard(Connection.objects.get(pk=account.pk))
        lost.__enter__()
        time_machine.move_to(timezone.now() + timedelta(seconds=61))
        call(account)
        assert state(account) == (0, False)

    def test_a_process_that_read_the_account_before_it_was_well_again_may_call(
        self, account: Connection, time_machine: Any
    ) -> None:
        fail(account, 5)
        stale = Connection.objects.get(pk=account.pk)
        time_machine.move_to(timezone.now() + timedelta(seconds=61))
        call(account)
        with breaker.guard(stale):
            pass
        assert state(account) == (0, False)


@pytest.mark.django_db(transaction=True)
class TestRace:
    """All processes have read the rested account before any of them may try it."""

    @pytest.fixture
    def rested(self, account: Connection, time_machine: Any) -> Connection:
        fail(account, 5)
        time_machine.move_to(timezone.now() + timedelta(seconds=61))
        return account

    def tries(self, account: Connection) -> int:
        readers = [Connection.objects.get(pk=account.pk) for _ in range(4)]

        def attempt(mine: Connection) -> bool:
            try:
                breaker._admit(mine)
            except Resting:
                return False
            return True

        return sum(racing.at_once(*[lambda mine=mine: attempt(mine) for mine in readers]))

    def test_one_of_many_tries_a_rested_account(self, rested: Connection) -> None:
        assert self.tries(rested) == 1

    def test_control_without_the_compare_and_swap_all_try_it(
        self, rested: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unguarded(connection: Connection) -> None:
            breaker.check(connection)
            Connection.objects.filter(pk=connection.pk).update(resting_until=breaker._rested())

        monkeypatch.setattr(breaker, "_admit", unguarded)
        assert self.tries(rested) == 4

    def test_failures_at_the_same_moment_are_all_counted(self, account: Connection) -> None:
        def attempt() -> None:
            with pytest.raises(OutcomeUnknown):
                call(account, OutcomeUnknown("nmi", "HTTP 502"))

        racing.at_once(*[attempt] * 4)
        assert state(account) == (4, False)


class TestGateways:
    """Each verb that calls out passes the breaker; the sandbox shows what was sent."""

    @pytest.fixture(params=["stripe", "nmi"])
    def account(self, request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch: Any) -> Iterator[Connection]:
        monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
        yield factories.connection(request.param, merchant=factories.merchant())
        sandbox.clear_faults()

    def look_up(self, account: Connection) -> None:
        mine = Connection.objects.get(pk=account.pk)
        request = LookupRequest(key="pay_1", money=Money(4900, "USD"), sent_at=timezone.now())
        assert gateway_for(mine).lookup(request) is None

    @pytest.mark.parametrize(("do", "value"), [("status", 500), ("status", 429), ("cut_before", 0)])
    def test_outages_and_overload_open_it_and_then_nothing_is_sent(
        self, sandbox: Sandbox, account: Connection, do: str, value: int
    ) -> None:
        sandbox.fault(account.provider, do, times=None, value=value)
        for _ in range(5):
            with pytest.raises((OutcomeUnknown, ProviderUnavailable)):
                self.look_up(account)
        sandbox.clear_faults()
        sent = len(sandbox.exchanges(account.provider))
        with pytest.raises(Resting):
            self.look_up(account)
        assert len(sandbox.exchanges(account.provider)) == sent

    def test_it_closes_when_the_gateway_answers_again(
        self, sandbox: Sandbox, account: Connection, time_machine: Any
    ) -> None:
        fail(account, 5)
        time_machine.move_to(timezone.now() + timedelta(seconds=61))
        self.look_up(account)
        assert state(account) == (0, False)

    @pytest.mark.parametrize("verb", ["charge", "complete", "cancel", "lookup", "refund"])
    def test_every_verb_that_calls_out_is_refused(self, account: Connection, verb: str) -> None:
        fail(account, 5)
        gateway = gateway_for(Connection.objects.get(pk=account.pk))
        deed: Callable[..., object] = getattr(gateway, verb)
        arguments = ("pi_1", "pay_1") if verb in ("complete", "cancel") else (None,)
        with pytest.raises(Resting):
            deed(*arguments)

    def test_pages_and_webhooks_are_served_meanwhile(self, account: Connection) -> None:
        fail(account, 5)
        gateway = gateway_for(Connection.objects.get(pk=account.pk))
        config = gateway.browser_config(money=Money(4900, "USD"), save_method=True)
        assert config["provider"] == account.provider
