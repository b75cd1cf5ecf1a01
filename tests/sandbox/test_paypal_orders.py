"""PayPal orders: creating, approving, capturing and changing them, and everything that is refused on the way."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.paypal_client import CANCEL, ORDERS, RETURN, PayPalClient, capture_of, issues


@pytest.fixture
def paypal(sandbox: Sandbox) -> PayPalClient:
    return PayPalClient(sandbox)


class TestTokens:
    def test_client_id_and_secret_of_an_account_give_a_bearer_token(self, paypal: PayPalClient) -> None:
        granted = paypal.grant().json()
        assert (granted["token_type"], granted["expires_in"], granted["app_id"]) == ("Bearer", 32400, "APP-DEMO")

    @pytest.mark.parametrize(
        ("client_id", "secret"), [("sandbox_client_demo", "wrong"), ("live", "sandbox_secret_demo")]
    )
    def test_other_credentials_are_no_client(self, paypal: PayPalClient, client_id: str, secret: str) -> None:
        answer = paypal.grant(client_id, secret)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize("header", ["", "Bearer A21AArubbish", "Bearer other", "Basic c2FuZGJveA=="])
    def test_a_call_without_a_valid_token_is_refused(self, paypal: PayPalClient, header: str) -> None:
        answer = paypal.call("GET", f"{ORDERS}/X", Authorization=header)
        assert answer.status_code == 401
        assert answer.json()["name"] == "AUTHENTICATION_FAILURE"

    def test_a_token_ends(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        sandbox.control("POST", "clock", advance=32400)
        answer = paypal.create()
        assert issues(answer) == (401, "AUTHENTICATION_FAILURE", ["INVALID_TOKEN"])
        assert paypal.book("orders") == {}

    def test_an_account_does_not_see_the_orders_of_another(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        order = paypal.create().json()["id"]
        other = PayPalClient(sandbox, "other")
        assert issues(other.call("GET", f"{ORDERS}/{order}"))[:2] == (404, "RESOURCE_NOT_FOUND")
        assert issues(other.capture(order))[:2] == (404, "RESOURCE_NOT_FOUND")


class TestCreating:
    def test_an_order_with_a_payment_source_waits_for_its_payer(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        answer = paypal.create(request_id="key-1")
        order = answer.json()
        base = f"{sandbox.url}/paypal/v2/checkout/orders/{order['id']}"
        assert (answer.status_code, order["status"]) == (201, "PAYER_ACTION_REQUIRED")
        assert order["links"] == [
            {"href": base, "rel": "self", "method": "GET"},
            {"href": f"{sandbox.url}/paypal/checkoutnow?token={order['id']}", "rel": "payer-action", "method": "GET"},
            {"href": base, "rel": "update", "method": "PATCH"},
            {"href": f"{base}/capture", "rel": "capture", "method": "POST"},
        ]
        assert answer.headers["Paypal-Debug-Id"]

    def test_an_order_without_a_payment_source_is_created_and_needs_no_request_id(self, paypal: PayPalClient) -> None:
        body = {"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "USD", "value": "5"}}]}
        order = paypal.call("POST", ORDERS, body).json()
        assert order["status"] == "CREATED"
        assert [link["rel"] for link in order["links"]] == ["self", "approve", "update", "capture"]
        assert order["purchase_units"][0]["amount"] == {"currency_code": "USD", "value": "5.00"}

    def test_the_answer_is_minimal_unless_asked(self, paypal: PayPalClient) -> None:
        body = {"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "USD", "value": "5.00"}}]}
        assert set(paypal.call("POST", ORDERS, body, Prefer="return=minimal").json()) == {"id", "status", "links"}

    def test_a_payment_source_needs_a_request_id(self, paypal: PayPalClient) -> None:
        assert issues(paypal.create(request_id="")) == (400, "INVALID_REQUEST", ["PAYPAL_REQUEST_ID_REQUIRED"])
        assert paypal.book("orders") == {}

    @pytest.mark.parametrize(
        ("unit", "status", "issue", "field"),
        [
            ({"colour": "red"}, 400, "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/colour"),
            ({"custom_id": "x" * 128}, 400, "INVALID_STRING_LENGTH", "/purchase_units/0/custom_id"),
            ({"amount": {"currency_code": "USD"}}, 400, "MISSING_REQUIRED_PARAMETER", "/purchase_units/0/amount/value"),
            (
                {"amount": {"currency_code": "USD", "value": 5}},
                400,
                "INVALID_PARAMETER_SYNTAX",
                "/purchase_units/0/amount/value",
            ),
            ({"amount": {"currency_code": "USD", "value": "5.001"}}, 422, "DECIMAL_PRECISION", "/purchase_units/0/amount/value"),
            ({"amount": {"currency_code": "JPY", "value": "5.00"}}, 422, "DECIMALS_NOT_SUPPORTED", "/purchase_units/0/amount/value"),
            ({"amount": {"currency_code": "KWD", "value": "5"}}, 422, "CURRENCY_NOT_SUPPORTED", "/purchase_units/0/amount/currency_code"),
            ({"amount": {"currency_code": "USD", "value": "0.00"}}, 422, "CANNOT_BE_ZERO_OR_NEGATIVE", "/purchase_units/0/amount/value"),
        ],
    )  # fmt: skip
    def test_a_malformed_purchase_unit_is_refused(
        self, paypal: PayPalClient, unit: dict[str, Any], status: int, issue: str, field: str
    ) -> None:
        answer = paypal.create(unit=unit)
        assert (answer.status_code, answer.json()["details"][0]["issue"]) == (status, issue)
        assert answer.json()["details"][0]["field"] == field
        assert paypal.book("orders") == {}

    @pytest.mark.parametrize(
        ("total", "item_total", "items", "issue"),
        [
            ("12.00", "10.00", "10.00", "AMOUNT_MISMATCH"),
            ("15.00", "10.00", "9.00", "ITEM_TOTAL_MISMATCH"),
            ("5.00", None, "9.00", "ITEM_TOTAL_REQUIRED"),
        ],
    )
    def test_a_breakdown_that_does_not_add_up_is_refused(
        self, paypal: PayPalClient, total: str, item_total: str | None, items: str, issue: str
    ) -> None:
        def usd(value: str) -> dict[str, str]:
            return {"currency_code": "USD", "value": value}

        parts = {"shipping": usd("7.00"), "discount": usd("2.00")} | (
            {"item_total": usd(item_total)} if item_total else {}
        )
        unit = {
            "amount": {**usd(total), "breakdown": parts},
            "items": [{"name": "Serum", "quantity": "1", "unit_amount": usd(items)}],
        }
        assert issues(paypal.create(unit=unit)) == (422, "UNPROCESSABLE_ENTITY", [issue])

    def test_a_breakdown_that_adds_up_is_taken(self, paypal: PayPalClient) -> None:
        def usd(value: str) -> dict[str, str]:
            return {"currency_code": "USD", "value": value}

        parts = {"item_total": usd("18.00"), "shipping": usd("7.00"), "tax_total": usd("1.00"), "discount": usd("2.00")}
        item = {"name": "Serum", "quantity": "2", "unit_amount": usd("9.00"), "tax": usd("0.50"), "sku": "SERUM"}
        answer = paypal.create(unit={"amount": {**usd("24.00"), "breakdown": parts}, "items": [item]})
        assert answer.status_code == 201
        assert answer.json()["purchase_units"][0]["amount"]["breakdown"] == parts

    def test_a_body_that_is_no_json_is_refused_as_malformed(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        headers = {"Authorization": f"Bearer {paypal.token}", "Content-Type": "application/json"}
        answer = sandbox.http.post(ORDERS, content=b"{", headers=headers)
        assert issues(answer) == (400, "INVALID_REQUEST", ["MALFORMED_REQUEST_JSON"])

    def test_another_content_type_is_not_supported(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        headers = {"Authorization": f"Bearer {paypal.token}"}
        answer = sandbox.http.post(f"{ORDERS}/X/capture", content=b"", headers=headers)
        assert issues(answer) == (415, "UNSUPPORTED_MEDIA_TYPE", [])


class TestCapturing:
    def test_an_approved_order_is_captured(self, paypal: PayPalClient) -> None:
        order = paypal.approved(unit={"invoice_id": "SW-1"})
        assert paypal.order(order)["status"] == "APPROVED"
        answer = paypal.capture(order)
        captured = answer.json()
        assert (answer.status_code, captured["status"]) == (201, "COMPLETED")
        assert captured["payer"]["email_address"] == "pat.buyer@sandbox.invalid"
        capture = capture_of(captured)
        assert {name: capture[name] for name in ("status", "amount", "custom_id", "invoice_id", "final_capture")} == {
            "status": "COMPLETED",
            "amount": {"currency_code": "USD", "value": "49.00"},
            "custom_id": "pay-1",
            "invoice_id": "SW-1",
            "final_capture": True,
        }
        assert capture["seller_receivable_breakdown"] == {
            "gross_amount": {"currency_code": "USD", "value": "49.00"},
            "paypal_fee": {"currency_code": "USD", "value": "2.20"},
            "net_amount": {"currency_code": "USD", "value": "46.80"},
        }
        shown = paypal.call("GET", f"/v2/payments/captures/{capture['id']}").json()
        assert shown["supplementary_data"] == {"related_ids": {"order_id": order}}

    def test_the_payers_address_comes_with_the_order_unless_no_shipping_is_wanted(self, paypal: PayPalClient) -> None:
        order = paypal.order(paypal.approved())
        assert order["purchase_units"][0]["shipping"]["address"]["postal_code"] == "95131"
        without = paypal.approved(paypal={"experience_context": {"shipping_preference": "NO_SHIPPING"}})
        assert "shipping" not in paypal.order(without)["purchase_units"][0]

    def test_an_order_is_not_captured_before_its_payer_approves(self, paypal: PayPalClient) -> None:
        order = paypal.create().json()["id"]
        assert issues(paypal.capture(order)) == (422, "UNPROCESSABLE_ENTITY", ["ORDER_NOT_APPROVED"])
        assert paypal.book("captures") == {}

    def test_an_order_is_captured_once(self, paypal: PayPalClient) -> None:
        order = paypal.approved()
        paypal.capture(order)
        assert issues(paypal.capture(order)) == (422, "UNPROCESSABLE_ENTITY", ["ORDER_ALREADY_CAPTURED"])
        assert len(paypal.book("captures")) == 1

    def test_a_declined_instrument_takes_nothing_until_the_payer_chooses_another(
        self, paypal: PayPalClient, sandbox: Sandbox
    ) -> None:
        order = paypal.approved(funding="declined")
        refused = paypal.capture(order)
        assert issues(refused) == (422, "UNPROCESSABLE_ENTITY", ["INSTRUMENT_DECLINED"])
        assert refused.json()["links"] == [
            {"href": f"{sandbox.url}/paypal/checkoutnow?token={order}", "rel": "redirect", "method": "GET"}
        ]
        assert issues(paypal.capture(order))[2] == ["INSTRUMENT_DECLINED"]
        assert paypal.book("captures") == {}
        sandbox.control("POST", "paypal/approve", order=order)
        assert paypal.capture(order).json()["status"] == "COMPLETED"

    def test_ten_declined_attempts_are_the_most(self, paypal: PayPalClient) -> None:
        order = paypal.approved(funding="declined")
        for _ in range(10):
            paypal.capture(order)
        assert issues(paypal.capture(order))[2] == ["MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED"]

    @pytest.mark.parametrize(("outcome", "status"), [("completed", "COMPLETED"), ("failed", "DECLINED")])
    def test_a_pending_capture_completes_the_order_and_is_decided_later(
        self, paypal: PayPalClient, sandbox: Sandbox, outcome: str, status: str
    ) -> None:
        order = paypal.capture(paypal.approved(funding="pending")).json()
        capture = capture_of(order)
        assert (order["status"], capture["status"], capture["status_details"]) == (
            "COMPLETED",
            "PENDING",
            {"reason": "ECHECK"},
        )
        assert "seller_receivable_breakdown" not in capture
        sandbox.control("POST", "paypal/settle", capture=capture["id"], outcome=outcome)
        assert capture_of(paypal.order(order["id"]))["status"] == status

    def test_a_completed_order_may_have_a_declined_capture(self, paypal: PayPalClient) -> None:
        order = paypal.capture(paypal.approved(funding="capture_declined")).json()
        assert (order["status"], capture_of(order)["status"]) == ("COMPLETED", "DECLINED")

    def test_an_invoice_number_is_captured_once(self, paypal: PayPalClient) -> None:
        first, second = (paypal.approved(unit={"invoice_id": "SW-1"}) for _ in range(2))
        paypal.capture(first)
        assert issues(paypal.capture(second))[2] == ["DUPLICATE_INVOICE_ID"]
        assert len(paypal.book("captures")) == 1

    def test_a_capture_with_fields_is_refused(self, paypal: PayPalClient) -> None:
        order = paypal.approved()
        answer = paypal.call("POST", f"{ORDERS}/{order}/capture", {"amount": "1"})
        assert issues(answer) == (400, "INVALID_REQUEST", ["INVALID_PARAMETER_SYNTAX"])
        assert paypal.book("captures") == {}

    @pytest.mark.parametrize(
        ("code", "status", "name"),
        [
            ("INSTRUMENT_DECLINED", 422, "UNPROCESSABLE_ENTITY"),
            ("PAYER_CANNOT_PAY", 422, "UNPROCESSABLE_ENTITY"),
            ("INTERNAL_SERVER_ERROR", 500, "INTERNAL_SERVER_ERROR"),
        ],
    )
    def test_a_negative_test_is_answered_as_asked_and_takes_nothing(
        self, paypal: PayPalClient, code: str, status: int, name: str
    ) -> None:
        order = paypal.approved()
        mock = {"PayPal_Mock_Response": f'{{"mock_application_codes": "{code}"}}'}
        answer = paypal.capture(order, **mock)
        assert issues(answer)[:2] == (status, name)
        assert paypal.book("captures") == {}
        assert paypal.capture(order).status_code == 201


class TestPatching:
    PATH = "/purchase_units/@reference_id=='default'"

    def test_amount_and_numbers_may_change_before_the_capture(self, paypal: PayPalClient) -> None:
        order = paypal.create().json()["id"]
        changes = [
            {"op": "replace", "path": f"{self.PATH}/amount", "value": {"currency_code": "USD", "value": "55.00"}},
            {"op": "add", "path": f"{self.PATH}/invoice_id", "value": "SW-9"},
        ]
        assert paypal.call("PATCH", f"{ORDERS}/{order}", changes).status_code == 204
        unit = paypal.order(order)["purchase_units"][0]
        assert (unit["amount"]["value"], unit["invoice_id"]) == ("55.00", "SW-9")

    @pytest.mark.parametrize(
        ("change", "issue"),
        [
            ({"op": "replace", "path": "/intent", "value": "AUTHORIZE"}, "NOT_PATCHABLE"),
            ({"op": "add", "path": f"{PATH}/custom_id", "value": "x"}, "INVALID_PATCH_OPERATION"),
            ({"op": "replace", "path": f"{PATH}/invoice_id", "value": "x"}, "INVALID_PATCH_OPERATION"),
            ({"op": "replace", "value": "x"}, "PATCH_PATH_REQUIRED"),
        ],
    )
    def test_what_cannot_be_changed_is_refused_and_changes_nothing(
        self, paypal: PayPalClient, change: dict[str, Any], issue: str
    ) -> None:
        order = paypal.create().json()
        assert issues(paypal.call("PATCH", f"{ORDERS}/{order['id']}", [change]))[2] == [issue]
        assert paypal.order(order["id"])["purchase_units"] == order["purchase_units"]

    def test_a_captured_order_is_not_changed(self, paypal: PayPalClient) -> None:
        order = paypal.approved()
        paypal.capture(order)
        change = {"op": "replace", "path": f"{self.PATH}/custom_id", "value": "x"}
        assert issues(paypal.call("PATCH", f"{ORDERS}/{order}", [change]))[2] == ["ORDER_ALREADY_CAPTURED"]


def test_an_address_that_paypal_does_not_have_is_not_found(paypal: PayPalClient) -> None:
    assert issues(paypal.call("GET", "/v2/nothing"))[:2] == (404, "RESOURCE_NOT_FOUND")


class TestApprovalPage:
    def decide(self, sandbox: Sandbox, order: str, outcome: str, **form: str) -> Any:
        data = {"token": order, "outcome": outcome, **form}
        return sandbox.http.post("/paypal/checkoutnow/decide", data=data)

    def test_approving_leads_back_to_the_shop_with_order_and_payer(
        self, paypal: PayPalClient, sandbox: Sandbox
    ) -> None:
        order = paypal.create().json()["id"]
        page = sandbox.http.get("/paypal/checkoutnow", params={"token": order})
        assert "49.00 USD" in page.text
        answer = self.decide(sandbox, order, "approve", payer="FAKEBUYERKIM2")
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"{RETURN}?token={order}&PayerID=FAKEBUYERKIM2"
        shown = paypal.order(order)
        assert (shown["status"], shown["payer"]["payer_id"]) == ("APPROVED", "FAKEBUYERKIM2")

    def test_cancelling_leads_back_and_leaves_the_order_as_it_was(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        order = paypal.create().json()["id"]
        answer = self.decide(sandbox, order, "cancel")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{CANCEL}?token={order}")
        assert paypal.order(order)["status"] == "PAYER_ACTION_REQUIRED"

    def test_a_paid_order_has_nothing_to_approve(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        order = paypal.approved()
        paypal.capture(order)
        assert "already paid" in self.decide(sandbox, order, "approve").text
        assert "already paid" in sandbox.http.get("/paypal/checkoutnow", params={"token": order}).text

    def test_an_unknown_order_is_not_found(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        assert sandbox.http.get("/paypal/checkoutnow", params={"token": "X"}).status_code == 404
        assert self.decide(sandbox, "X", "approve").status_code == 404

    def test_what_the_shop_named_is_shown_as_text(self, paypal: PayPalClient, sandbox: Sandbox) -> None:
        context = {"brand_name": "<b>Bold & Co</b>", "user_action": "PAY_NOW"}
        order = paypal.create(paypal={"experience_context": context}).json()["id"]
        page = sandbox.http.get("/paypal/checkoutnow", params={"token": order}).text
        assert "&lt;b&gt;Bold &amp; Co&lt;/b&gt;" in page
        assert ">Pay now</button>" in page
