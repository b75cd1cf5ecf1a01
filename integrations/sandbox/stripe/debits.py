"""Stripe's published test bank accounts (ACH Direct Debit): a payment is `processing` until its bank decides, days later.

`/_sandbox/stripe/settle` is the bank's word; without an `outcome` an account does what Stripe says of it.
"""

from dataclasses import dataclass

from integrations.sandbox.stripe.cards import Behaviour, Decline, hash_text
from integrations.sandbox.world import Entry

KIND = "us_bank_account"
ROUTING_NUMBER = "110000000"


def _refused(code: str, message: str) -> Behaviour:
    """The account can be kept, and the bank refuses the debit later."""
    return Behaviour(Decline(code, code, message), attach_only=True, decided_later=True)


BEHAVIOURS: dict[str, Behaviour] = {
    "debit_succeeds": Behaviour(decided_later=True),
    "debit_account_closed": _refused("account_closed", "The customer's bank account has been closed."),
    "debit_no_account": _refused("no_account", "The bank account could not be located."),
    "debit_insufficient_funds": _refused(
        "insufficient_funds", "The customer's account has insufficient funds to cover this payment."
    ),
    "debit_not_authorized": _refused(
        "debit_not_authorized", "The customer has notified their bank that this payment was unauthorized."
    ),
}


@dataclass(frozen=True, slots=True)
class TestAccount:
    number: str
    behaviour: str
    test_id: str

    @property
    def instrument(self) -> Entry:
        """The account as a payment method has it."""
        return {
            "type": KIND,
            KIND: {
                "account_holder_type": "individual",
                "account_type": "checking",
                "bank_name": "STRIPE TEST BANK",
                "financial_connections_account": None,
                "fingerprint": f"{hash_text(self.number):016x}",
                "last4": self.number[-4:],
                "networks": {"preferred": "ach", "supported": ["ach"]},
                "routing_number": ROUTING_NUMBER,
                "status_details": {},
            },
        }


TEST_ACCOUNTS = (
    TestAccount("000123456789", "debit_succeeds", "pm_usBankAccount_success"),
    TestAccount("000111111113", "debit_account_closed", "pm_usBankAccount_accountClosed"),
    TestAccount("000111111116", "debit_no_account", "pm_usBankAccount_noAccount"),
    TestAccount("000222222227", "debit_insufficient_funds", "pm_usBankAccount_insufficientFunds"),
    TestAccount("000333333335", "debit_not_authorized", "pm_usBankAccount_debitNotAuthorized"),
)
BY_TEST_ID = {account.test_id: account for account in TEST_ACCOUNTS}
