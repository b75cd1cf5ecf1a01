"""PayPal's amounts: decimal strings with a currency code, and the sums that an order's amount must be made of."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from integrations.sandbox.paypal.errors import malformed, refused
from integrations.sandbox.world import Entry

CURRENCIES: Final = frozenset(
    {
        "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK",
        "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
    }
)  # fmt: skip
WITHOUT_DECIMALS: Final = frozenset({"HUF", "JPY", "TWD"})
VALUE: Final = re.compile(r"-?\d{1,18}(\.\d+)?|-?\.\d+")
LONGEST_VALUE: Final = 32
ADDED: Final = ("item_total", "tax_total", "shipping", "handling", "insurance")
TAKEN_OFF: Final = ("shipping_discount", "discount")
FEE_SHARE, FEE_FIXED = Decimal("0.0349"), Decimal("0.49")


def read_money(value: Any, where: str) -> Entry:
    """`{"currency_code", "value"}`, as text that is an amount of that currency."""
    if not isinstance(value, dict):
        raise malformed("INVALID_PARAMETER_SYNTAX", where, value)
    for name in value:
        if name not in ("currency_code", "value"):
            raise malformed("INVALID_PARAMETER_SYNTAX", f"{where}/{name}", value[name])
    for name in ("currency_code", "value"):
        if value.get(name) in (None, ""):
            raise malformed("MISSING_REQUIRED_PARAMETER", f"{where}/{name}")
    currency, amount = value["currency_code"], value["value"]
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        raise malformed("INVALID_PARAMETER_SYNTAX", f"{where}/currency_code", currency)
    if not isinstance(amount, str) or len(amount) > LONGEST_VALUE or not VALUE.fullmatch(amount):
        raise malformed("INVALID_PARAMETER_SYNTAX", f"{where}/value", amount)
    if currency not in CURRENCIES:
        raise refused("CURRENCY_NOT_SUPPORTED", f"{where}/currency_code", currency)
    check_decimals(currency, amount, f"{where}/value")
    return {"currency_code": currency, "value": text(Decimal(amount), currency)}


def check_decimals(currency: str, amount: str, where: str) -> None:
    decimals = len(amount.partition(".")[2])
    if currency in WITHOUT_DECIMALS and decimals:
        raise refused("DECIMALS_NOT_SUPPORTED", where, amount)
    if decimals > 2:
        raise refused("DECIMAL_PRECISION", where, amount)


def of(money: Entry) -> Decimal:
    return Decimal(money["value"])


def text(amount: Decimal, currency: str) -> str:
    return f"{amount:.0f}" if currency in WITHOUT_DECIMALS else f"{amount:.2f}"


def money(amount: Decimal, currency: str) -> Entry:
    return {"currency_code": currency, "value": text(amount, currency)}


def fee(gross: Entry) -> Decimal:
    """What PayPal keeps of a payment."""
    step = Decimal(1) if gross["currency_code"] in WITHOUT_DECIMALS else Decimal("0.01")
    return min(of(gross), (of(gross) * FEE_SHARE + FEE_FIXED).quantize(step, ROUND_HALF_UP))


def check_unit(unit: Entry, where: str) -> None:
    """The amount is positive, its breakdown adds up, and the items add up to the breakdown."""
    amount = unit["amount"]
    currency, breakdown = amount["currency_code"], amount.get("breakdown")
    if of(amount) <= 0:
        raise refused("CANNOT_BE_ZERO_OR_NEGATIVE", f"{where}/amount/value", amount["value"])
    for name, part in (breakdown or {}).items():
        if part["currency_code"] != currency:
            raise refused(
                "MISMATCHED_CURRENCY", f"{where}/amount/breakdown/{name}/currency_code", part["currency_code"]
            )
    if breakdown:
        total = sum((of(breakdown[name]) for name in ADDED if name in breakdown), Decimal(0))
        total -= sum((of(breakdown[name]) for name in TAKEN_OFF if name in breakdown), Decimal(0))
        if total != of(amount):
            raise refused("AMOUNT_MISMATCH", f"{where}/amount/value", amount["value"])
    if items := unit.get("items"):
        check_items(items, breakdown or {}, currency, where)


def check_items(items: list[Entry], breakdown: Entry, currency: str, where: str) -> None:
    for kind, total, issue in (("unit_amount", "item_total", "ITEM_TOTAL"), ("tax", "tax_total", "TAX_TOTAL")):
        given = [item for item in items if kind in item]
        if not given:
            continue
        if any(item[kind]["currency_code"] != currency for item in given):
            raise refused("MISMATCHED_CURRENCY", f"{where}/items", currency)
        if total not in breakdown:
            raise refused(f"{issue}_REQUIRED", f"{where}/amount/breakdown/{total}")
        if sum((of(item[kind]) * int(item["quantity"]) for item in given), Decimal(0)) != of(breakdown[total]):
            raise refused(f"{issue}_MISMATCH", f"{where}/amount/breakdown/{total}/value", breakdown[total]["value"])
