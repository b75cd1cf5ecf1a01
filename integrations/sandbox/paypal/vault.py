"""`/v3/vault/payment-tokens`: payers' accounts that the shop may charge later."""

from integrations.sandbox.paypal import buyers, shapes
from integrations.sandbox.paypal.api import Call, Result
from integrations.sandbox.paypal.errors import malformed, refused
from integrations.sandbox.paypal.ledger import Ledger
from integrations.sandbox.world import Entry

LATER = {
    buyers.VAULT_DECLINES: buyers.DECLINED,
    buyers.VAULT_PENDING: buyers.PENDING,
}


def keep(ledger: Ledger, order: Entry) -> None:
    """Keep the payer's account with a purchase that asked for it and whose payer lets us."""
    source = order.get("payment_source", {}).get("paypal", {})
    wish, private = source.get("attributes", {}).get("vault"), order["private"]
    if not wish or wish.get("store_in_vault") != "ON_SUCCESS" or private["funding"] == buyers.NO_VAULT:
        return
    customer = source["attributes"].get("customer", {}).get("id") or ledger.mint(10)
    private["vault"] = {"id": "", "status": "APPROVED", "customer": customer}
    if private["funding"] != buyers.VAULT_LATER:
        finish(ledger, order)


def finish(ledger: Ledger, order: Entry) -> Entry:
    """Make the token of an order that asked for one, and tell of it."""
    kept = order["private"]["vault"]
    token = _token_of(ledger, order, kept["customer"])
    kept |= {"id": token["id"], "status": "VAULTED"}
    resource = shapes.payment_token(ledger, token) | {
        "metadata": {"order_id": order["id"]},
        "time_created": token["create_time"],
    }
    summary = "A payment token has been created."
    ledger.announce("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", summary, resource, "3.0")
    return token


def _token_of(ledger: Ledger, order: Entry, customer: str) -> Entry:
    """One token for a customer's account unless several are permitted."""
    wish, payer_id = order["payment_source"]["paypal"]["attributes"]["vault"], order["private"]["payer_id"]
    several = wish.get("permit_multiple_payment_tokens", False)
    owner = f"{ledger.account}/{customer}/{payer_id}"
    known = ledger.collection("vault_owners").get(owner)
    if known is not None and not several and (token := ledger.find("payment_tokens", known["token"])) is not None:
        token["private"]["funding"] = order["private"]["funding"]
        return token
    token = ledger.add(
        "payment_tokens",
        {"id": ledger.mint(12).lower()},
        customer=customer,
        payer_id=payer_id,
        funding=order["private"]["funding"],
        usage_type=wish["usage_type"],
        permit_multiple=several,
    )
    ledger.collection("vault_owners")[owner] = {"account": ledger.account, "token": token["id"]}
    return token


def usable(ledger: Ledger, token_id: str) -> Entry:
    token = ledger.find("payment_tokens", token_id)
    if token is None:
        raise refused("TOKEN_ID_NOT_FOUND", "/payment_source/paypal/vault_id", token_id)
    return token


def later_funding(token: Entry) -> str:
    """How a later charge goes, by what the payer chose at the first."""
    return LATER.get(token["private"]["funding"], buyers.BALANCE)


def forget(ledger: Ledger, token: Entry) -> None:
    """Delete the token, by the shop or by the payer at PayPal, and tell of it."""
    del ledger.collection("payment_tokens")[token["id"]]
    resource = {"id": token["id"], "customer": {"id": token["private"]["customer"]}}
    summary = "A payment token has been deleted."
    ledger.announce("VAULT.PAYMENT-TOKEN.DELETED", "payment_token", summary, resource, "3.0")


def retrieve(call: Call) -> Result:
    call.ledger.get("payment_tokens", call.id)
    return Result(collection="payment_tokens", id=call.id)


def delete(call: Call) -> Result:
    forget(call.ledger, call.ledger.get("payment_tokens", call.id))
    return Result(204)


def list_tokens(call: Call) -> Result:
    customer = call.request.query.get("customer_id")
    if not customer:
        raise malformed("MISSING_REQUIRED_PARAMETER", "customer_id", location="query")
    own = [t for t in call.ledger.newest_first("payment_tokens") if t["private"]["customer"] == customer]
    return Result(
        document={
            "customer": {"id": customer},
            "payment_tokens": [shapes.payment_token(call.ledger, token) for token in own],
            "links": [shapes.link(f"{call.ledger.api}/v3/vault/payment-tokens?customer_id={customer}", "self")],
        }
    )
