"""Addresses as the Query API and webhooks name their parts, read from transact.php's names."""

from collections.abc import Mapping
from typing import Final

BILLING: Final = {
    "first_name": ("first_name", "firstname"),
    "last_name": ("last_name", "lastname"),
    "address_1": ("address1",),
    "address_2": ("address2",),
    "company": ("company",),
    "city": ("city",),
    "state": ("state",),
    "postal_code": ("zip",),
    "country": ("country",),
    "email": ("email",),
    "phone": ("phone",),
    "fax": ("fax",),
}
SHIPPING: Final = {
    "first_name": ("shipping_firstname",),
    "last_name": ("shipping_lastname",),
    "address_1": ("shipping_address1",),
    "address_2": ("shipping_address2",),
    "company": ("shipping_company",),
    "city": ("shipping_city",),
    "state": ("shipping_state",),
    "postal_code": ("shipping_zip",),
    "country": ("shipping_country",),
    "email": ("shipping_email",),
    "phone": ("shipping_phone",),
    "fax": ("shipping_fax",),
}

type Address = dict[str, str]


def billing(request: Mapping[str, str], known: Mapping[str, str] | None = None) -> Address:
    """The billing address of the request; what it leaves out comes from `known`."""
    return _read(BILLING, request, known or {})


def shipping(request: Mapping[str, str], known: Mapping[str, str] | None = None) -> Address:
    """The shipping address of the request; what it leaves out comes from `known`."""
    return _read(SHIPPING, request, known or {})


def _read(names: Mapping[str, tuple[str, ...]], request: Mapping[str, str], known: Mapping[str, str]) -> Address:
    return {
        part: next((request[name] for name in spellings if name in request), known.get(part, ""))
        for part, spellings in names.items()
    }
