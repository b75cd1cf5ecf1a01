"""`PATCH /v2/checkout/orders/{id}`: JSON Patch on what may still change before the money is taken."""

import copy
import re
from typing import Final

from integrations.sandbox.paypal import parameters as p
from integrations.sandbox.paypal.api import Call, Result
from integrations.sandbox.paypal.errors import refused
from integrations.sandbox.paypal.orders import check_units
from integrations.sandbox.paypal.schema import Reader
from integrations.sandbox.paypal.shapes import PAYABLE
from integrations.sandbox.world import Entry

PATH: Final = re.compile(r"/purchase_units/@reference_id=='([^']+)'/(\w+(?:/\w+)?)")
FIELDS: Final[dict[str, Reader]] = {
    "amount": p.amount,
    "custom_id": p.CUSTOM_ID,
    "description": p.DESCRIPTION,
    "invoice_id": p.INVOICE_ID,
    "shipping/address": p.ADDRESS,
    "shipping/name": p.FULL_NAME,
    "soft_descriptor": p.SOFT_DESCRIPTOR,
}
LASTING: Final = frozenset({"amount"})


def patch(call: Call) -> Result:
    """All of the changes, or none of them."""
    entry = call.ledger.get("orders", call.id)
    if entry["status"] not in PAYABLE:
        raise refused("ORDER_ALREADY_CAPTURED")
    units = copy.deepcopy(entry["purchase_units"])
    for position, change in enumerate(call.body):
        apply(units, change, f"/{position}")
    check_units(units)
    call.ledger.touch(entry, purchase_units=units)
    return Result(204)


def apply(units: list[Entry], change: Entry, where: str) -> None:
    path, op = change.get("path", ""), change["op"]
    if not path:
        raise refused("PATCH_PATH_REQUIRED", f"{where}/path")
    match = PATH.fullmatch(path)
    unit = next((unit for unit in units if match and unit["reference_id"] == match[1]), None)
    if match is None or unit is None or match[2] not in FIELDS or (op == "remove" and match[2] in LASTING):
        raise refused("NOT_PATCHABLE", f"{where}/path", path)
    *parents, name = match[2].split("/")
    holder = unit
    for parent in parents:
        holder = holder.setdefault(parent, {})
    if (name in holder) is (op == "add"):
        raise refused("INVALID_PATCH_OPERATION", f"{where}/op", op)
    if op == "remove":
        del holder[name]
        return
    if "value" not in change:
        raise refused("PATCH_VALUE_REQUIRED", f"{where}/value")
    holder[name] = FIELDS[match[2]](change["value"], f"{where}/value")
