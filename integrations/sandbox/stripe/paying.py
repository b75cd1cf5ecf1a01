"""What happens when a payment is confirmed: the bank approves, declines, or asks the shopper to authenticate.

Every way in (API, browser, challenge page) ends in `attempt` or `finish_challenge`, so the rules are written once.
"""

from dataclasses import dataclass
from typing import Any

from integrations.sandbox.stripe import disputes, methods, shapes
from integrations.sandbox.stripe.cards import AUTHENTICATION_REQUIRED, GENERIC, Decline
from integrations.sandbox.stripe.errors import StripeError, invalid
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry

POSTPONED = "stripe.postponed"
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
AUTHENTICATION_FAILED = {
    "code": "payment_intent_authentication_failure",
    "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
    "message": (
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again."
    ),
    "type": "invalid_request_error",
}
RETURN_URL_MISSING = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
    "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want "
    "to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a confirmation is made: with the shopper away or present, and how a challenge would be shown."""

    off_session: bool = False
    refuse_challenge: bool = False
    in_browser_script: bool = False
    return_url: str | None = None


def circumstances(ledger: Ledger, params: dict[str, Any]) -> Circumstances:
    token_id = params.get("confirmation_token")
    token = ledger.get("confirmation_tokens", token_id, param="confirmation_token") if token_id else None
    by_token = bool(token and token["use_stripe_sdk"])
    return Circumstances(
        off_session=bool(params.get("off_session")),
        refuse_challenge=bool(params.get("error_on_requires_action")),
        in_browser_script=params.get("use_stripe_sdk", by_token),
        return_url=params.get("return_url") or (token["return_url"] if token else None),
    )


def prepare(ledger: Ledger, intent: Entry, params: dict[str, Any]) -> tuple[Entry, Circumstances]:
    """Everything that can be wrong with a confirmation before any money moves; spends a confirmation token."""
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(ledger, intent, "confirm")
    how = circumstances(ledger, params)
    check_return_url(intent, how)
    return methods.chosen(ledger, intent, params) or current_method(ledger, intent), how


def confirm(ledger: Ledger, intent: Entry, params: dict[str, Any]) -> Entry:
    return attempt(ledger, intent, *prepare(ledger, intent, params))


def attempt(ledger: Ledger, intent: Entry, method: Entry, how: Circumstances) -> Entry:
    """Try to pay. Returns the intent (succeeded, requires_capture, requires_action) or raises the 402 of a decline."""
    intent["payment_method"] = method["id"]
    intent["last_payment_error"] = None
    card = methods.behaviour(method)
    if card.challenge_needed(off_session=how.off_session, set_up=bool(method["private"].get("set_up"))):
        if how.off_session or how.refuse_challenge:
            decline(ledger, intent, method, AUTHENTICATION_REQUIRED)
        return ask_for_authentication(ledger, intent, how)
    if card.decided_later:
        return wait_for_bank(ledger, intent)
    if card.decline is not None:
        decline(ledger, intent, method, card.decline)
    return approve(ledger, intent, method)


def finish_challenge(ledger: Ledger, intent: Entry, *, authenticated: bool) -> Entry:
    """The shopper is done with the bank's page. The intent tells how it went; declines do not raise here."""
    method = ledger.get("payment_methods", intent["payment_method"])
    intent["next_action"] = None
    if not authenticated:
        fail(ledger, intent, {**AUTHENTICATION_FAILED, "payment_method": ledger.render(method)})
        return intent
    card = methods.behaviour(method)
    if card.decline is None:
        return approve(ledger, intent, method, authenticated=True)
    return fail_quietly(ledger, intent, method, card.decline)


def settle(ledger: Ledger, intent: Entry, *, approved: bool | None) -> Entry:
    """The bank has made up its mind about a payment in `processing`; None leaves it to what the method stands for."""
    method = ledger.get("payment_methods", intent["payment_method"])
    reason = methods.behaviour(method).decline
    intent["processing"] = None
    if approved or (approved is None and reason is None):
        return charge_card(ledger, intent, method)
    return fail_quietly(ledger, intent, method, reason or GENERIC)


def check_return_url(intent: Entry, how: Circumstances) -> None:
    automatic = intent["automatic_payment_methods"]
    redirects_possible = automatic and automatic["enabled"] and automatic["allow_redirects"] == "always"
    if redirects_possible and not (how.off_session or how.in_browser_script or how.return_url):
        raise invalid(RETURN_URL_MISSING, param="return_url")


def current_method(ledger: Ledger, intent: Entry) -> Entry:
    if intent["payment_method"] is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
        )
    method = ledger.get("payment_methods", intent["payment_method"])
    methods.check_usable(method, intent["customer"])
    return method


def ask_for_authentication(ledger: Ledger, intent: Entry, how: Circumstances) -> Entry:
    page = f"{ledger.world.origin}/stripe/js/challenge/{intent['id']}?client_secret={intent['client_secret']}"
    intent["status"] = "requires_action"
    intent["private"]["return_url"] = how.return_url
    if how.return_url and not how.in_browser_script:
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": how.return_url, "url": page},
        }
    else:
        intent["next_action"] = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page, "source": ledger.mint("src_")},
        }
    ledger.announce(f"{intent['object']}.requires_action", intent)
    return intent


def approve(ledger: Ledger, intent: Entry, method: Entry, *, authenticated: bool = False) -> Entry:
    """The bank says yes; if a tester asked for it, only later."""
    postponed = ledger.world.counters.get(POSTPONED, 0)
    if not postponed:
        return charge_card(ledger, intent, method, authenticated=authenticated)
    ledger.world.counters[POSTPONED] = postponed - 1
    return wait_for_bank(ledger, intent, {"type": "card", "card": {}})


def wait_for_bank(ledger: Ledger, intent: Entry, processing: Entry | None = None) -> Entry:
    """Only cards tell more about it in `processing`."""
    intent |= {"status": "processing", "processing": processing, "next_action": None}
    ledger.announce("payment_intent.processing", intent)
    return intent


def charge_card(ledger: Ledger, intent: Entry, method: Entry, *, authenticated: bool = False) -> Entry:
    captured = intent["capture_method"] != "manual"
    charge = shapes.charge(ledger, intent, method, captured=captured)
    if authenticated:
        charge["payment_method_details"]["card"]["three_d_secure"] = authentication_result()
    if charge["application_fee_amount"] and captured:
        charge["application_fee"] = ledger.mint("fee_")
    ledger.add("charges", charge, refunds=[])
    intent["latest_charge"] = charge["id"]
    keep_method(ledger, intent, method)
    if captured:
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "next_action": None}
        ledger.announce("charge.succeeded", charge)
        ledger.announce("payment_intent.succeeded", intent)
    else:
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"], "next_action": None}
        ledger.announce("charge.succeeded", charge)
        ledger.announce("payment_intent.amount_capturable_updated", intent)
    if methods.behaviour(method).disputed:
        disputes.open_dispute(ledger, charge, "fraudulent")
    return intent


def keep_method(ledger: Ledger, intent: Entry, method: Entry) -> None:
    """Save the method for later if asked to; a method that belongs to nobody is spent by its payment."""
    usage = intent["setup_future_usage"] or intent["payment_method_options"].get("card", {}).get("setup_future_usage")
    if usage in ("off_session", "on_session") and intent["customer"]:
        methods.attach(ledger, method, intent["customer"])
    if usage == "off_session":
        method["private"]["set_up"] = True
    if method["customer"] is None:
        method["private"]["spent"] = True


def decline(ledger: Ledger, intent: Entry, method: Entry, reason: Decline) -> None:
    """Enter the failed attempt and raise its 402."""
    charge = failed_charge(ledger, intent, method, reason)
    error = decline_error(ledger, charge, method, reason)
    fail(ledger, intent, error)
    extra = {name: value for name, value in error.items() if name not in ("type", "message", "code", "doc_url")}
    raise StripeError(
        402, "card_error", reason.message, reason.code, extra={**extra, "payment_intent": ledger.render(intent)}
    )


def fail_quietly(ledger: Ledger, intent: Entry, method: Entry, reason: Decline) -> Entry:
    """Enter a decline that no caller is waiting for."""
    charge = failed_charge(ledger, intent, method, reason)
    fail(ledger, intent, decline_error(ledger, charge, method, reason))
    return intent


def decline_error(ledger: Ledger, charge: Entry, method: Entry, reason: Decline) -> Entry:
    return {**reason.as_error(), "charge": charge["id"], "payment_method": ledger.render(method)}


def failed_charge(ledger: Ledger, intent: Entry, method: Entry, reason: Decline) -> Entry:
    charge = shapes.charge(ledger, intent, method, captured=False)
    charge |= {
        "paid": False,
        "status": "failed",
        "receipt_url": None,
        "failure_code": reason.code,
        "failure_message": reason.message,
        "outcome": {
            "advice_code": reason.advice_code,
            "network_advice_code": None,
            "network_decline_code": "01",
            "network_status": "declined_by_network",
            "reason": reason.decline_code,
            "risk_level": "normal",
            "risk_score": 20,
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        },
    }
    ledger.add("charges", charge, refunds=[])
    intent["latest_charge"] = charge["id"]
    return charge


def fail(ledger: Ledger, intent: Entry, error: Entry) -> None:
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": error,
    }
    if "charge" in error:
        ledger.announce("charge.failed", ledger.get("charges", error["charge"]))
    ledger.announce("payment_intent.payment_failed", intent)


def unexpected_state(ledger: Ledger, intent: Entry, deed: str) -> StripeError:
    if deed == "confirm" and intent["status"] == "succeeded":
        why = "because it has already succeeded after being previously confirmed."
    else:
        why = f"because it has a status of {intent['status']}."
    return invalid(
        f"You cannot {deed} this PaymentIntent {why}",
        code="payment_intent_unexpected_state",
        payment_intent=ledger.render(intent),
    )


def authentication_result() -> Entry:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": "d0e3ad2d-8bc5-4f4e-9e3f-7d5f3c1f0a11",
        "version": "2.2.0",
    }
