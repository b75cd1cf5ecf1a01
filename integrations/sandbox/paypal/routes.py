"""Every PayPal URL that the sandbox answers."""

from aiohttp import web

from integrations.sandbox.paypal import browser, disputes, orders, patching, refunds, reporting, tokens, vault
from integrations.sandbox.paypal import parameters as p
from integrations.sandbox.paypal.api import endpoint, unknown_url
from integrations.sandbox.paypal.dashboard import Dashboard
from integrations.sandbox.paypal.idempotency import ORDERS_SECONDS, PAYMENTS_SECONDS, once
from integrations.sandbox.paypal.ledger import PROVIDER
from integrations.sandbox.paypal.webhooks import Webhooks
from integrations.sandbox.world import World

create_order = once(orders.create, kept_for=ORDERS_SECONDS)
capture_order = once(orders.capture, kept_for=ORDERS_SECONDS)
refund_capture = once(refunds.create, kept_for=PAYMENTS_SECONDS)


def routes(world: World) -> list[web.RouteDef]:
    webhooks = Webhooks(world)
    # The certificate's address depends on the world, which a plain function of a Provider does not know.
    world.deliveries.signers[PROVIDER] = webhooks.sign
    v2, v3, v1 = "/paypal/v2", "/paypal/v3", "/paypal/v1"
    return [
        *tokens.routes(world),
        web.post(f"{v2}/checkout/orders", endpoint(world, create_order, p.CREATE_ORDER)),
        web.get(f"{v2}/checkout/orders/{{id}}", endpoint(world, orders.retrieve)),
        web.patch(f"{v2}/checkout/orders/{{id}}", endpoint(world, patching.patch, p.PATCH_ORDER)),
        web.post(f"{v2}/checkout/orders/{{id}}/capture", endpoint(world, capture_order, p.CAPTURE_ORDER)),
        web.get(f"{v2}/payments/captures/{{id}}", endpoint(world, refunds.retrieve_capture)),
        web.post(f"{v2}/payments/captures/{{id}}/refund", endpoint(world, refund_capture, p.REFUND)),
        web.get(f"{v2}/payments/refunds/{{id}}", endpoint(world, refunds.retrieve)),
        web.get(f"{v3}/vault/payment-tokens", endpoint(world, vault.list_tokens)),
        web.get(f"{v3}/vault/payment-tokens/{{id}}", endpoint(world, vault.retrieve)),
        web.delete(f"{v3}/vault/payment-tokens/{{id}}", endpoint(world, vault.delete)),
        web.get(f"{v1}/reporting/transactions", endpoint(world, reporting.search)),
        web.get(f"{v1}/customer/disputes", endpoint(world, disputes.list_disputes)),
        web.get(f"{v1}/customer/disputes/{{id}}", endpoint(world, disputes.retrieve)),
        *webhooks.routes(),
        *(web.route("*", f"{start}/{{tail:.*}}", unknown_url) for start in (v1, v2, v3)),
        *browser.routes(world),
        *Dashboard(world).routes(),
    ]
