"""What a charge is paid with: a Collect.js token, a raw card, or a customer kept in the vault."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from integrations.sandbox.nmi.answers import GatewayError
from integrations.sandbox.nmi.cards import Card, describe, passes_luhn, security_code_response
from integrations.sandbox.nmi.ledger import Ledger
from integrations.sandbox.nmi.tokens import redeem
from integrations.sandbox.world import Entry

EXPIRY: Final = re.compile(r"(0[1-9]|1[0-2])(\d{2})")


@dataclass(frozen=True)
class Source:
    """The card of a charge, its CVV letter, and the vault customer it was taken from, if any."""

    card: Card
    cvv: str = ""
    customer: Entry | None = None


def find(ledger: Ledger, request: Mapping[str, str]) -> Source:
    """The one payment source of the request; a token in it is spent by this."""
    takes_from_vault = "customer_vault_id" in request and "customer_vault" not in request
    given = [name for name in ("payment_token", "ccnumber") if name in request]
    if len(given) + takes_from_vault > 1:
        raise GatewayError("Only one payment source may be specified")
    if takes_from_vault:
        customer = ledger.customer(request["customer_vault_id"])
        if customer is None:
            raise GatewayError("Invalid Customer Vault Id", customer_vault_id=request["customer_vault_id"])
        return Source(customer["card"], customer=customer)
    if "payment_token" in request:
        card, cvv = redeem(ledger, request["payment_token"])
        return Source(card, cvv)
    if "ccnumber" in request:
        return _raw_card(request)
    raise GatewayError("Required Field cc_number is Missing or Empty")


def _raw_card(request: Mapping[str, str]) -> Source:
    number, expiry = re.sub(r"[ -]", "", request["ccnumber"]), re.sub(r"[ /]", "", request.get("ccexp", ""))
    if not passes_luhn(number):
        raise GatewayError("Invalid Credit Card Number")
    if not EXPIRY.fullmatch(expiry):
        raise GatewayError("Invalid Credit Card Expiration Date")
    return Source(describe(number, expiry), security_code_response(request.get("cvv", "")))
