"""The circuit breaker of one provider account. Its state is in the connection's row, so all processes share it.

Closed, calls pass; the state came with the row, and a call that goes well after others that did writes nothing. After
BREAKER_FAILURES failures in a row the account rests for BREAKER_REST_SECONDS: calls raise `Resting` and send nothing. Then
one call, chosen by compare-and-swap, tries the account; it closes the breaker or lets the account rest once more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import alerts
from integrations.connections import Connection
from integrations.errors import NotListed, OutcomeUnknown, ProviderRefused, ProviderUnavailable, Resting

logger = structlog.get_logger("stepwell.breaker")

STATE = ["failures", "resting_until"]


@contextmanager
def guard(connection: Connection) -> Iterator[None]:
    """Let one call to the account through, or raise `Resting`; its outcome is counted.

    A refusal, a decline and an "I do not know it" are answers of an account that is well. A connection that is not
    stored yet, such as one that is being tried out, has no state to share.
    """
    if connection.pk is None:
        yield
        return
    _admit(connection)
    try:
        yield
    except (NotListed, ProviderRefused):
        _succeeded(connection)
        raise
    except (ProviderUnavailable, OutcomeUnknown):
        _failed(connection)
        raise
    _succeeded(connection)


def check(connection: Connection) -> None:
    """Raise `Resting` while the account is left alone; for deeds that should not even begin then."""
    if connection.is_resting:
        assert connection.resting_until is not None
        raise Resting(connection.provider, connection.resting_until)


def _admit(connection: Connection) -> None:
    if connection.resting_until is None:
        return
    if not connection.is_resting:
        lease = _rested()
        mine = Connection.objects.filter(pk=connection.pk, resting_until=connection.resting_until)
        if mine.update(resting_until=lease):
            connection.resting_until = lease
            return
    # The row was read some time ago: another process may have tried the account meanwhile and found it well.
    connection.refresh_from_db(fields=STATE)
    if connection.resting_until is not None:
        raise Resting(connection.provider, connection.resting_until)


def _succeeded(connection: Connection) -> None:
    if not (connection.failures or connection.resting_until):
        return
    Connection.objects.filter(pk=connection.pk).update(failures=0, resting_until=None)
    # Also where this process had not seen the breaker open: the row was read before another one's failure.
    if alerts.close(_alert_key(connection)):
        logger.warning("breaker_closed", connection=connection.public_id, provider=connection.provider)
    connection.failures, connection.resting_until = 0, None


def _failed(connection: Connection) -> None:
    last = When(failures__gte=settings.BREAKER_FAILURES - 1, then=Value(_rested()))
    Connection.objects.filter(pk=connection.pk).update(
        failures=F("failures") + 1, resting_until=Case(last, default=F("resting_until"))
    )
    connection.refresh_from_db(fields=STATE)
    if connection.failures >= settings.BREAKER_FAILURES:
        logger.error("breaker_opened", connection=connection.public_id, provider=connection.provider)
        alerts.open(
            _alert_key(connection),
            kind="account.resting",
            title=_("%s does not answer and is left alone for a while") % connection,
            detail=_(
                "It failed %d times in a row. It is tried again every %d seconds; jobs wait, and shoppers are told."
            )
            % (settings.BREAKER_FAILURES, settings.BREAKER_REST_SECONDS),
            tenant=connection.tenant,
        )


def _alert_key(connection: Connection) -> str:
    return f"account.resting:{connection.pk}"


def _rested() -> datetime:
    """When an account that is left alone from now on has rested."""
    return timezone.now() + timedelta(seconds=settings.BREAKER_REST_SECONDS)
