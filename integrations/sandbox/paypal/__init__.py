"""PayPal: REST API with state, the approval page, a stand-in for the JavaScript SDK, and its dashboard's control calls."""

from integrations.sandbox.paypal.api import refusal
from integrations.sandbox.paypal.idempotency import OneAtATime
from integrations.sandbox.paypal.routes import routes
from integrations.sandbox.provider import Provider

PROVIDERS: tuple[Provider, ...] = (
    Provider(
        name="paypal",
        prefix="/paypal",
        api=("/paypal/v1/", "/paypal/v2/", "/paypal/v3/"),
        routes=routes,
        refusal=refusal,
        guard=OneAtATime().guard,
        browser={"/paypal/checkoutnow/": "paypal.js"},
    ),
)
