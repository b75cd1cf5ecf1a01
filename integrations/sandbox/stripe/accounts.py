"""`/v1/account` and `/v1/webhook_endpoints`: the merchant's own settings at Stripe."""

from integrations.sandbox.deliveries import Endpoint
from integrations.sandbox.stripe.api import Call
from integrations.sandbox.stripe.errors import unreadable
from integrations.sandbox.stripe.forms import require
from integrations.sandbox.world import Entry

OPENED_AT = 1_700_000_000


def retrieve(call: Call) -> Entry:
    account = call.ledger.account
    return {
        "id": f"acct_{account}",
        "object": "account",
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": OPENED_AT,
        "default_currency": "usd",
        "details_submitted": True,
        "email": f"{account}@sandbox.invalid",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }


def create_endpoint(call: Call) -> Entry:
    """Register a webhook address. The secret is shown in this answer only. `connect` listens to every account."""
    params, ledger = call.params, call.ledger
    require(params, "url", "enabled_events")
    url = params["url"]
    if not url.startswith(("http://", "https://")):
        raise unreadable("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")
    secret = ledger.world.mint("whsec_", 32)
    endpoint = Endpoint(
        "stripe",
        url,
        secret,
        account=None if params.get("connect") else ledger.account,
        events=params["enabled_events"],
        id=ledger.world.mint("we_1"),
    )
    ledger.world.deliveries.register(endpoint)
    shown = ledger.add(
        "webhook_endpoints",
        {
            "id": endpoint.id,
            "object": "webhook_endpoint",
            "api_version": params.get("api_version"),
            "application": None,
            "created": ledger.now,
            "description": params.get("description"),
            "enabled_events": params["enabled_events"],
            "livemode": False,
            "metadata": params.get("metadata") or {},
            "status": "enabled",
            "url": url,
        },
    )
    return {**shown, "secret": secret}


def list_endpoints(call: Call) -> Entry:
    return call.ledger.page("webhook_endpoints", "/v1/webhook_endpoints", call.params)


def delete_endpoint(call: Call) -> Entry:
    ledger = call.ledger
    ledger.get("webhook_endpoints", call.id)
    del ledger.collection("webhook_endpoints")[call.id]
    deliveries = ledger.world.deliveries
    deliveries.endpoints = [endpoint for endpoint in deliveries.endpoints if endpoint.id != call.id]
    return {"id": call.id, "object": "webhook_endpoint", "deleted": True}
