"""A funnel as one file: its steps, what they sell and how it looks, without keys, accounts' secrets or shoppers.

Rows are written field by field from the models, so that a new field goes along. Accounts are named, never described.
Pictures that were uploaded go along; those that the installation serves itself by their path alone.
`funnels/exchange/package.py` reads the file.
"""

from collections.abc import Iterable
from typing import Any

from django.db import models

from funnels.editor.copying import columns, edges
from funnels.exchange.pictures import packed
from funnels.models import Funnel, Merchant, Price, Step
from integrations.connections import Connection

FORMAT = "stepwell.funnel"
FORMAT_VERSION = 2
ACCOUNTS = ("gateway", "crm", "mailer")


def export(funnel: Funnel) -> dict[str, Any]:
    steps = list(funnel.steps.with_prices())
    products = {price.product.sku: price.product for step in steps for price in step.prices}
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "funnel": {
            "name": funnel.name,
            "handle": funnel.handle,
            **_fields(funnel),
            "other_gateways": [_account(connection) for connection in funnel.gateways[1:]],
        },
        "theme": _fields(funnel.theme),
        "logo": funnel.merchant.logo,
        "products": [_fields(product) for product in products.values()],
        "steps": [_step(step, steps) for step in steps],
        "pictures": packed([funnel.merchant.logo, *(product.image for product in products.values())]),
    }


def price_entry(price: Price) -> dict[str, Any]:
    """A price by what makes it: its product's SKU and its own fields."""
    return {"sku": price.product.sku, **_fields(price)}


def _step(step: Step, steps: Iterable[Step]) -> dict[str, Any]:
    keys = {each.pk: each.key for each in steps}
    choices = [_fields(choice) for choice in step.choices.all()]
    return {
        **_fields(step),
        **{name: keys.get(getattr(step, f"{name}_id"), "") for name in edges()},
        "choices": choices,
    }


def _fields(row: models.Model) -> dict[str, Any]:
    return {each.name: _value(row, each) for each in columns(type(row)) if each.related_model is not Merchant}


def _value(row: models.Model, column: Any) -> Any:
    """A field as JSON holds it; what a row refers to by its name, not by its key."""
    match value := getattr(row, column.name):
        case Price():
            return price_entry(value)
        case Connection():
            return _account(value)
        case models.Model():
            return str(value)
        case None | bool() | int() | str() | list() | dict():
            return value
    return column.value_to_string(row)


def _account(connection: Connection) -> dict[str, str]:
    return {"provider": connection.provider, "name": connection.name}
