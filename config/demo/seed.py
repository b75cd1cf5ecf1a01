"""Writing the demo's catalogue, idempotently: a second run changes nothing that staff may have edited since."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from config.demo import offers
from config.demo.access import ADMIN_NAME, ADMIN_PASSWORD
from config.demo.catalogue import FUNNELS
from funnels.models import Funnel, Merchant, Price, Product, ShippingRate, Step, StepChoice, TaxRate, Theme, TicketEvent
from funnels.publishing import publish
from integrations.connections import Connection
from orders.history.timeline import SYSTEM
from orders.models import Stock
from orders.stock import stocking

LOW_AT = 5


def seed() -> list[Funnel]:
    """Make what is missing of the demo; returns its funnels, all published."""
    with transaction.atomic():
        if not User.objects.filter(username=ADMIN_NAME).exists():
            User.objects.create_superuser(ADMIN_NAME, "admin@stepwell.example", ADMIN_PASSWORD)
        funnels = [_seed_funnel(data) for data in FUNNELS]
        offers.seed()
        return funnels


def _seed_funnel(data: Mapping[str, Any]) -> Funnel:
    existing = Funnel.objects.filter(handle=data["funnel"]["handle"]).first()
    if existing is not None:
        return existing
    merchant, _ = Merchant.objects.get_or_create(slug=data["merchant"]["slug"], defaults=data["merchant"])
    theme, _ = Theme.objects.get_or_create(merchant=merchant, name=data["theme"]["name"], defaults=data["theme"])
    connections = {role: _connection(merchant, values) for role, values in data["connections"].items()}
    event = _event(merchant, data.get("event"))
    prices = {sku: _price(merchant, sku, values, event) for sku, values in data["products"].items()}
    _stock(merchant, data.get("stock", {}))
    _delivery(merchant, data)
    funnel = Funnel.objects.create(merchant=merchant, theme=theme, **connections, **data["funnel"])
    funnel.other_gateways.set(_connection(merchant, values) for values in data.get("other_gateways", {}).values())
    _steps(funnel, data["steps"], prices)
    publish(funnel=funnel, by=None, note="First publication")
    return funnel


def _connection(merchant: Merchant, values: Mapping[str, Any]) -> Connection:
    existing = Connection.objects.filter(tenant=merchant.pk, name=values["name"]).first()
    if existing is not None:
        return existing
    connection = Connection(
        tenant=merchant.pk, provider=values["provider"], name=values["name"], options=dict(values["options"])
    )
    connection.secrets = dict(values["secrets"])
    connection.save()
    return connection


def _event(merchant: Merchant, values: Mapping[str, Any] | None) -> TicketEvent | None:
    if values is None:
        return None
    return TicketEvent.objects.get_or_create(merchant=merchant, name=values["name"], defaults=values)[0]


def _price(merchant: Merchant, sku: str, values: Mapping[str, Any], event: TicketEvent | None) -> Price:
    fields = {name: value for name, value in values.items() if name not in ("amount", "ticket")}
    if values.get("ticket"):
        fields["event"] = event
    product, _ = Product.objects.get_or_create(merchant=merchant, sku=sku, defaults=fields)
    price, _ = Price.objects.get_or_create(product=product, amount=values["amount"], currency="USD", archived_at=None)
    return price


def _stock(merchant: Merchant, units: Mapping[str, int]) -> None:
    for product in Product.objects.filter(merchant=merchant, sku__in=units, stock=None):
        stocking.adjust(product_id=product.pk, change=units[product.sku], reason="First batch", actor=SYSTEM)
        Stock.objects.filter(pk=product.pk).update(low_at=LOW_AT)


def _delivery(merchant: Merchant, data: Mapping[str, Any]) -> None:
    for position, values in enumerate(data.get("shipping", ())):
        given = {**values, "position": position}
        ShippingRate.objects.get_or_create(merchant=merchant, name=values["name"], defaults=given)
    for values in data.get("taxes", ()):
        place = {"country": values["country"], "region": values.get("region", "")}
        TaxRate.objects.get_or_create(merchant=merchant, **place, defaults=values)


def _steps(funnel: Funnel, rows: list[dict[str, Any]], prices: Mapping[str, Price]) -> None:
    """Steps first, then the edges between them."""
    edges = ("on_accept", "on_decline")
    steps: dict[str, Step] = {}
    for position, row in enumerate(rows):
        fields = {name: value for name, value in row.items() if name not in (*edges, "choices")}
        for name in ("price", "bump_price"):
            if name in fields:
                fields[name] = prices[fields[name]]
        step = steps[row["key"]] = Step.objects.create(funnel=funnel, position=position, **fields)
        for place, choice in enumerate(row.get("choices", ())):
            StepChoice.objects.create(step=step, position=place, **{**choice, "price": prices[choice["price"]]})
    for row in rows:
        step = steps[row["key"]]
        for edge in edges:
            if edge in row:
                setattr(step, edge, steps[row[edge]])
        step.save(update_fields=list(edges))
