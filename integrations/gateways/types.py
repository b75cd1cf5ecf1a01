"""Value objects that pass between orders and gateways."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from integrations.money import Money


class Outcome(StrEnum):
    """CAPTURABLE: the shopper has agreed at the gateway, and nothing is taken before `capture`."""

    APPROVED = "approved"
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"
    CAPTURABLE = "capturable"
    PENDING = "pending"


class DeclineReason(StrEnum):
    """Why a payment was declined, in our words; shoppers' texts and retry advice hang on these."""

    GENERIC = "generic"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    INCORRECT_CVC = "incorrect_cvc"
    INCORRECT_NUMBER = "incorrect_number"
    AUTHENTICATION_FAILED = "authentication_failed"
    PROCESSING_ERROR = "processing_error"
    CARD_NOT_SUPPORTED = "card_not_supported"
    METHOD_UNUSABLE = "method_unusable"
    GATEWAY_UNAVAILABLE = "gateway_unavailable"
    NOT_CHARGED = "not_charged"
    ABANDONED = "abandoned"
    WALLET_DECLINED = "wallet_declined"
    SOLD_OUT = "sold_out"


@dataclass(frozen=True, slots=True)
class Address:
    line1: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who pays. Empty strings where the funnel did not ask. `customer` is the gateway's own id for them, if known."""

    email: str
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    address: Address = field(default_factory=Address)
    ip: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """A payment method kept by the gateway for later charges; never card data.

    `customer` and `method` are the gateway's references (Stripe: cus_…, pm_…; NMI: the vault id, the first
    transaction's id; PayPal: the vault's customer and token). `label` is what a shopper recognises: "Visa ending 4242",
    in the language of whoever reads it;
    `account` names what has no digits: "PayPal (a…@example.com)".
    """

    customer: str
    method: str
    brand: str = ""
    last4: str = ""
    expires: str = ""  # "MM/YYYY", empty where it has none
    account: str = ""

    @property
    def label(self) -> str:
        if self.account:
            return f"{self.brand} ({self.account})"
        if self.last4:
            return _("%(brand)s ending %(last4)s") % {"brand": self.brand or _("Card"), "last4": self.last4}
        return self.brand or _("saved payment method")


@dataclass(frozen=True, slots=True)
class CardHint:
    """Brand and last digits as the gateway's own fields told the page. Only a label, where the gateway gives none."""

    brand: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """One attempt to take money.

    `key` is the Payment's public id: idempotency key and order id at the gateway. Exactly one of `token` (made in the
    browser) and `stored` is given. `in_page` tells whether the page can complete a challenge itself; otherwise the
    gateway must give a redirect that comes back to `return_url`, or to `cancel_url` where the shopper says no. A wallet
    is given neither token nor stored method: the shopper approves the charge at the gateway.
    """

    key: str
    money: Money
    description: str
    shopper: Shopper
    token: str = ""
    card_hint: CardHint = field(default_factory=CardHint)
    stored: StoredMethod | None = None
    save_method: bool = False
    in_page: bool = True
    return_url: str = ""
    cancel_url: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decline:
    """`code` and `message` are the gateway's own, for staff; `reason` is ours."""

    reason: DeclineReason
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What the shopper must still do: complete a challenge in the page (`client_secret`) or at `redirect_url`."""

    client_secret: str = ""
    redirect_url: str = ""


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """What the gateway says of one charge. `reference` is the gateway's id (empty where it made none).

    `method_follows`: the shopper's method is being stored, and the gateway names it a moment later. `takes_days`: the
    gateway has the shopper's yes, and the money is on its way from their bank.
    """

    outcome: Outcome
    reference: str = ""
    money: Money | None = None
    decline: Decline | None = None
    action: Action | None = None
    stored: StoredMethod | None = None
    method_follows: bool = False
    takes_days: bool = False


@dataclass(frozen=True, slots=True)
class LookupRequest:
    """Which charge to look for. `sent_at` bounds the search where the gateway can only list by time.

    `charge` is the request that was sent, for a gateway that can only be asked by repeating it under its key.
    """

    key: str
    money: Money
    sent_at: datetime
    reference: str = ""
    charge: ChargeRequest | None = None


class RefundOutcome(StrEnum):
    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give back `money` of the charge `reference`.

    `captured` is what the charge took, `refunded_before` what earlier refunds of it gave back: a gateway without
    idempotency keys tells from them whether a lost attempt took effect.
    """

    key: str
    reference: str
    money: Money
    captured: Money
    refunded_before: Money
    reason: str = ""
    charge_key: str = ""
    refund_reference: str = ""  # The gateway's id of the refund, where it told one before.
    repeated: bool = False  # An earlier try under this key is over, and its answer was lost.


@dataclass(frozen=True, slots=True)
class RefundResult:
    outcome: RefundOutcome
    reference: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A verified webhook: `id` is unique per connection, `payload` is JSON as received."""

    id: str
    type: str
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ChargeNotice:
    """A webhook's word on a charge. `key` is our payment's public id, where the gateway carries it."""

    key: str
    result: ChargeResult


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """A webhook's word on a refund, ours or made at the gateway. `key` is our refund's public id, where known.

    `charge_reference` is empty where the gateway names the charge only by our payment's key; then `charge_key` is given.
    """

    charge_reference: str
    result: RefundResult
    money: Money
    key: str = ""
    charge_key: str = ""


@dataclass(frozen=True, slots=True)
class MethodNotice:
    """A webhook's word on the method that was stored with a charge, told after the charge itself."""

    charge_reference: str
    stored: StoredMethod
    charge_key: str = ""


class DisputeState(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DisputeNotice:
    """A webhook's word on a dispute. `status` is the gateway's own; `withdrawn` tells that the money is taken back from
    the merchant as of now; `at` is when the gateway said so, which orders its words (None: as they come). Where
    `charge_reference` is empty, `charge_key` is our payment's public id.
    """

    charge_reference: str
    reference: str
    money: Money | str  # A decimal string where no currency is told: it is the charge's.
    status: str
    reason: str = ""
    state: DisputeState = DisputeState.OPEN
    withdrawn: bool = False
    at: datetime | None = None
    charge_key: str = ""


class EntryKind(StrEnum):
    CHARGE = "charge"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One movement of money as the gateway's own books have it: a captured charge, or a refund that did not fail.

    `key` is our payment's or refund's public id where the gateway carries it, empty for what was made elsewhere.
    `charge_reference` and `charge_key` name the charge that a refund gives back, as far as the gateway tells.
    """

    kind: EntryKind
    reference: str
    money: Money
    at: datetime
    key: str = ""
    charge_reference: str = ""
    charge_key: str = ""


type Notice = ChargeNotice | RefundNotice | MethodNotice | DisputeNotice
