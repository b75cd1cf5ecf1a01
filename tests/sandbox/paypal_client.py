"""Speaks PayPal's wire protocol for the tests of this folder."""

from itertools import count
from typing import Any

import httpx

from tests.sandbox.conftest import Sandbox

ORDERS = "/paypal/v2/checkout/orders"
RETURN, CANCEL = "https://shop.example/return", "https://shop.example/cancel"
VAULT = {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}
_numbers = count(1)


def issues(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """Status, error name and issues of a refusal."""
    document = answer.json()
    return answer.status_code, document["name"], [detail["issue"] for detail in document.get("details", [])]


class PayPalClient:
    def __init__(self, sandbox: Sandbox, account: str = "demo") -> None:
        self.sandbox = sandbox
        self.account = account
        self.token = self.grant().json()["access_token"]

    def grant(self, client_id: str = "", secret: str = "") -> httpx.Response:
        auth = (client_id or f"sandbox_client_{self.account}", secret or f"sandbox_secret_{self.account}")
        return self.sandbox.http.post("/paypal/v1/oauth2/token", data={"grant_type": "client_credentials"}, auth=auth)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Headers are given with underscores; `Authorization` and `Prefer` have defaults."""
        given = {"Authorization": f"Bearer {self.token}", "Prefer": "return=representation"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if method in ("POST", "PATCH"):
            return self.sandbox.http.request(method, f"/paypal{path.removeprefix('/paypal')}", json=body, headers=given)
        return self.sandbox.http.request(method, f"/paypal{path.removeprefix('/paypal')}", headers=given)

    def create(self, value: str = "49.00", currency: str = "USD", **changes: Any) -> httpx.Response:
        """Create an order; `paypal` is its payment source, `unit` changes its purchase unit."""
        headers = {"PayPal_Request_Id": changes.pop("request_id", f"req-{next(_numbers)}")}
        if not headers["PayPal_Request_Id"]:
            headers = {}
        unit = {"amount": {"currency_code": currency, "value": value}, "custom_id": "pay-1", **changes.pop("unit", {})}
        paypal = {"experience_context": {"return_url": RETURN, "cancel_url": CANCEL}}
        body = {
            "intent": "CAPTURE",
            "purchase_units": [unit],
            "payment_source": {"paypal": changes.pop("paypal", paypal)},
            **changes,
        }
        return self.call("POST", ORDERS, body, **headers)

    def approved(self, value: str = "49.00", *, funding: str = "balance", vault: bool = False, **changes: Any) -> str:
        """The id of an order that its payer has approved."""
        if vault:
            changes["paypal"] = {"attributes": {"vault": VAULT}}
        order = self.create(value, **changes)
        assert order.status_code == 201, order.text
        self.sandbox.control("POST", "paypal/approve", order=order.json()["id"], funding=funding)
        return str(order.json()["id"])

    def capture(self, order: str, request_id: str = "", **headers: str) -> httpx.Response:
        given = {"PayPal_Request_Id": request_id or f"cap-{next(_numbers)}", **headers}
        return self.call("POST", f"{ORDERS}/{order}/capture", {}, **given)

    def paid(self, value: str = "49.00", **changes: Any) -> dict[str, Any]:
        """The capture of a new order."""
        answer = self.capture(self.approved(value, **changes))
        assert answer.status_code == 201, answer.text
        return capture_of(answer.json())

    def order(self, order: str) -> dict[str, Any]:
        return dict(self.call("GET", f"{ORDERS}/{order}").json())

    def refund(self, capture: str, body: Any = None, request_id: str = "") -> httpx.Response:
        given = {"PayPal_Request_Id": request_id or f"ref-{next(_numbers)}"}
        return self.call("POST", f"/v2/payments/captures/{capture}/refund", body or {}, **given)

    def vaulted(self, **changes: Any) -> dict[str, Any]:
        """What an order with a vault wish says of its token."""
        answer = self.capture(self.approved(vault=True, **changes)).json()
        return dict(answer["payment_source"]["paypal"]["attributes"]["vault"])

    def charge_token(self, token: str, **changes: Any) -> httpx.Response:
        stored = {"payment_initiator": "CUSTOMER", "usage": "SUBSEQUENT", "usage_pattern": "IMMEDIATE"}
        return self.create(paypal={"vault_id": token, "stored_credential": stored}, **changes)

    def book(self, collection: str) -> dict[str, dict[str, Any]]:
        return self.sandbox.book("paypal", collection)


def capture_of(order: dict[str, Any]) -> dict[str, Any]:
    return dict(order["purchase_units"][0]["payments"]["captures"][0])
