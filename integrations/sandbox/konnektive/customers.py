"""Changing customers and writing notes on them."""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.konnektive import views
from integrations.sandbox.konnektive.crm import Crm, contact


def update(crm: Crm, request: Mapping[str, str]) -> dict[str, Any]:
    customer = crm.find("customers", request["customerId"], "Customer")
    customer.update(contact(request), dateUpdated=crm.now())
    crm.index_customer(customer)
    return views.customer(customer)


def add_note(crm: Crm, request: Mapping[str, str]) -> str:
    customer = crm.find("customers", request["customerId"], "Customer")
    customer["notes"].append({"message": request["message"], "dateCreated": crm.now()})
    return "Note added"
