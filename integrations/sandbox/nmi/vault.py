"""The Customer Vault: cards kept under an id so that they can be charged again without card data."""

from collections.abc import Mapping

from integrations.sandbox.nmi import addresses, parameters, sources
from integrations.sandbox.nmi.answers import GatewayError
from integrations.sandbox.nmi.cards import Card
from integrations.sandbox.nmi.ledger import Ledger

ACTIONS = ("add_customer", "update_customer", "delete_customer")


def manage(ledger: Ledger, request: Mapping[str, str]) -> dict[str, object]:
    """A vault action sent alone, without a transaction type."""
    if name := parameters.unknown(request, parameters.STORE):
        raise GatewayError(f"Invalid parameter {name}")
    check_action(ledger, request)
    match request["customer_vault"]:
        case "add_customer":
            text, vault_id = "Customer Added", add(ledger, request, sources.find(ledger, request).card)
        case "update_customer":
            text, vault_id = "Customer Update Successful", update(ledger, request, _new_card(ledger, request))
        case _:
            text, vault_id = "Customer Deleted", request["customer_vault_id"]
            ledger.forget_customer(vault_id)
    return {"response": 1, "responsetext": text, "response_code": 100, "customer_vault_id": vault_id}


def check_action(ledger: Ledger, request: Mapping[str, str]) -> None:
    """Refuse a vault action that could not be carried out, before any card is charged."""
    action, vault_id = request.get("customer_vault"), request.get("customer_vault_id", "")
    if action not in ACTIONS:
        raise GatewayError("Invalid Customer Vault Action")
    known = ledger.customer(vault_id) is not None
    if action == "add_customer" and known:
        raise GatewayError("Duplicate Customer Vault Id", customer_vault_id=vault_id)
    if action != "add_customer" and not known:
        raise GatewayError("Invalid Customer Vault Id", customer_vault_id=vault_id)


def add(ledger: Ledger, request: Mapping[str, str], card: Card) -> str:
    """Keep `card` under the id asked for, or one of the gateway's own; returns that id."""
    vault_id = request.get("customer_vault_id") or ledger.next_id()
    now = ledger.world.clock.now()
    ledger.store_customer(
        {
            "account": ledger.account,
            "customer_vault_id": vault_id,
            "card": card,
            "billing": addresses.billing(request),
            "shipping": addresses.shipping(request),
            "created": now,
            "updated": now,
        }
    )
    return vault_id


def update(ledger: Ledger, request: Mapping[str, str], card: Card | None) -> str:
    """Change what the request names of an existing customer; returns its id."""
    customer = ledger.customer(request["customer_vault_id"])
    if customer is None:
        raise GatewayError("Invalid Customer Vault Id")
    customer["billing"] = addresses.billing(request, customer["billing"])
    customer["shipping"] = addresses.shipping(request, customer["shipping"])
    customer["updated"] = ledger.world.clock.now()
    if card is not None:
        customer["card"] = card
    return request["customer_vault_id"]


def _new_card(ledger: Ledger, request: Mapping[str, str]) -> Card | None:
    if "payment_token" in request or "ccnumber" in request:
        return sources.find(ledger, request).card
    return None
