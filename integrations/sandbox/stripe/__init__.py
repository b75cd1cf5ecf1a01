"""Stripe: the API that the product uses, with state, and stand-ins for Stripe.js and the bank's challenge page."""

from integrations.sandbox.provider import Provider
from integrations.sandbox.stripe.api import refusal
from integrations.sandbox.stripe.idempotency import IdempotentCalls
from integrations.sandbox.stripe.routes import routes
from integrations.sandbox.stripe.signature import sign

PROVIDERS: tuple[Provider, ...] = (
    Provider(
        name="stripe",
        prefix="/stripe",
        api=("/stripe/v1/",),
        browser={"/stripe/js/api/": "stripe.js"},
        routes=routes,
        refusal=refusal,
        sign=sign,
        guard=IdempotentCalls().guard,
    ),
)
