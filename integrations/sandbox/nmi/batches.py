"""What happens at the gateway without an API call: settlement, chargebacks, refunds made by hand."""

from collections import defaultdict
from collections.abc import Sequence

from integrations.sandbox.nmi import following, transactions, webhooks
from integrations.sandbox.nmi.cards import Outcome
from integrations.sandbox.nmi.ledger import COMPLETE, PENDING_SETTLEMENT, PROVIDER, Ledger
from integrations.sandbox.nmi.money import signed
from integrations.sandbox.world import Entry, World

ACCEPTED = Outcome(1, 100, "ACCEPTED")


def settle(world: World) -> list[Entry]:
    """Close the day for every account: what is pending settlement becomes complete, and disputed cards dispute."""
    pending: defaultdict[str, list[Entry]] = defaultdict(list)
    for transaction in world.book(PROVIDER, "transactions").values():
        if transaction["condition"] == PENDING_SETTLEMENT:
            pending[transaction["account"]].append(transaction)
    return [_settle_account(Ledger(world, account), batch) for account, batch in pending.items()]


def charge_back(ledger: Ledger, disputed: Sequence[Entry], reason: str) -> None:
    """Tell the merchant that cardholders took these payments back."""
    for transaction in disputed:
        transaction["charged_back"] = True
    webhooks.announce_chargebacks(ledger, disputed, reason)
    ledger.world.changed()


def refund_by_hand(ledger: Ledger, transaction_id: str, amount: str | None) -> dict[str, object]:
    """A refund that somebody makes on the gateway's own website."""
    request = {"transactionid": transaction_id} | ({"amount": amount} if amount else {})
    answer = following.refund(ledger, request, source="virtual_terminal")
    ledger.world.changed()
    return answer


def _settle_account(ledger: Ledger, settled: list[Entry]) -> Entry:
    batch_id = str(ledger.world.next_number("nmi.batch", 76_000_001))
    by_card_type: defaultdict[str, int] = defaultdict(int)
    for transaction in settled:
        cents = transaction["amount"] if transaction["kind"] == "refund" else transaction["captured"]
        by_card_type[transaction["card"]["cc_type"]] += -cents if transaction["kind"] == "refund" else cents
        transaction["condition"] = COMPLETE
        transactions.act(ledger, transaction, "settle", cents, ACCEPTED, source="internal", batch_id=batch_id)
    batch = {
        "account": ledger.account,
        "batch_id": batch_id,
        "count": len(settled),
        "amount": sum(by_card_type.values()),
        "by_card_type": {name: signed(cents) for name, cents in by_card_type.items()},
        "transaction_ids": [transaction["transaction_id"] for transaction in settled],
        "created": ledger.world.clock.now(),
    }
    ledger.world.book(PROVIDER, "batches")[batch_id] = batch
    webhooks.announce_settlement(ledger, batch)
    disputed = [t for t in settled if t["card"]["behaviour"] == "disputed" and t["kind"] != "refund"]
    if disputed:
        charge_back(ledger, disputed, "Fraudulent")
    ledger.world.changed()
    return batch
