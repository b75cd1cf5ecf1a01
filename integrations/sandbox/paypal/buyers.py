"""The people with PayPal accounts here, visibly fake, and what they may choose to pay with.

The choice decides how the payment goes, as test cards do elsewhere.
"""

from dataclasses import dataclass
from typing import Final

from integrations.sandbox.world import Entry


@dataclass(frozen=True, slots=True)
class Buyer:
    """A PayPal account."""

    payer_id: str
    given_name: str
    surname: str
    email: str
    address: Entry

    @property
    def name(self) -> Entry:
        return {"given_name": self.given_name, "surname": self.surname}

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.surname}"

    @property
    def country(self) -> Entry:
        return {"country_code": self.address["country_code"]}


BUYERS: Final = {
    buyer.payer_id: buyer
    for buyer in (
        Buyer(
            "FAKEBUYERPAT1",
            "Pat",
            "Buyer",
            "pat.buyer@sandbox.invalid",
            {
                "address_line_1": "1 Example Street",
                "admin_area_2": "San Jose",
                "admin_area_1": "CA",
                "postal_code": "95131",
                "country_code": "US",
            },
        ),
        Buyer(
            "FAKEBUYERKIM2",
            "Kim",
            "Guest",
            "kim.guest@sandbox.invalid",
            {
                "address_line_1": "Beispielweg 2",
                "admin_area_2": "Berlin",
                "postal_code": "10115",
                "country_code": "DE",
            },
        ),
    )
}
FIRST_BUYER: Final = "FAKEBUYERPAT1"

BALANCE: Final = "balance"
DECLINED: Final = "declined"
PENDING: Final = "pending"
CAPTURE_DECLINED: Final = "capture_declined"
NO_VAULT: Final = "no_vault"
VAULT_LATER: Final = "vault_later"
VAULT_DECLINES: Final = "vault_declines"
VAULT_PENDING: Final = "vault_pending"
FUNDING: Final = {
    BALANCE: "PayPal balance: succeeds",
    DECLINED: "A card that its bank declines",
    PENDING: "An eCheck: stays pending",
    CAPTURE_DECLINED: "Completes with a declined capture",
    NO_VAULT: "Pays, but is not kept for later",
    VAULT_LATER: "Pays; kept for later after a while",
    VAULT_DECLINES: "Pays; later charges are declined",
    VAULT_PENDING: "Pays; later charges stay pending",
}
