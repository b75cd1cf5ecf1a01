"""The gateway's own books, as reconciliation reads them."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.errors import ProviderRefused
from integrations.gateways.types import EntryKind, StatementEntry
from integrations.money import Money
from tests.gateway_contract.contract import GENERIC, USD, needs_currency
from tests.gateway_harness import Harness


class TestStatements:
    def test_it_lists_charges_and_refunds_with_our_keys_as_far_as_the_gateway_keeps_them(
        self, harness: Harness
    ) -> None:
        request, charged = harness.charge()
        harness.charge(token=harness.token(GENERIC))
        refund = harness.refund_request(request, charged, money=Money(1000, "USD"))
        made = harness.gateway.refund(refund)
        charge, given_back = statement(harness)
        assert (charge.kind, charge.reference, charge.money, charge.key) == (
            EntryKind.CHARGE, charged.reference, USD, request.key,
        )  # fmt: skip
        assert (given_back.kind, given_back.reference, given_back.money) == (
            EntryKind.REFUND, made.reference, Money(1000, "USD"),
        )  # fmt: skip
        assert given_back.key in ("", refund.key)
        named = (given_back.charge_reference, given_back.charge_key)
        assert named in ((charged.reference, ""), (charged.reference, request.key), ("", request.key))

    def test_a_full_refund_at_once_is_listed_beside_its_charge(self, harness: Harness) -> None:
        request, charged = harness.charge()
        made = harness.gateway.refund(harness.refund_request(request, charged))
        assert [(e.kind, e.reference, e.money) for e in statement(harness)] == [
            (EntryKind.CHARGE, charged.reference, USD),
            (EntryKind.REFUND, made.reference, USD),
        ]

    def test_it_keeps_to_the_period_and_to_the_account(self, harness: Harness) -> None:
        harness.charge()
        now = datetime.now(UTC)
        before, after = now - timedelta(hours=1), now + timedelta(hours=1)
        assert list(harness.gateway.statement(before - timedelta(days=1), before)) == []
        assert list(harness.gateway.statement(after, after + timedelta(days=1))) == []
        assert list(harness.stranger().statement(before, after)) == []

    def test_it_reads_every_page(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(f"integrations.{harness.provider}.statements._PAGE", 2)
        keys = [harness.charge()[0].key for _ in range(5)]
        assert sorted(entry.key for entry in statement(harness)) == keys

    def test_amounts_keep_the_currency_s_decimals(self, harness: Harness) -> None:
        needs_currency(harness, "JPY", "KWD")
        monies = [Money(500, "JPY"), Money(12_340, "KWD")]
        for money in monies:
            harness.charge(money=money)
        assert sorted((e.money.amount, e.money.currency) for e in statement(harness)) == [
            (500, "JPY"),
            (12_340, "KWD"),
        ]

    def test_bad_credentials_are_refused(self, harness: Harness) -> None:
        now = datetime.now(UTC)
        with pytest.raises(ProviderRefused):
            list(harness.open(harness.wrong_secrets).statement(now - timedelta(days=1), now))


def statement(harness: Harness) -> list[StatementEntry]:
    """The books of the last hour, charges first, oldest first."""
    now = datetime.now(UTC)
    entries = list(harness.gateway.statement(now - timedelta(hours=1), now + timedelta(minutes=1)))
    return sorted(entries, key=lambda entry: (entry.kind, entry.at))
