"""Giving money back through NMI once: one question tells whether it was done before, and whether to void or refund.

Without idempotency keys a lost attempt is recognised by its sum: when the sale already gave back all that earlier
refunds did plus this one, this one took effect. A refund made at the gateway that we have not heard of yet can be taken
for ours; then less is given back, never more.
"""

from integrations.errors import OutcomeUnknown, ProviderUnavailable
from integrations.gateways.types import RefundOutcome, RefundRequest, RefundResult
from integrations.money import Money
from integrations.nmi import declines, wire
from integrations.nmi.client import Account
from integrations.nmi.reports import Transaction
from integrations.nmi.wire import PROVIDER, Answer


def refund(account: Account, request: RefundRequest) -> RefundResult:
    sum_text = wire.amount(request.money)
    sale, refunds = _history(account, request)
    if sale is None:
        raise ProviderUnavailable(PROVIDER, f"the sale {request.reference} is not listed (yet)")
    returned = _returned(sale, refunds, request.captured)
    if done := _done_before(request, sale, refunds, returned):
        return done
    if sale.condition == "pendingsettlement" and not returned and request.money == request.captured:
        answer = account.transact(type="void", transactionid=sale.id)
        if declines.NOT_VOIDABLE not in answer.text.lower():
            return _result(answer)
        # It was settled between the question and the void.
    return _result(account.transact(type="refund", transactionid=sale.id, amount=sum_text))


def lookup(account: Account, request: RefundRequest) -> RefundResult | None:
    """The refund, if the gateway gave the money back; nothing that NMI refunds stays undecided."""
    sale, refunds = _history(account, request)
    if sale is None:
        return None
    return _done_before(request, sale, refunds, _returned(sale, refunds, request.captured))


def _done_before(
    request: RefundRequest, sale: Transaction, refunds: list[Transaction], returned: Money
) -> RefundResult | None:
    if request.refunded_before + request.money > returned:
        return None
    return RefundResult(RefundOutcome.SUCCEEDED, refunds[-1].id if refunds else sale.id)


def _history(account: Account, request: RefundRequest) -> tuple[Transaction | None, list[Transaction]]:
    """The sale, if it is listed, and the refunds of it. Refunds are transactions of their own, found by the order id they inherit."""
    order = request.charge_key or _order_of(account, request.reference)
    found = account.query(order_id=order) if order else []
    sale = next((transaction for transaction in found if transaction.id == request.reference), None)
    others = (t for t in found if t.id != request.reference and t.original in ("", request.reference))
    return sale, [t for t in others if t.done("refund") and not t.done("void")]


def _order_of(account: Account, reference: str) -> str:
    return next((transaction.order for transaction in account.query(transaction_id=reference)), "")


def _returned(sale: Transaction, refunds: list[Transaction], captured: Money) -> Money:
    if sale.done("void"):
        return captured
    steps = [step for t in (sale, *refunds) for step in t.steps if step.kind == "refund" and step.success]
    return sum((step.amount for step in steps), Money.zero(captured.currency))


def _result(answer: Answer) -> RefundResult:
    if answer.approved:
        return RefundResult(RefundOutcome.SUCCEEDED, answer.transaction_id)
    if declines.DUPLICATE in answer.text.lower():
        raise OutcomeUnknown(PROVIDER, answer.text)
    return RefundResult(RefundOutcome.FAILED, message=answer.text)
