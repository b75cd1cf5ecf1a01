"""Speaks NMI's wire protocol for the tests of this folder."""

from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from tests.sandbox.conftest import Sandbox

VISA = "4111111111111111"


class NmiClient:
    def __init__(self, sandbox: Sandbox, account: str = "demo") -> None:
        self.sandbox = sandbox
        self.account = account

    def transact(self, **fields: str) -> dict[str, str]:
        body = {"security_key": f"sandbox_security_{self.account}", **fields}
        response = self.sandbox.http.post("/nmi/api/transact.php", data=body)
        assert response.status_code == 200
        return dict(parse_qsl(response.text, keep_blank_values=True))

    def tokenize(self, number: str = VISA, expiry: str = "1230", cvv: str = "999") -> dict[str, Any]:
        card = {"key": f"sandbox_tokenization_{self.account}", "ccnumber": number, "ccexp": expiry, "cvv": cvv}
        response = self.sandbox.http.post("/nmi/token/api/tokenize", json=card)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def token(self, number: str = VISA, **card: str) -> str:
        return str(self.tokenize(number, **card)["token"])

    def sale(self, amount: str = "12.50", **fields: str) -> dict[str, str]:
        source = {} if "customer_vault_id" in fields and "customer_vault" not in fields else {"payment_token": ""}
        fields = {**source, **fields}
        if fields.get("payment_token") == "":
            fields["payment_token"] = self.token()
        return self.transact(type="sale", amount=amount, **fields)

    def query(self, **fields: str) -> ET.Element:
        body = {"security_key": f"sandbox_security_{self.account}", **fields}
        response = self.sandbox.http.post("/nmi/api/query.php", data=body)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/xml")
        return ET.fromstring(response.content)

    def transactions(self) -> dict[str, dict[str, Any]]:
        return self.sandbox.book("nmi", "transactions")


def text_of(answer: dict[str, str]) -> str:
    """The response text without its REFID, which differs each time."""
    return answer["responsetext"].partition(" REFID:")[0]
