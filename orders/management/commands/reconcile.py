"""`manage.py reconcile`: compare the books of gateways and of the CRM with ours."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime

from integrations.connections import Connection
from integrations.errors import ProviderError
from orders.models import Difference
from orders.reconciling.running import accounts, default_period, reconcile

ACTOR = "manage.py reconcile"
ROW = "{state:10} {kind:42} {account:24} {order:10} {theirs:>14} {ours:>14}  {subject}"


def moment(text: str) -> datetime:
    """A day or a moment; UTC where no offset is given."""
    found = parse_datetime(text) if len(text) > len("2026-11-20") else None
    day = parse_date(text) if found is None else None
    if day is not None:
        found = datetime.combine(day, time())
    if found is None:
        raise ArgumentTypeError(f"{text!r} is neither a day (2026-11-20) nor a moment (2026-11-20T14:30)")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = "Compare gateways' and CRM's books with ours; exits with 1 while differences are open, with 2 on failures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=moment, help="day or moment (UTC); three days before today if left out")
        parser.add_argument("--until", type=moment, help="day or moment (UTC), not included; now if left out")
        parser.add_argument("--connection", default="", help="one account only: its public id, primary key or name")
        parser.add_argument("--merchant", default="", help="the accounts of one merchant only: primary key")
        parser.add_argument("--look-only", action="store_true", help="list differences and mend none")

    def handle(self, *_args: Any, **options: Any) -> None:
        since, until = default_period()
        since, until = options["since"] or since, options["until"] or until
        if since >= until:
            raise CommandError("The period ends before it begins.")
        chosen = list(_chosen(options["connection"], options["merchant"]))
        if not chosen:
            raise CommandError("No such account with books to compare.")
        failures = sum(self._compare(account, since, until, adopt=not options["look_only"]) for account in chosen)
        still_open = self._list(chosen, since, until)
        if failures:
            raise SystemExit(2)
        if still_open:
            raise SystemExit(1)

    def _compare(self, account: Connection, since: datetime, until: datetime, *, adopt: bool) -> bool:
        """Whether it failed."""
        try:
            run = reconcile(account, since=since, until=until, actor=ACTOR, adopt=adopt)
        except ProviderError as error:
            self.stderr.write(f"{account}: {error.detail}")
            return True
        self.stdout.write(f"{account}: {run.entries} entries compared, {run.found} new differences")
        return False

    def _list(self, chosen: list[Connection], since: datetime, until: datetime) -> int:
        """Print the differences of the period and all that are open; how many are open."""
        listed = Difference.objects.filter(connection__in=chosen).filter(
            Q(state=Difference.State.OPEN) | Q(at__gte=since, at__lt=until)
        )
        for difference in listed.select_related("connection", "order").order_by("-state", "kind", "at"):
            row = {
                "state": difference.get_state_display(),
                "kind": difference.get_kind_display(),
                "account": str(difference.connection)[:24],
                "order": difference.order.number if difference.order else "–",
                "theirs": str(difference.theirs if difference.theirs is not None else "–"),
                "ours": str(difference.ours if difference.ours is not None else "–"),
                "subject": difference.subject,
            }
            self.stdout.write(ROW.format(**row))
        still_open = listed.filter(state=Difference.State.OPEN).count()
        self.stdout.write(f"{still_open} differences are open.")
        return still_open


def _chosen(connection: str, merchant: str) -> QuerySet[Connection]:
    found = accounts()
    if connection:
        named = Q(public_id=connection) | Q(name=connection)
        found = found.filter(named | Q(pk=int(connection)) if connection.isdecimal() else named)
    if merchant:
        if not merchant.isdecimal():
            raise CommandError("--merchant takes a primary key.")
        found = found.filter(tenant=int(merchant))
    return found
