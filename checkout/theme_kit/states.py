"""Every state that a shopper page can be in, as data: its name, its template and how a shop's page gets into it.

Those that a preview shows too are drawn by it; here are the others, which break layouts and which merchants need not look at.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from checkout.page import choosing, context, presenting
from checkout.page.availability import PLENTY, Availability, Left
from checkout.page.forms import CheckoutForm
from checkout.previews import previewing
from checkout.previews.previewing import State as Met
from checkout.theme_kit.shops import parcel_shop, ticket_shop
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
OFFER_MINUTES = 12
# Where the pages' forms and scripts go; it answers that nothing has happened yet.
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
    dearer = replace(step.item, compare_at=None)
    kinds = tuple(
        ChoiceSpec(replace(sold, price_id=n, product_id=n, amount=sold.amount * n), 6, step.subheadline)
        for n, sold in enumerate((step.item, dearer, dearer), start=1)
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


def previewed(step: str, state: Met = Met.FIRST) -> Callable[[FunnelSpec], Any]:
    """How a preview would show the step; an offer has a deadline where the state tells of one."""

    def build(spec: FunnelSpec) -> Any:
        minutes = OFFER_MINUTES if state in (Met.DEADLINE, Met.ENDED) else None
        shown = replace(spec.steps[step], deadline_minutes=minutes)
        return previewing.page(spec, shown, state, ELSEWHERE, payable=CARD).content

    return build


def waiting(spec: FunnelSpec, state: str = "confirming", **known: Any) -> context.ProcessingPage:
    page: context.ProcessingPage = previewed("checkout", Met.CONFIRMING)(spec)
    return replace(page, state=state, **known)


def challenge(spec: FunnelSpec) -> context.ProcessingPage:
    secret = "pi_1_secret_2"  # noqa: S105 - visibly fake
    return waiting(spec, "challenge", payment=card(), client_secret=secret, abandon_url=ELSEWHERE)


def at_the_wallet(spec: FunnelSpec) -> context.ProcessingPage:
    return waiting(spec, "challenge", wallet="PayPal", redirect_url=ELSEWHERE, abandon_url=ELSEWHERE)


def taking_days(spec: FunnelSpec) -> context.ProcessingPage:
    return waiting(spec, "days", wallet="PayPal", email="ada@example.com")


def thanks(spec: FunnelSpec, **known: Any) -> context.ThankYouPage:
    address = ("Ada Okonkwo-Lindqvist", "12 Harbour Lane", "Portland ME 04101", "United States") if spec.ships else ()
    thanked: context.ThankYouPage = previewed("thanks")(spec)
    return replace(thanked, address=address, **known)


ON_ITS_WAY = (
    "Night cream, $39.00: your bank has your approval, and the money can take several days to arrive. We will write to "
    "ada@example.com when it has arrived, and also if it does not."
)


def note(spec: FunnelSpec) -> context.NotePage:
    headline, text = "This checkout belongs to another browser", "For safety it goes on where it began."
    return presenting.note_page(spec, headline, text, link=(ELSEWHERE, "Start my own checkout"))


STATES = (
    State("checkout", "checkout", previewed("checkout")),
    State("checkout-filled", "checkout", lambda spec: checkout(spec, TYPED)),
    State("checkout-errors", "checkout", lambda spec: checkout(spec, WRONG)),
    State("checkout-declined", "checkout", previewed("checkout", Met.DECLINED)),
    State("checkout-few-left", "checkout", previewed("checkout", Met.FEW_LEFT)),
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
    State("checkout-no-delivery", "checkout", previewed("checkout"), shop=ticket_shop),
    State("checkout-no-delivery-errors", "checkout", lambda spec: checkout(spec, WRONG), shop=ticket_shop),
    State("offer", "offer", previewed("offer")),
    State("offer-deadline", "offer", previewed("offer", Met.DEADLINE)),
    State("offer-declined", "offer", previewed("offer", Met.DECLINED)),
    State("offer-few-left", "offer", previewed("offer", Met.FEW_LEFT)),
    State("offer-ended", "offer", previewed("offer", Met.ENDED)),
    State("offer-downsell", "offer", previewed("offer"), shop=ticket_shop),
    State("processing", "processing", waiting),
    State("processing-challenge", "processing", challenge),
    State("processing-wallet", "processing", at_the_wallet),
    State("processing-days", "processing", taking_days),
    State("thank-you", "thank_you", thanks),
    State("thank-you-refunded", "thank_you", lambda spec: thanks(spec, refunded="$18.00", arriving=(ON_ITS_WAY,))),
    State("thank-you-no-delivery", "thank_you", thanks, shop=ticket_shop),
    State("sold-out", "note", previewed("checkout", Met.SOLD_OUT)),
    State("note", "note", note),
)
BY_NAME = {state.name: state for state in STATES}
