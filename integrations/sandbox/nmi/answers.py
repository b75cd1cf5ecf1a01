"""The answer of transact.php: url-encoded pairs under HTTP 200, whatever became of the request."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

FIELDS: Final = (
    "response",
    "responsetext",
    "authcode",
    "transactionid",
    "avsresponse",
    "cvvresponse",
    "orderid",
    "type",
    "response_code",
)


class GatewayError(Exception):
    """The gateway itself refuses the request (`response=3`); no processor was asked and nothing was charged."""

    def __init__(self, text: str, *, code: int = 300, **fields: str) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.fields = fields


def encode(answer: Mapping[str, object]) -> str:
    """All standing fields, empty where the answer has none, then the optional ones it carries."""
    extra = {name: value for name, value in answer.items() if name not in FIELDS}
    return urlencode({name: answer.get(name, "") for name in FIELDS} | extra)


def rejection(refusal: GatewayError, reference: int, request: Mapping[str, str]) -> dict[str, object]:
    """The answer that tells of a refusal; it echoes the order id and type of the request."""
    return {
        "response": 3,
        "responsetext": f"{refusal.text} REFID:{reference}",
        "orderid": request.get("orderid", ""),
        "type": request.get("type", ""),
        "response_code": refusal.code,
    } | refusal.fields
