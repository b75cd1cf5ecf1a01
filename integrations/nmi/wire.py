"""Our value objects in NMI's spelling: form fields out, url-encoded answers in.

The reference of a payment is NMI's transaction id, the order id is the payment's key. Amounts travel as NMI documents
them, with two decimals in every currency; an amount that is finer is refused before anything is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.conf import settings

from integrations.errors import OutcomeUnknown, ProviderRefused
from integrations.gateways.types import ChargeRequest, Shopper
from integrations.money import Money

PROVIDER = "nmi"
_REJECTED = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What transact.php said: `response` is 1 approved, 2 declined, 3 error."""

    response: int
    code: int
    text: str
    fields: Mapping[str, str]

    @property
    def approved(self) -> bool:
        return self.response == 1

    @property
    def rejected(self) -> bool:
        """Whether the gateway itself refused; only its text tells why."""
        return self.response == 3 and self.code == _REJECTED

    @property
    def transaction_id(self) -> str:
        """Empty where the gateway entered no transaction, which it also writes as 0."""
        found = self.fields.get("transactionid", "")
        return "" if found == "0" else found


def amount(money: Money) -> str:
    """`49.00`; ProviderRefused for an amount with a third decimal."""
    value = money.to_decimal()
    text = f"{value:.2f}"
    if Money.from_decimal(text, money.currency) != money:
        raise ProviderRefused(PROVIDER, f"{value} {money.currency} has more than two decimals")
    return text


def money(text: str, currency: str) -> Money:
    """Read an amount of NMI's; OutcomeUnknown where it is none."""
    try:
        return Money.from_decimal(text, currency)
    except ValueError:
        raise OutcomeUnknown(PROVIDER, f"unreadable amount {text!r}") from None


def sale_fields(request: ChargeRequest, processor: str) -> dict[str, str]:
    """One sale. The shopper's address is the cardholder's; NMI checks it (AVS), so it is sent as billing address."""
    fields = {
        "type": "sale",
        "amount": amount(request.money),
        "currency": request.money.currency,
        "orderid": request.key,
        "order_description": request.description,
        "ipaddress": request.shopper.ip,
        "dup_seconds": settings.NMI_DUPLICATE_SECONDS,
        "processor_id": processor,
        **_billing(request.shopper),
        **_source(request),
    }
    return {name: value for name, value in fields.items() if value}


def _source(request: ChargeRequest) -> dict[str, str]:
    """What is charged, and what the card networks must know of a kept card: who started this, first or later use."""
    if request.stored:
        kept = {"customer_vault_id": request.stored.customer}
        return kept | {"initiated_by": "customer", "stored_credential_indicator": "used"}
    token = {"payment_token": request.token}
    if not request.save_method:
        return token
    return token | {
        "customer_vault": "add_customer",
        "initiated_by": "customer",
        "stored_credential_indicator": "stored",
    }


def _billing(shopper: Shopper) -> dict[str, str]:
    return {
        "first_name": shopper.first_name,
        "last_name": shopper.last_name,
        "address1": shopper.address.line1,
        "city": shopper.address.city,
        "state": shopper.address.state,
        "zip": shopper.address.postal_code,
        "country": shopper.address.country,
        "phone": shopper.phone,
        "email": shopper.email,
    }


def read_answer(text: str) -> Answer:
    """Parse transact.php's url-encoded answer; OutcomeUnknown where it is none."""
    fields = dict(parse_qsl(text.strip(), keep_blank_values=True))
    try:
        response, code = int(fields["response"]), int(fields["response_code"])
    except (KeyError, ValueError):
        raise OutcomeUnknown(PROVIDER, "unreadable answer") from None
    return Answer(response, code, fields.get("responsetext", ""), fields)
