"""What NMI remembers of a transaction: the query API's XML and the bodies of webhooks, read into one shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from integrations.errors import OutcomeUnknown, ProviderRefused
from integrations.gateways.types import ChargeResult, Outcome, StoredMethod
from integrations.money import Money
from integrations.nmi import wire
from integrations.nmi.declines import decline
from integrations.nmi.wire import PROVIDER

_BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "visa": "Visa",
}
_ACTION_FIELDS = ("action_type", "amount", "success", "response_code", "response_text", "date")
MOMENT = "%Y%m%d%H%M%S"
_UNDECIDED = frozenset({"pending", "in_progress", "unknown"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a transaction: `kind` is sale, void, refund, settle …; `at` None where not told."""

    kind: str
    amount: Money
    success: bool
    code: int
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction with its history, as the query API or a webhook tells it. `original` is often left out by NMI."""

    id: str
    order: str
    condition: str
    customer: str
    original: str
    card: Mapping[str, str]
    steps: tuple[Step, ...]

    def step(self, *kinds: str) -> Step | None:
        """The step of one of these kinds: the successful one if there is any, else the latest."""
        found = [step for step in self.steps if step.kind in kinds]
        return next((step for step in found if step.success), found[-1] if found else None)

    def done(self, kind: str) -> bool:
        return any(step.success for step in self.steps if step.kind == kind)

    @property
    def stored(self) -> StoredMethod | None:
        if not self.customer:
            return None
        brand = self.card.get("cc_type", "")
        number, expiry = self.card.get("cc_number", ""), self.card.get("cc_exp", "")
        return StoredMethod(
            customer=self.customer,
            method=self.id,
            brand=_BRANDS.get(brand, brand.title()),
            last4=number[-4:],
            expires=f"{expiry[:2]}/20{expiry[2:]}" if len(expiry) == 4 else "",
        )


def charge_result(sale: Transaction) -> ChargeResult | None:
    """What became of a sale; None for a transaction that is no sale."""
    step = sale.step("sale")
    if step is None:
        return None
    if step.success:
        return ChargeResult(Outcome.APPROVED, sale.id, step.amount, stored=sale.stored)
    if sale.condition in _UNDECIDED:
        return ChargeResult(Outcome.PENDING, sale.id)
    return ChargeResult(Outcome.DECLINED, sale.id, decline=decline(step.code, step.text))


def read_report(body: bytes) -> list[Transaction]:
    """Parse query.php's XML; ProviderRefused for its error, OutcomeUnknown where it is no report."""
    if b"<!DOCTYPE" in body:  # A report has none; with it go all attacks through entities.
        raise OutcomeUnknown(PROVIDER, "unreadable report")
    try:
        root = ET.fromstring(body)  # noqa: S314
        if root.tag != "nm_response":
            raise OutcomeUnknown(PROVIDER, "unreadable report")
        if (refused := root.findtext("error_response")) is not None:
            raise ProviderRefused(PROVIDER, refused)
        return [_from_xml(element) for element in root.iter("transaction")]
    except (ET.ParseError, KeyError, ValueError):
        raise OutcomeUnknown(PROVIDER, "unreadable report") from None


def from_event(body: Mapping[str, Any]) -> Transaction:
    """A transaction from a webhook's flat body, which carries the one step that it tells of."""
    names = ("transaction_id", "order_id", "condition", "currency", "customer_vault_id", "customerid")
    fields = {name: str(body.get(name) or "") for name in (*names, "original_transaction_id")}
    card = {name: str(value or "") for name, value in (body.get("card") or {}).items()}
    return _transaction(fields, card, [body.get("action") or {}])


def _from_xml(element: ET.Element) -> Transaction:
    fields = {child.tag: child.text or "" for child in element}
    steps = [{child.tag: child.text or "" for child in step} for step in element.iter("action")]
    return _transaction(fields, fields, steps)


def _transaction(fields: Mapping[str, str], card: Mapping[str, str], steps: list[dict[str, Any]]) -> Transaction:
    currency = fields.get("currency") or "USD"  # We always send one; transactions made elsewhere may lack it.
    return Transaction(
        id=fields["transaction_id"],
        order=fields.get("order_id", ""),
        condition=fields.get("condition", ""),
        customer=fields.get("customer_vault_id") or fields.get("customerid", ""),
        original=fields.get("original_transaction_id", ""),
        card={name: card.get(name, "") for name in ("cc_number", "cc_type", "cc_exp")},
        steps=tuple(_step(step, currency) for step in steps),
    )


def _step(step: Mapping[str, Any], currency: str) -> Step:
    kind, amount_text, success, code, text, date = (str(step.get(name) or "") for name in _ACTION_FIELDS)
    return Step(
        kind=kind,
        amount=wire.money(amount_text or "0", currency),
        success=success == "1",
        code=int(code) if code.isdigit() else 0,
        text=text,
        at=moment(date),
    )


def moment(text: str) -> datetime | None:
    """`20261121063000` in UTC; None where no moment is told."""
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC) if text.isdigit() else None
