"""Bringing in an exported funnel: what would be made and what is reused, then all of it or nothing.

Products are known by their SKU, prices by all their fields, themes by how they look, accounts by provider and name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from funnels.editor.copying import free_handle, free_name
from funnels.exchange.package import Account, Package, PackagedPrice
from funnels.models import Funnel, Merchant, Price, Product, Step, StepChoice, Theme
from integrations.connections import Connection


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """`existing` is the merchant's product with this SKU, which is used as it is."""

    sku: str
    name: str
    existing: Product | None
    new_prices: tuple[PackagedPrice, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`missing` are accounts that the file names and the merchant does not have."""

    handle: str
    theme: Theme | None
    products: tuple[ProductPlan, ...]
    gateway: Connection | None
    other_gateways: tuple[Connection, ...]
    crm: Connection | None
    mailer: Connection | None
    missing: tuple[Account, ...]


def plan(package: Package, merchant: Merchant) -> Plan:
    """What an import would make of the file here; nothing is stored."""
    accounts = {
        (connection.provider, connection.name): connection for connection in merchant.connections().filter(active=True)
    }

    def known(account: Account | None) -> Connection | None:
        return accounts.get((account.provider, account.name)) if account else None

    named = [*package.accounts.values(), *package.other_gateways]
    return Plan(
        handle=free_handle(package.handle),
        theme=_alike(package, merchant),
        products=tuple(_products(package, merchant)),
        gateway=known(package.accounts.get("gateway")),
        other_gateways=tuple(filter(None, map(known, package.other_gateways))),
        crm=known(package.accounts.get("crm")),
        mailer=known(package.accounts.get("mailer")),
        missing=tuple(account for account in named if not known(account)),
    )


@transaction.atomic
def carry_out(*, package: Package, merchant: Merchant, name: str, handle: str, gateway: Connection) -> Funnel:
    """Make the funnel, off sale, with whatever it needs that the merchant does not have. ValueError for a foreign account."""
    if gateway.tenant != merchant.pk:
        raise ValueError("The account belongs to another merchant.")
    made = plan(package, merchant)
    funnel = Funnel.objects.create(
        **package.values,
        merchant=merchant,
        name=name,
        handle=handle,
        theme=made.theme or _new_theme(package, merchant),
        gateway=gateway,
        crm=made.crm,
        mailer=made.mailer,
    )
    for connection in made.other_gateways:  # One by one: their order is the order in which they were added.
        if connection != gateway:
            funnel.other_gateways.add(connection)
    _make_steps(package, funnel, _make_products(package, merchant))
    return funnel


def _alike(package: Package, merchant: Merchant) -> Theme | None:
    values = {name: value for name, value in package.theme.items() if name != "name"}
    alike = Theme.objects.filter(merchant=merchant, **values).order_by("pk")
    return alike.filter(name=package.theme["name"]).first() or alike.first()


def _new_theme(package: Package, merchant: Merchant) -> Theme:
    taken = Theme.objects.filter(merchant=merchant).values_list("name", flat=True)
    return Theme.objects.create(
        **{**package.theme, "name": free_name(package.theme["name"][:76], taken)}, merchant=merchant
    )


def _products(package: Package, merchant: Merchant) -> list[ProductPlan]:
    skus = [row["sku"] for row in package.products]
    here = {product.sku: product for product in Product.objects.filter(merchant=merchant, sku__in=skus)}
    wanted = [price for step in package.steps for price in step.all_prices]
    plans = []
    for row in package.products:
        product = here.get(row["sku"])
        mine = {_identity(price): price for price in wanted if price.sku == row["sku"]}
        new = tuple(price for price in mine.values() if product is None or _current(product, price) is None)
        plans.append(ProductPlan(row["sku"], row["name"], product, new))
    return plans


def _identity(price: PackagedPrice) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in price.values.items()))


def _current(product: Product, price: PackagedPrice) -> Price | None:
    """The product's price that is alike in everything, and can still be sold."""
    return product.prices.current().filter(**price.values).order_by("pk").first()


def _make_products(package: Package, merchant: Merchant) -> Mapping[str, Product]:
    products = {product.sku: product for product in Product.objects.filter(merchant=merchant)}
    for row in package.products:
        if row["sku"] not in products:
            products[row["sku"]] = Product.objects.create(**row, merchant=merchant)
    return products


def _make_steps(package: Package, funnel: Funnel, products: Mapping[str, Product]) -> None:
    def price_of(price: PackagedPrice) -> Price:
        product = products[price.sku]
        return _current(product, price) or Price.objects.create(product=product, **price.values)

    steps = {}
    for each in package.steps:
        prices = {name: price_of(price) for name, price in each.prices.items()}
        step = steps[each.values["key"]] = Step.objects.create(funnel=funnel, **each.values, **prices)
        for price, values in each.choices:
            StepChoice.objects.create(step=step, price=price_of(price), **values)
    for each in package.steps:
        step = steps[each.values["key"]]
        for name, key in each.leads.items():
            setattr(step, name, steps.get(key))
        step.save(update_fields=list(each.leads))
