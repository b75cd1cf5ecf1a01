"""Two doors and one ticket: exactly one lets its holder in."""

import pytest
from django.db.models import QuerySet

from orders.models import Event, Ticket
from orders.tickets import checking_in
from orders.tickets.checking_in import Verdict
from tests import factories
from tests.racing import at_once
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


def scan_twice(sandbox: Sandbox) -> list[Verdict]:
    order = factories.tickets_bought(sandbox, factories.festival(), Weekend=1)
    ticket = order.tickets.select_related("event").get()

    def scan(by: str) -> Verdict:
        everything = Ticket.objects.all()
        return checking_in.check_in(text=ticket.code, event=ticket.event, tickets=everything, by=by).verdict

    return at_once(lambda: scan("north"), lambda: scan("south"))


def test_one_door_lets_in_and_the_other_says_used(sandbox: Sandbox) -> None:
    assert sorted(scan_twice(sandbox)) == [Verdict.USED, Verdict.VALID]
    assert Event.objects.filter(kind="ticket.used").count() == 1


def test_without_the_condition_on_the_update_both_would(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def any_of_it(ticket: Ticket) -> QuerySet[Ticket]:
        return Ticket.objects.filter(pk=ticket.pk)

    monkeypatch.setattr(checking_in, "_unused", any_of_it)
    assert scan_twice(sandbox) == [Verdict.VALID, Verdict.VALID]
