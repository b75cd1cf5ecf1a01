"""Stripe's error documents: `{"error": {type, code, message, param, …}}` with the HTTP status each belongs to."""

from dataclasses import dataclass, field
from typing import Any

DOCUMENTATION = "https://stripe.com/docs/error-codes/"


@dataclass(slots=True)
class StripeError(Exception):
    """An answer that is an error.

    `executed` False means that it was refused before anything ran, so that Stripe does not keep it under its
    idempotency key.
    """

    status: int
    type: str
    message: str
    code: str | None = None
    param: str | None = None
    executed: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    def document(self, account: str, request_id: str) -> dict[str, Any]:
        error: dict[str, Any] = {"type": self.type, "message": self.message, **self.extra}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = DOCUMENTATION + self.code.replace("_", "-")
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/acct_{account}/test/logs/{request_id}"
        return {"error": error}


def invalid(message: str, *, code: str | None = None, param: str | None = None, **extra: Any) -> StripeError:
    """A request that was understood but cannot be done."""
    return StripeError(400, "invalid_request_error", message, code, param, extra=extra)


def unreadable(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """A request whose parameters fail validation before anything runs."""
    return StripeError(400, "invalid_request_error", message, code, param, executed=False)


def no_such(kind: str, identifier: str, *, param: str | None = None) -> StripeError:
    """404 for the object a path names (`param` None), 400 for one that a parameter names."""
    return StripeError(
        400 if param else 404,
        "invalid_request_error",
        f"No such {kind}: '{identifier}'",
        "resource_missing",
        param or kind,
    )


def unauthorized(message: str, *, code: str | None = None) -> StripeError:
    return StripeError(401, "invalid_request_error", message, code, executed=False)


def scripted(status: int) -> StripeError:
    """What Stripe itself would say with a status that a tester asked for."""
    if status == 429:
        message = "Too many requests hit the API too quickly. We recommend an exponential backoff of your requests."
        return StripeError(429, "invalid_request_error", message, "rate_limit", executed=False)
    if status == 401:
        return unauthorized("Invalid API Key provided: sk_test_****")
    if status == 409:
        message = "This object cannot be accessed right now because another API request is accessing it."
        return StripeError(409, "invalid_request_error", message, "lock_timeout", executed=False)
    if status < 500:
        return StripeError(status, "invalid_request_error", "The request could not be completed.", executed=False)
    message = "An unexpected error occurred. If this problem persists please contact us at support@stripe.com."
    return StripeError(status, "api_error", message, executed=status == 500)
