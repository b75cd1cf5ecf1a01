"""Every state that a shopper page can be in, as data: its name, its template and how a shop's page gets into it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from checkout.page import choosing, context, presenting
from checkout.page.availability import PLENTY, Availability, Left
from checkout.page.forms import CheckoutForm
from checkout.theme_kit.shops import parcel_shop, ticket_shop
from funnels.pricing.quoting import quote
from funnels.spec import ChoiceSpec, FunnelSpec

TYPED = {
    "email": "ada@example.com",
    "firstName": "Ada",
    "lastName": "Okonkwo-Lindqvist",
    "address": "12 Harbour Lane",
    "city": "Portland",
    "state": "ME",
    "zipCode": "04101",
    "country": "US",
    "quantity": "2",
    "bump": "on",
}
WRONG = {**TYPED, "email": "ada@example", "lastName": "", "city": ""}
DECLINED = "Insufficient funds: your bank did not allow this amount. Please try another card, or ask your bank why."
ENDED = "This offer has ended. Your order is safe and complete; nothing more will be charged."
METHOD = "Visa ending 4242"
# Where the pages' forms and scripts would go; nobody is there.
ELSEWHERE = "/elsewhere/"


@dataclass(frozen=True, slots=True)
class State:
    name: str
    template: str
    build: Callable[[FunnelSpec], Any]
    shop: Callable[[str], FunnelSpec] = parcel_shop


def card(provider: str = "stripe") -> context.Payment:
    script = settings.STRIPE_JS_URL if provider == "stripe" else f"{settings.NMI_BASE_URL}/token/Collect.js"
    config = {"provider": provider, "script_url": script, "key": "pk_test_preview", "amount": 100, "currency": "usd"}
    return context.Payment(provider, f"js/gateways/{provider}.js", config)


CARD = context.WaysToPay(card=card())


def card_or_wallet() -> context.WaysToPay:
    options = (context.Way("card1", "card", "Card"), context.Way("paypal1", "wallet", "PayPal", chosen=True))
    config = {"provider": "paypal", "script_url": settings.PAYPAL_SDK_URL}
    wallet = context.Payment("paypal", "js/gateways/paypal.js", config)
    return context.WaysToPay(card(), wallet, wallet_name="PayPal", wallet_script=False, options=options)


def checkout(spec: FunnelSpec, typed: dict[str, str] | None = None, **known: Any) -> context.CheckoutPage:
    step = spec.steps[spec.entry]
    form = CheckoutForm(typed, spec=spec, step=step)
    if typed is not None:
        form.is_valid()
    cart = choosing.cart(spec, step, typed or known.get("available", PLENTY).preset(step))
    ways = known.pop("payable", CARD)
    return presenting.checkout_page(spec, step, form, cart, urls=(ELSEWHERE, ELSEWHERE), payable=ways, **known)


def free(spec: FunnelSpec) -> context.CheckoutPage:
    """Nothing to pay, and so no way to pay."""
    step = spec.steps[spec.entry]
    assert step.item is not None
    given = replace(step, item=replace(step.item, amount=0), bump=None, max_quantity=1)
    return checkout(replace(spec, shipping=(), steps={**spec.steps, step.key: given}), payable=None)


def several_kinds(spec: FunnelSpec) -> context.CheckoutPage:
    """Three kinds to choose from: a few left of the first, plenty of the second, none of the third."""
    step = spec.steps[spec.entry]
    assert step.item is not None
    kinds = tuple(
        ChoiceSpec(replace(step.item, price_id=n, product_id=n, amount=step.item.amount * n), 6, step.subheadline)
        for n in (1, 2, 3)
    )
    given = replace(step, item=kinds[0].item, choices=kinds, max_quantity=1)
    left = Availability(kinds=(Left(1, 4, low=True), Left(3, 0, low=False)))
    return checkout(replace(spec, steps={**spec.steps, step.key: given}), available=left)


def coupon_applied(spec: FunnelSpec) -> context.CheckoutPage:
    page = checkout(spec, TYPED)
    taken_off = replace(page.summary, discount="−$9.80", coupon="SPRING10")
    return replace(page, summary=taken_off, coupon=context.Coupon(code="SPRING10", worth="10% off"))


def coupon_refused(spec: FunnelSpec) -> context.CheckoutPage:
    return replace(checkout(spec, TYPED), coupon=context.Coupon(typed="SPRING10", error="This coupon has expired."))


def one_delivery(spec: FunnelSpec) -> context.CheckoutPage:
    return checkout(replace(spec, shipping=spec.shipping[:1]))


def offer(spec: FunnelSpec, *, minutes: int | None = None, **known: Any) -> context.OfferPage:
    step = spec.steps["offer"]
    at = choosing.destination(spec, spec.steps[spec.entry], {})
    wanted = quote(step, tax=spec.tax, destination=at)
    ends = timezone.now() + timedelta(minutes=minutes) if minutes else None
    return presenting.offer_page(spec, step, wanted, action_url=ELSEWHERE, method=METHOD, ends=ends, **known)


def waiting(spec: FunnelSpec, state: str = "confirming", **known: Any) -> context.ProcessingPage:
    return context.ProcessingPage(
        presenting.shell(spec, title="Your payment"), state, ELSEWHERE, ELSEWHERE, ELSEWHERE, **known
    )


def challenge(spec: FunnelSpec) -> context.ProcessingPage:
    return waiting(spec, "challenge", payment=card(), client_secret="pi_1_secret_2", abandon_url=ELSEWHERE)  # noqa: S106 - visibly fake


def at_the_wallet(spec: FunnelSpec) -> context.ProcessingPage:
    return waiting(spec, "challenge", wallet="PayPal", redirect_url=ELSEWHERE, abandon_url=ELSEWHERE)


def taking_days(spec: FunnelSpec) -> context.ProcessingPage:
    return waiting(spec, "days", wallet="PayPal", email="ada@example.com")


def thanks(spec: FunnelSpec, **known: Any) -> context.ThankYouPage:
    step, entry = spec.steps["thanks"], spec.steps[spec.entry]
    address = ("Ada Okonkwo-Lindqvist", "12 Harbour Lane", "Portland ME 04101", "United States") if spec.ships else ()
    return context.ThankYouPage(
        shell=presenting.shell(spec, title=step.title),
        headline=step.headline,
        subheadline=step.subheadline,
        body=presenting.paragraphs(step.body),
        order_number="K7M2-4QXD",
        email="ada@example.com",
        first_name="Ada",
        summary=presenting.summary_of_quote(choosing.cart(spec, entry, {}).quote, spec.locale),
        method=METHOD,
        address=address,
        points=step.points,
        **known,
    )


def sold_out(spec: FunnelSpec) -> context.NotePage:
    return presenting.sold_out_page(spec, spec.steps[spec.entry], Availability(left=0), url=ELSEWHERE)


def note(spec: FunnelSpec) -> context.NotePage:
    headline, text = "This checkout belongs to another browser", "For safety it goes on where it began."
    return presenting.note_page(spec, headline, text, link=(ELSEWHERE, "Start my own checkout"))


STATES = (
    State("checkout", "checkout", checkout),
    State("checkout-filled", "checkout", lambda spec: checkout(spec, TYPED)),
    State("checkout-errors", "checkout", lambda spec: checkout(spec, WRONG)),
    State("checkout-declined", "checkout", lambda spec: checkout(spec, TYPED, error=DECLINED)),
    State("checkout-few-left", "checkout", lambda spec: checkout(spec, available=Availability(left=2, low=True))),
    State("checkout-coupon", "checkout", coupon_applied),
    State("checkout-coupon-refused", "checkout", coupon_refused),
    State("checkout-kinds", "checkout", several_kinds, shop=ticket_shop),
    State("checkout-one-delivery", "checkout", one_delivery),
    State("checkout-ways", "checkout", lambda spec: checkout(spec, payable=card_or_wallet())),
    State("checkout-nmi", "checkout", lambda spec: checkout(spec, payable=context.WaysToPay(card("nmi")))),
    State(
        "checkout-out-of-order",
        "checkout",
        lambda spec: checkout(spec, payable=context.WaysToPay(out_of_order=True)),
    ),
    State("checkout-free", "checkout", free),
    State("checkout-preview", "checkout", lambda spec: checkout(spec, preview=True)),
    State("checkout-no-delivery", "checkout", checkout, shop=ticket_shop),
    State("checkout-no-delivery-errors", "checkout", lambda spec: checkout(spec, WRONG), shop=ticket_shop),
    State("offer", "offer", offer),
    State("offer-deadline", "offer", lambda spec: offer(spec, minutes=12)),
    State("offer-declined", "offer", lambda spec: offer(spec, error=DECLINED)),
    State("offer-few-left", "offer", lambda spec: offer(spec, available=Availability(left=2, low=True))),
    State("offer-ended", "offer", lambda spec: offer(spec, closed=ENDED)),
    State("offer-downsell", "offer", offer, shop=ticket_shop),
    State("processing", "processing", waiting),
    State("processing-challenge", "processing", challenge),
    State("processing-wallet", "processing", at_the_wallet),
    State("processing-days", "processing", taking_days),
    State("thank-you", "thank_you", thanks),
    State("thank-you-refunded", "thank_you", lambda spec: thanks(spec, refunded="$18.00")),
    State("thank-you-no-delivery", "thank_you", thanks, shop=ticket_shop),
    State("sold-out", "note", sold_out),
    State("note", "note", note),
)
BY_NAME = {state.name: state for state in STATES}
