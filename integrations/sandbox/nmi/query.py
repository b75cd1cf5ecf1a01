"""query.php: what the gateway remembers, as XML. Its names differ from those of transact.php."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from xml.etree import ElementTree as ET

from integrations.sandbox.nmi import parameters
from integrations.sandbox.nmi.answers import GatewayError
from integrations.sandbox.nmi.ledger import Ledger
from integrations.sandbox.nmi.transactions import timestamp
from integrations.sandbox.world import Entry

CONDITIONS: Final = parameters.names("pending pendingsettlement in_progress abandoned failed canceled complete unknown")
ACTION_TYPES: Final = parameters.names("sale refund credit auth capture void return validate settle")
ECHOED: Final = ("ponumber", "cardholder_auth", "processor_id", "tax", "shipping", "surcharge")
ORDERS: Final = ("standard", "reverse")

type Test = Callable[[Entry], bool]


def report(ledger: Ledger, request: Mapping[str, str]) -> bytes:
    """The XML that answers `request`."""
    if not ledger.account:
        raise GatewayError("Invalid Username/Password")
    if name := parameters.unknown(request, parameters.QUERY):
        raise GatewayError(f"Invalid parameter {name}")
    root = ET.Element("nm_response")
    match request.get("report_type"):
        case None:
            for transaction in _page(_transactions(ledger, request), request):
                root.append(_transaction(transaction))
        case "customer_vault":
            vault = ET.SubElement(root, "customer_vault")
            for customer in _page(_customers(ledger, request), request):
                vault.append(_customer(customer))
        case _:
            raise GatewayError("Invalid Report Type")
    return _document(root)


def error(text: str) -> bytes:
    """The XML that says why there is no answer."""
    root = ET.Element("nm_response")
    ET.SubElement(root, "error_response").text = text
    return _document(root)


def _document(root: ET.Element) -> bytes:
    body: bytes = ET.tostring(root, encoding="utf-8", short_empty_elements=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _transactions(ledger: Ledger, request: Mapping[str, str]) -> list[Entry]:
    found: Iterable[Entry]
    if "transaction_id" in request:
        by_id = (ledger.transaction(part.strip()) for part in request["transaction_id"].split(","))
        found = (transaction for transaction in by_id if transaction is not None)
    elif "order_id" in request:
        found = ledger.of_order(request["order_id"])
    else:
        found = ledger.all_transactions()
    newest = ledger.world.clock.now() - ledger.option("query_delay_seconds", 0)
    tests = _transaction_tests(request)
    return [entry for entry in found if entry["created"] <= newest and all(test(entry) for test in tests)]


def _transaction_tests(request: Mapping[str, str]) -> list[Test]:
    tests = _date_tests(request)
    if "order_id" in request:
        tests.append(lambda t: t["order_id"] == request["order_id"])
    if "condition" in request:
        conditions = _choices(request, "condition", CONDITIONS)
        tests.append(lambda t: t["condition"] in conditions)
    if "action_type" in request:
        kinds = _choices(request, "action_type", ACTION_TYPES)
        tests.append(lambda t: any(action["action_type"] in kinds for action in t["actions"]))
    if "source" in request:
        sources = set(request["source"].split(","))
        tests.append(lambda t: any(action["source"] in sources for action in t["actions"]))
    if "transaction_type" in request:
        tests.append(lambda t: t["transaction_type"] == request["transaction_type"])
    if "customer_vault_id" in request:
        tests.append(lambda t: t["customer_vault_id"] == request["customer_vault_id"])
    if "cc_number" in request:
        tests.append(lambda t: t["card"]["cc_number"].endswith(request["cc_number"][-4:]))
    return tests + _person_tests(request)


def _customers(ledger: Ledger, request: Mapping[str, str]) -> list[Entry]:
    tests = _date_tests(request) + _person_tests(request)
    if "customer_vault_id" in request:
        tests.append(lambda c: c["customer_vault_id"] in request["customer_vault_id"].split(","))
    return [customer for customer in ledger.customers() if all(test(customer) for test in tests)]


def _date_tests(request: Mapping[str, str]) -> list[Test]:
    tests: list[Test] = []
    for name in ("start_date", "end_date"):
        if name in request and not (request[name].isdigit() and len(request[name]) in (8, 14)):
            raise GatewayError(f"Invalid {name}")
    if start := request.get("start_date", "").ljust(14, "0") if "start_date" in request else "":
        tests.append(lambda entry: timestamp(entry["updated"]) >= start)
    if end := request.get("end_date", "").ljust(14, "9") if "end_date" in request else "":
        tests.append(lambda entry: timestamp(entry["updated"]) <= end)
    return tests


def _person_tests(request: Mapping[str, str]) -> list[Test]:
    def matches(name: str) -> Test:
        return lambda entry: entry["billing"][name].lower() == request[name].lower()

    return [matches(name) for name in ("email", "first_name", "last_name") if name in request]


def _choices(request: Mapping[str, str], name: str, allowed: frozenset[str]) -> set[str]:
    wanted = {part.strip() for part in request[name].split(",")}
    if not wanted <= allowed:
        raise GatewayError(f"Invalid {name}")
    return wanted


def _page(found: list[Entry], request: Mapping[str, str]) -> list[Entry]:
    """The asked-for slice; pages count from 0 and matter only with a limit."""
    if request.get("result_order", "standard") not in ORDERS:
        raise GatewayError("Invalid result_order")
    if request.get("result_order") == "reverse":
        found.reverse()
    limit, page = request.get("result_limit", "0"), request.get("page_number", "0")
    if not (limit.isdigit() and page.isdigit()):
        raise GatewayError("Invalid result_limit or page_number")
    size = int(limit)
    return found[size * int(page) : size * (int(page) + 1)] if size else found


def _transaction(transaction: Entry) -> ET.Element:
    element, card, fields = ET.Element("transaction"), transaction["card"], transaction["fields"]
    shown = {
        "transaction_id": transaction["transaction_id"],
        "partial_payment_id": "",
        "partial_payment_balance": "",
        "platform_id": "",
        "transaction_type": transaction["transaction_type"],
        "condition": transaction["condition"],
        "order_id": transaction["order_id"],
        "authorization_code": transaction["authorization_code"],
        "order_description": transaction["order_description"],
        **transaction["billing"],
        **{f"shipping_{name}": value for name, value in transaction["shipping_address"].items()},
        "customerid": "",
        "customer_vault_id": transaction["customer_vault_id"],
        "currency": transaction["currency"],
        **{name: card[name] for name in ("cc_number", "cc_hash", "cc_exp", "cc_bin", "cc_type")},
        "avs_response": transaction["avs_response"],
        "csc_response": transaction["csc_response"],
        **{name: fields.get(name, "") for name in ECHOED},
        "original_transaction_id": transaction["original_transaction_id"],
    }
    _fill(element, shown)
    for number, value in transaction["merchant_defined_fields"].items():
        ET.SubElement(element, "merchant_defined_field", id=number).text = value
    for action in transaction["actions"]:
        _fill(ET.SubElement(element, "action"), action)
    return element


def _customer(customer: Entry) -> ET.Element:
    element, card = ET.Element("customer", id=customer["customer_vault_id"]), customer["card"]
    shown = {
        **customer["billing"],
        **{f"shipping_{name}": value for name, value in customer["shipping"].items()},
        **{name: card[name] for name in ("cc_number", "cc_hash", "cc_exp", "cc_bin", "cc_type")},
        "created": timestamp(customer["created"]),
        "updated": timestamp(customer["updated"]),
        "customer_vault_id": customer["customer_vault_id"],
    }
    _fill(element, shown)
    return element


def _fill(element: ET.Element, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        ET.SubElement(element, name).text = value
