"""What shoppers read when a payment did not go through: what happened, then what to do. Codes stay with staff."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funnels.models import spec_of
from funnels.pricing.quoting import NotForSale, NothingChosen
from integrations.gateways.types import DeclineReason
from orders.models import Payment
from orders.states import PaymentState

HAPPENED = {
    DeclineReason.GENERIC: gettext_lazy("Your card was declined."),
    DeclineReason.INSUFFICIENT_FUNDS: gettext_lazy("Insufficient funds: your bank did not allow this amount."),
    DeclineReason.EXPIRED_CARD: gettext_lazy("Your card has expired."),
    DeclineReason.INCORRECT_CVC: gettext_lazy("The security code of your card is wrong."),
    DeclineReason.INCORRECT_NUMBER: gettext_lazy("The card number is wrong."),
    DeclineReason.AUTHENTICATION_FAILED: gettext_lazy(
        "Your bank could not confirm that it was you. Authentication failed, so nothing was charged."
    ),
    DeclineReason.PROCESSING_ERROR: gettext_lazy("The payment could not be processed. Nothing was charged."),
    DeclineReason.CARD_NOT_SUPPORTED: gettext_lazy("This kind of card is not accepted here."),
    DeclineReason.METHOD_UNUSABLE: gettext_lazy("This payment method can no longer be charged."),
    DeclineReason.GATEWAY_UNAVAILABLE: gettext_lazy("We cannot take payments just now. Nothing was charged."),
    DeclineReason.NOT_CHARGED: gettext_lazy("Your payment did not go through. Nothing was charged."),
    DeclineReason.ABANDONED: gettext_lazy("Nothing was charged."),
    DeclineReason.WALLET_DECLINED: gettext_lazy(
        "The card or bank account that you chose in your wallet was declined. Nothing was charged."
    ),
    DeclineReason.SOLD_OUT: gettext_lazy("Others were quicker while you approved the payment. Nothing was charged."),
}

TRY_ANOTHER_CARD = gettext_lazy("Please try another card, or ask your bank why.")
ADVICE = {
    DeclineReason.EXPIRED_CARD: gettext_lazy("Please use another card."),
    DeclineReason.INCORRECT_CVC: gettext_lazy("Please check the card and enter it again."),
    DeclineReason.INCORRECT_NUMBER: gettext_lazy("Please check the card and enter it again."),
    DeclineReason.AUTHENTICATION_FAILED: gettext_lazy("Please try again or use another card."),
    DeclineReason.PROCESSING_ERROR: gettext_lazy("Please enter your card again."),
    DeclineReason.CARD_NOT_SUPPORTED: gettext_lazy("Please try another card."),
    DeclineReason.GATEWAY_UNAVAILABLE: gettext_lazy("Please try again in a few minutes; what you typed is kept."),
    DeclineReason.NOT_CHARGED: gettext_lazy("Please try again."),
    DeclineReason.ABANDONED: gettext_lazy("You can try again or pay another way."),
    DeclineReason.WALLET_DECLINED: gettext_lazy("Please choose another one there, or pay another way."),
    DeclineReason.SOLD_OUT: gettext_lazy("What you typed is kept."),
}

NOTHING_LOST = gettext_lazy("Others were quicker. Nothing was charged, and what you typed is kept.")
CHECK_YOUR_ORDER = gettext_lazy("Please check your order")
OFFER_SOLD_OUT = gettext_lazy("This has just sold out. Your order is safe and complete; nothing more was charged.")


def choice_error(refused: NotForSale) -> str:
    """Why what was chosen on the checkout page has no price."""
    if isinstance(refused, NothingChosen):
        return _("Choose at least one. Nothing was charged.")
    return _("This quantity is not available. Please check your order.")


def checkout_error(payment: Payment | None) -> str:
    """The message for a failed payment on the checkout page; empty for any other payment."""
    if payment is not None and payment.sold_out:
        return given_back(payment)
    if (reason := _reason(payment)) is None:
        return ""
    return f"{HAPPENED[reason]} {ADVICE.get(reason, TRY_ANOTHER_CARD)}"


def checkout_error_title(payment: Payment | None) -> str:
    """What stands over the message where it tells of no failure; empty for the usual title."""
    return _("You have not paid yet") if _reason(payment) is DeclineReason.ABANDONED else ""


def offer_error(payment: Payment | None) -> str:
    """The message for a failed payment on an offer page, where no other card can be entered."""
    if payment is not None and payment.sold_out:
        return given_back(payment) + " " + _("The order you placed is not affected.")
    if (reason := _reason(payment)) is None:
        return ""
    return f"{HAPPENED[reason]} " + _("You can try again or go on without it; the order you placed is not affected.")


def led_on(payment: Payment | None) -> str:
    """The message for a declined offer on the offer that this led to; empty for no such payment."""
    if (reason := _reason(payment)) is None or payment is None:
        return ""
    step = spec_of(payment.order.version_id, payment.order.language).steps[payment.step].title
    added = _("“%s” was not added; the order you placed is not affected.") % step
    return f"{HAPPENED[reason]} {added}"


def given_back(payment: Payment) -> str:
    """The message for a payment whose units went to others while it was under way."""
    money = payment.order.money(payment.captured).format(payment.order.locale)
    return _("Others were quicker while your payment was confirmed. Your %s goes back to you in full.") % money


def _reason(payment: Payment | None) -> DeclineReason | None:
    if payment is None or payment.state != PaymentState.FAILED:
        return None
    return DeclineReason(payment.decline_reason or DeclineReason.GENERIC)
