"""Every Stripe URL that the sandbox answers."""

from aiohttp import web

from integrations.sandbox.stripe import (
    accounts,
    browser,
    charges,
    confirmation_tokens,
    customers,
    dashboard,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)
from integrations.sandbox.stripe import parameters as p
from integrations.sandbox.stripe.api import Operation, endpoint, unknown_url
from integrations.sandbox.stripe.forms import Shape
from integrations.sandbox.world import World

type Row = tuple[str, str, Operation, Shape]

OPERATIONS: tuple[Row, ...] = (
    ("POST", "payment_intents", payment_intents.create, p.CREATE_PAYMENT_INTENT),
    ("GET", "payment_intents", payment_intents.list_intents, p.LIST_PAYMENT_INTENTS),
    ("GET", "payment_intents/search", payment_intents.search_intents, p.SEARCH),
    ("POST", "payment_intents/{id}", payment_intents.update, p.INTENT_FIELDS),
    ("POST", "payment_intents/{id}/capture", payment_intents.capture, p.CAPTURE_PAYMENT_INTENT),
    ("POST", "payment_intents/{id}/cancel", payment_intents.cancel, p.CANCEL_PAYMENT_INTENT),
    ("POST", "customers", customers.create, p.CREATE_CUSTOMER),
    ("GET", "customers", customers.list_customers, p.LIST_CUSTOMERS),
    ("GET", "customers/{id}", customers.retrieve, p.EXPAND),
    ("POST", "customers/{id}", customers.update, p.CUSTOMER),
    ("GET", "customers/{id}/payment_methods", customers.list_methods, p.LIST_METHODS_OF_CUSTOMER),
    ("GET", "payment_methods", payment_methods.list_methods, p.LIST_PAYMENT_METHODS),
    ("GET", "payment_methods/{id}", payment_methods.retrieve, p.EXPAND),
    ("POST", "payment_methods/{id}/attach", payment_methods.attach, p.ATTACH),
    ("POST", "payment_methods/{id}/detach", payment_methods.detach, p.EXPAND),
    ("GET", "confirmation_tokens/{id}", confirmation_tokens.retrieve, p.EXPAND),
    ("POST", "test_helpers/confirmation_tokens", confirmation_tokens.create_for_test, p.CREATE_CONFIRMATION_TOKEN),
    ("GET", "charges", charges.list_charges, p.LIST_CHARGES),
    ("GET", "charges/{id}", charges.retrieve, p.EXPAND),
    ("POST", "refunds", refunds.create, p.CREATE_REFUND),
    ("GET", "refunds", refunds.list_refunds, p.LIST_OF_CHARGE),
    ("GET", "refunds/{id}", refunds.retrieve, p.EXPAND),
    ("POST", "refunds/{id}", refunds.update, p.UPDATE_REFUND),
    ("POST", "setup_intents", setup_intents.create, p.CREATE_SETUP_INTENT),
    ("GET", "disputes", disputes.list_disputes, p.LIST_OF_CHARGE),
    ("GET", "disputes/{id}", disputes.retrieve, p.EXPAND),
    ("POST", "disputes/{id}/close", disputes.close, p.EXPAND),
    ("GET", "events", events.list_events, p.LIST_EVENTS),
    ("GET", "events/{id}", events.retrieve, p.EXPAND),
    ("GET", "account", accounts.retrieve, p.EXPAND),
    ("POST", "webhook_endpoints", accounts.create_endpoint, p.CREATE_WEBHOOK_ENDPOINT),
    ("GET", "webhook_endpoints", accounts.list_endpoints, p.PAGE),
    ("DELETE", "webhook_endpoints/{id}", accounts.delete_endpoint, p.EXPAND),
)
OPEN_TO_BROWSERS: tuple[Row, ...] = (
    ("GET", "payment_intents/{id}", payment_intents.retrieve, p.RETRIEVE_INTENT),
    ("POST", "payment_intents/{id}/confirm", payment_intents.confirm, p.CONFIRM_PAYMENT_INTENT),
    ("GET", "setup_intents/{id}", setup_intents.retrieve, p.RETRIEVE_INTENT),
    ("POST", "setup_intents/{id}/confirm", setup_intents.confirm, p.CONFIRM_SETUP_INTENT),
)


def routes(world: World) -> list[web.RouteDef]:
    api = [
        web.route(method, f"/stripe/v1/{path}", endpoint(world, operation, shape, browsers=rows is OPEN_TO_BROWSERS))
        for rows in (OPERATIONS, OPEN_TO_BROWSERS)
        for method, path, operation, shape in rows
    ]
    return [
        *api,
        web.route("*", "/stripe/v1/{tail:.*}", unknown_url),
        *browser.routes(world),
        *dashboard.routes(world),
    ]
