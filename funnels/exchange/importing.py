"""Bringing in an exported funnel: what would be made and what is reused, then all of it or nothing.

Products are known by their SKU, prices by all their fields, themes by how they look, accounts by provider and name, uploaded
pictures by their content. The shop's own logo stays; one without takes the file's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from funnels.editor.copying import free_handle, free_name
from funnels.exchange.package import Account, Package, PackagedPrice
from funnels.exchange.pictures import addresses_here
from funnels.models import Funnel, Merchant, Price, Product, Step, StepChoice, Theme
from funnels.pictures.uploading import keep
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
    """`missing` are accounts that the file names and the merchant does not have.

    `addresses` are those that the file's pictures have here. `pictures` counts those that are taken from the file;
    `pictureless` names products whose picture is neither here nor in the file; `logo` tells that the shop has none and
    the file has one.
    """

    handle: str
    theme: Theme | None
    products: tuple[ProductPlan, ...]
    gateway: Connection | None
    other_gateways: tuple[Connection, ...]
    crm: Connection | None
    mailer: Connection | None
    missing: tuple[Account, ...]
    addresses: Mapping[str, str]
    pictures: int
    pictureless: tuple[str, ...]
    logo: bool


def plan(package: Package, merchant: Merchant) -> Plan:
    """What an import would make of the file here; nothing is stored."""
    accounts = {
        (connection.provider, connection.name): connection for connection in merchant.connections().filter(active=True)
    }

    def known(account: Account | None) -> Connection | None:
        return accounts.get((account.provider, account.name)) if account else None

    named = [*package.accounts.values(), *package.other_gateways]
    products = _products(package, merchant)
    here = addresses_here(package.shown, package.pictures, merchant.pk)
    shown = {row["sku"]: row["image"] for row in package.products if row["image"]}
    new = [product for product in products if product.existing is None and product.sku in shown]
    logo = bool(not merchant.logo and here.get(package.logo))
    wanted = {shown[product.sku] for product in new} | ({package.logo} if logo else set())
    return Plan(
        handle=free_handle(package.handle),
        theme=_alike(package, merchant),
        products=tuple(products),
        gateway=known(package.accounts.get("gateway")),
        other_gateways=tuple(filter(None, map(known, package.other_gateways))),
        crm=known(package.accounts.get("crm")),
        mailer=known(package.accounts.get("mailer")),
        missing=tuple(account for account in named if not known(account)),
        addresses=here,
        pictures=len(wanted & package.pictures.keys()),
        pictureless=tuple(product.name for product in new if not here[shown[product.sku]]),
        logo=logo,
    )


@transaction.atomic
def carry_out(
    *, package: Package, merchant: Merchant, name: str, handle: str, gateway: Connection, with_logo: bool = False
) -> Funnel:
    """Make the funnel, off sale, with whatever it needs that the merchant does not have. ValueError for a foreign account.

    `with_logo` lets a shop without a logo take the file's.
    """
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
    if with_logo and made.logo:
        logo = _arrived(package, made.addresses, package.logo, merchant)
        Merchant.objects.filter(pk=merchant.pk).update(logo=logo)
    _make_steps(package, funnel, _make_products(package, made.addresses, merchant))
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


def _arrived(package: Package, here: Mapping[str, str], path: str, merchant: Merchant) -> str:
    """The address of a picture in this shop, which keeps it from now on; empty for one that did not come."""
    picture = package.pictures.get(path)
    if picture is not None and picture.path == here[path]:
        keep(merchant.pk, picture)
    return here[path]


def _make_products(package: Package, here: Mapping[str, str], merchant: Merchant) -> Mapping[str, Product]:
    products = {product.sku: product for product in Product.objects.filter(merchant=merchant)}
    for row in package.products:
        if row["sku"] not in products:
            image = _arrived(package, here, row["image"], merchant)
            products[row["sku"]] = Product.objects.create(**{**row, "image": image}, merchant=merchant)
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
