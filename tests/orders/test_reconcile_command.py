"""`manage.py reconcile` compares, prints what differs, and says by its exit whether something is left to do."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.connections import Connection
from orders.models import Order, Payment, ReconciliationRun
from tests import factories
from tests.orders.attempts import sums
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(sandbox: Sandbox) -> Payment:
    return factories.paid_order(sandbox, offers=False).payments.get()


def later(*arguments: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        call_command("reconcile", *arguments)


def unsettle(payment: Payment) -> None:
    Order.objects.update(captured=0, state="failed", completed_at=None)
    payment.lines.update(payment=None)
    Payment.objects.update(state="failed", captured=0, reference="")


def test_agreement_is_a_good_end(payment: Payment, capsys: pytest.CaptureFixture[str]) -> None:
    later()
    assert (
        capsys.readouterr().out
        == f"{payment.connection}: 1 entries compared, 0 new differences\n0 differences are open.\n"
    )


def test_open_differences_are_printed_and_end_in_1(payment: Payment, capsys: pytest.CaptureFixture[str]) -> None:
    unsettle(payment)
    with pytest.raises(SystemExit) as ended:
        later("--look-only")
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert "Charged at the gateway, not paid here" in out
    assert payment.order.number in out
    assert out.endswith("1 differences are open.\n")
    assert sums(payment.order)[0] == "failed"


def test_what_the_gateways_word_settles_is_mended(payment: Payment, capsys: pytest.CaptureFixture[str]) -> None:
    unsettle(payment)
    later()
    out = capsys.readouterr().out
    assert "Mended" in out
    assert sums(payment.order) == ("completed", 4900, 4900, 0)


def test_a_provider_that_cannot_be_asked_ends_in_2_and_the_others_are_compared(payment: Payment) -> None:
    broken = factories.connection(merchant=factories.merchant(), name="Broken")
    broken.secrets = {"secret_key": "sk_wrong"}
    broken.save()
    with pytest.raises(SystemExit) as ended:
        later()
    assert ended.value.code == 2
    states = dict(ReconciliationRun.objects.values_list("connection", "state"))
    assert states == {payment.connection_id: "done", broken.pk: "failed"}


def test_one_account_and_one_period_can_be_chosen(payment: Payment) -> None:
    other = factories.connection(merchant=factories.merchant(), name="Other")
    later("--connection", other.public_id, "--since", "2026-01-01", "--until", "2026-01-02T12:30")
    run = ReconciliationRun.objects.get()
    assert (run.connection, f"{run.since:%d %H:%M}", f"{run.until:%d %H:%M}") == (other, "01 00:00", "02 12:30")
    later("--merchant", str(Connection.objects.get(pk=payment.connection_id).tenant))
    assert ReconciliationRun.objects.first().connection == payment.connection


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--connection", "nobody"), "No such account"),
        (("--since", "2026-01-02", "--until", "2026-01-01"), "ends before it begins"),
        (("--since", "soon"), "neither a day"),
        (("--merchant", "fern"), "primary key"),
    ],
)
def test_nonsense_is_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("reconcile", *arguments)
    assert not ReconciliationRun.objects.exists()
