"""Sample contexts of every shopper page in every state, made by hand: what themes are looked at and checked with."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from django.conf import settings

from checkout.context import (
    Bump,
    CheckoutPage,
    Deadline,
    NotePage,
    OfferPage,
    Payment,
    ProcessingPage,
    Product,
    Shell,
    Summary,
    SummaryLine,
    ThankYouPage,
    Way,
    WaysToPay,
)
from checkout.forms import CheckoutForm
from funnels.taxing import TaxSpec

IMAGES = "/static/img/products"

SHOPS: dict[str, dict[str, Any]] = {
    "botanica": {
        "merchant": "Fern & Salt",
        "logo": "/static/img/merchants/fern-and-salt.svg",
        "ships": True,
        "headline": "Skin that looks rested, even when you are not",
        "lede": "A light night serum of bakuchiol, squalane and sea buckthorn. Thirty millilitres, about three months.",
        "points": (
            "Fragrance-free, tested on sensitive skin",
            "Bottled in small batches in Maine",
            "Ninety days to return it, even empty",
        ),
        "badges": ("Free returns for 90 days", "Ships within one working day"),
        "product": Product(
            "Night Serum", "$49.00", "30 ml", f"{IMAGES}/serum.svg", "An amber bottle of Night Serum", "$58.00"
        ),
        "bump": Bump(
            Product("Gua sha stone", "$18.00", "", f"{IMAGES}/gua-sha.svg", "", "$24.00"),
            "Add the gua sha stone",
            "Hand-cut nephrite jade. Two minutes in the evening help the serum sink in.",
        ),
        "offer": Product(
            "Night Cream", "$39.00", "50 ml", f"{IMAGES}/night-cream.svg", "An open jar of Night Cream", "$52.00"
        ),
        "offer_headline": "The serum’s other half",
        "offer_lede": "Night Cream seals in what the serum brings, so that it lasts until morning.",
        "offer_body": ("We make the two in the same week from the same plants. They travel in the same parcel.",),
        "offer_points": ("Fifty millilitres, about two months", "Same parcel, no second delivery to pay"),
        "shipping": "$5.00",
        "tax": "$4.46",
        "totals": ("$49.00", "$58.46", 5846),
        "next": ("We pack your parcel today or on the next working day.", "You get a tracking link when it leaves us."),
    },
    "quiet": {
        "merchant": "Quiet School",
        "logo": "/static/img/merchants/quiet-school.svg",
        "ships": False,
        "headline": "Quiet Code",
        "lede": "Six weeks of calm software engineering: fewer moving parts, better names, quieter nights.",
        "points": (
            "32 short lessons, yours for ever",
            "Exercises with real code reviews",
            "Captions in four languages",
        ),
        "badges": ("14 days to change your mind", "Invoice for your employer"),
        "product": Product("Quiet Code course", "$180.00", "", f"{IMAGES}/course.svg", "The Quiet Code course", ""),
        "bump": Bump(
            Product("Printed workbook (PDF)", "$19.00", "", f"{IMAGES}/workbook.svg", "", ""),
            "Add the workbook",
            "All exercises with space to think, as a PDF for print or tablet.",
        ),
        "offer": Product("Coaching hour", "$120.00", "", f"{IMAGES}/coaching.svg", "Two chairs by a window", "$150.00"),
        "offer_headline": "One hour, your own code",
        "offer_lede": "Sit down with a teacher and take one module of yours from tangled to quiet.",
        "offer_body": ("You choose the code and the time. We read it beforehand, so that the hour is all yours.",),
        "offer_points": ("Sixty minutes by video", "A written summary afterwards"),
        "shipping": "",
        "tax": "$14.40",
        "totals": ("$180.00", "$194.40", 19440),
        "next": ("Your access to the course is in the same e-mail.", "Lesson one takes eleven minutes."),
    },
    "marquee": {
        "merchant": "Harbour Lights",
        "logo": "",
        "ships": False,
        "headline": "Three nights by the water",
        "lede": "Forty bands on two stages, a night market and the last ferry home at two. 17 to 19 July, Pier 9.",
        "points": (
            "Your tickets come by e-mail, at once",
            "Give them away until the day itself",
            "Children under ten come along for nothing",
        ),
        "badges": ("Money back if we cancel", "Step-free on both stages"),
        "product": Product(
            "Weekend ticket", "$129.00", "17 to 19 July", f"{IMAGES}/festival.svg", "A stage at dusk", "$149.00"
        ),
        "bump": Bump(
            Product("Ferry pass", "$15.00", "", "", "", ""),
            "Add the ferry",
            "There and back on all three days, the last boat waits for the encore.",
        ),
        "offer": Product("Backstage tour", "$45.00", "", f"{IMAGES}/festival.svg", "A stage at dusk", "$60.00"),
        "offer_headline": "See it from behind",
        "offer_lede": "Forty minutes through the wings with the crew who built them, on Friday before the doors open.",
        "offer_body": ("Groups of twelve, and a place on the rail for the first song.",),
        "offer_points": ("Friday, 17:00 at gate C", "The same ticket, no second queue"),
        "shipping": "",
        "tax": "$10.32",
        "totals": ("$129.00", "$139.32", 13932),
        "next": ("Your tickets are in the same e-mail.", "Doors open on Friday at 18:00, gate A."),
    },
}


def shop(theme: str) -> dict[str, Any]:
    return SHOPS.get(theme, SHOPS["botanica"])


def shell(theme: str, title: str, **changes: Any) -> Shell:
    data = shop(theme)
    known = {
        "title": f"{title} · {data['merchant']}",
        "theme": theme,
        "tokens": {},
        "merchant": data["merchant"],
        "logo": data["logo"],
        "language": "en",
        "support_email": "help@example.com",
        "terms_url": "/terms/",
        "privacy_url": "/privacy/",
    }
    return Shell(**{**known, **changes})


def summary(theme: str) -> Summary:
    data = shop(theme)
    subtotal, total, minor = data["totals"]
    line = SummaryLine(data["product"].name, 1, data["product"].price, data["product"].image)
    return Summary((line,), subtotal, total, minor, "USD", data["shipping"], (("Sales tax (8%)", data["tax"]),))


def payment(provider: str, minor: int) -> Payment:
    script = settings.STRIPE_JS_URL if provider == "stripe" else f"{settings.NMI_BASE_URL}/token/Collect.js"
    key = "pk_test_preview" if provider == "stripe" else "sandbox_tokenization_preview"
    config = {"provider": provider, "script_url": script, "key": key, "amount": minor, "currency": "usd"}
    return Payment(provider, f"js/gateways/{provider}.js", config)


def ways() -> WaysToPay:
    """A card or PayPal, PayPal chosen, its button left to the form's own."""
    options = (Way("card1", "card", "Card"), Way("paypal1", "wallet", "PayPal", chosen=True))
    wallet = Payment("paypal", "js/gateways/paypal.js", {"provider": "paypal", "script_url": settings.PAYPAL_SDK_URL})
    return WaysToPay(
        card=payment("stripe", 5846),
        wallet=wallet,
        wallet_name="PayPal",
        wallet_script=False,
        options=options,
    )


def form(theme: str, data: dict[str, str] | None = None, *, phone: bool = True) -> CheckoutForm:
    step = SimpleNamespace(ships=shop(theme)["ships"], ask_phone=phone, max_quantity=3)
    spec = SimpleNamespace(countries=("US", "CA", "DE", "GB"), shipping=(), tax=TaxSpec())
    return CheckoutForm(data, spec=spec, step=step)  # type: ignore[arg-type]


TYPED = {
    "email": "ada@example.com",
    "firstName": "Ada",
    "lastName": "Okonkwo-Lindqvist",
    "address": "12 Harbour Lane",
    "city": "Portland",
    "state": "ME",
    "zipCode": "04101",
    "country": "US",
    "quantity": "1",
}


def checkout(theme: str) -> CheckoutPage:
    data = shop(theme)
    return CheckoutPage(
        shell=shell(theme, "Checkout"),
        form=form(theme),
        product=data["product"],
        summary=summary(theme),
        submit_label=f"Pay {data['totals'][1]}",
        action_url="/echo/",
        summary_url=f"/{theme}/summary/",
        headline=data["headline"],
        subheadline=data["lede"],
        points=data["points"],
        badges=data["badges"],
        quantities=(1, 2, 3) if data["ships"] else (),
        bump=data["bump"],
        ways=WaysToPay(card=payment("stripe", data["totals"][2])),
        ships=data["ships"],
    )


def errors(theme: str) -> CheckoutPage:
    return replace(checkout(theme), form=form(theme, {**TYPED, "email": "ada@example", "lastName": "", "city": ""}))


def declined(theme: str) -> CheckoutPage:
    text = "Your card has insufficient funds. Nothing was charged. Please use another card."
    return replace(checkout(theme), form=form(theme, TYPED), error=text)


def free(theme: str) -> CheckoutPage:
    data = shop(theme)
    nothing = replace(summary(theme), subtotal=data["totals"][0], discount=f"−{data['totals'][0]}", total="$0.00")
    nothing = replace(nothing, total_minor=0, shipping="", taxes=())
    label = "Complete the order"
    return replace(checkout(theme), ways=None, bump=None, submit_label=label, summary=nothing, quantities=())


def long_texts(theme: str) -> CheckoutPage:
    name = "Feuchtigkeitsspendendes Gesichtspflegekonzentrat für Nachtschwärmerinnen"
    page = checkout(theme)
    lines = (
        SummaryLine(name, 3, "1.234.567,89 €", page.product.image),
        SummaryLine("Donaudampfschifffahrtsgesellschaftskapitänsmützenreinigungsset", 1, "89,00 €"),
    )
    return replace(
        page,
        shell=shell(theme, "Kasse", language="de", logo="", merchant="Naturkosmetikmanufaktur Wüstenhöfer"),
        headline="Feuchtigkeitsspendende Nachtpflegekonzentrate für anspruchsvolle Gesichtshautverhältnisse",
        product=replace(page.product, name=name, price="1.234.567,89 €", compare_at="2.345.678,90 €"),
        summary=Summary(
            lines,
            "1.234.656,89 €",
            "1.234.999,99 €",
            123499999,
            "EUR",
            "12,90 €",
            (("Mehrwertsteuer (19 %)", "234.567,00 €"),),
            "−9,00 €",
        ),
        submit_label="Zahlungspflichtig bestellen: 1.234.999,99 €",
        badges=("Vertragswiderrufsrecht innerhalb von neunzig Tagen", "Rechtsschutzversicherungsgeprüft"),
        form=form(theme, {**TYPED, "zipCode": "", "firstName": ""}),
    )


def right_to_left(theme: str) -> CheckoutPage:
    page = checkout(theme)
    return replace(page, shell=shell(theme, "Checkout", language="ar", direction="rtl"), form=form(theme, TYPED))


def offer(theme: str) -> OfferPage:
    data = shop(theme)
    return OfferPage(
        shell=shell(theme, "One more thing"),
        kind="upsell",
        product=data["offer"],
        headline=data["offer_headline"],
        subheadline=data["offer_lede"],
        body=data["offer_body"],
        points=data["offer_points"],
        total=data["offer"].price,
        method="Visa ending 4242",
        accept_label=f"Yes, add it for {data['offer'].price}",
        decline_label="No, thank you",
        action_url="/echo/",
        badges=data["badges"],
    )


def offer_with_deadline(theme: str) -> OfferPage:
    return replace(
        offer(theme),
        deadline=Deadline("2026-11-21T15:00:00Z", 754, "This price holds until 15:00."),
        taxes=(("Sales tax (IL 8.25%)", "$3.22"),),
        total="$42.22",
    )


def offer_ending(theme: str) -> OfferPage:
    return replace(offer(theme), deadline=Deadline("2026-11-21T15:00:00Z", 1, "This price holds until 15:00."))


def offer_long(theme: str) -> OfferPage:
    page = offer(theme)
    long = "Feuchtigkeitsspendendes Gesichtspflegekonzentrat für Nachtschwärmerinnen"
    return replace(
        page,
        product=replace(page.product, name=long),
        headline="Die Nachtpflegekonzentratsergänzung für anspruchsvolle Gesichtshautverhältnisse",
        accept_label="Ja, bitte zahlungspflichtig zur Bestellung hinzufügen für 1.234.567,89 €",
        decline_label="Nein danke, ich verzichte auf die Nachtpflegekonzentratsergänzung",
    )


def offer_failed(theme: str) -> OfferPage:
    text = "Your bank declined this charge. Your order is not affected. You can try again or go on without it."
    return replace(offer(theme), error=text, kind="downsell")


def processing(theme: str) -> ProcessingPage:
    return ProcessingPage(shell(theme, "Confirming"), "confirming", "/status/", "/echo/", "#")


def challenge(theme: str) -> ProcessingPage:
    page = replace(processing(theme), state="challenge", payment=payment("stripe", 5846), client_secret="pi_1_secret_2")
    return replace(page, redirect_url="/bank/", abandon_url="/echo/")


def thank_you(theme: str) -> ThankYouPage:
    data = shop(theme)
    address = ("Ada Okonkwo-Lindqvist", "12 Harbour Lane", "Portland ME 04101", "United States")
    return ThankYouPage(
        shell=shell(theme, "Thank you"),
        headline="",
        subheadline=f"Your order is with us. {data['merchant']} wishes you quiet evenings.",
        body=(),
        order_number="FS-20418-7K",
        email="ada@example.com",
        first_name="Ada",
        summary=summary(theme),
        method="Visa ending 4242",
        address=address if data["ships"] else (),
        points=data["next"],
    )


def note(theme: str) -> NotePage:
    return NotePage(
        shell(theme, "Not on sale"),
        "This is not on sale at the moment",
        "The page you followed is closed for now. Nothing was charged.",
        "/",
        "See what is on sale",
    )


PAGES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "checkout": ("checkout", checkout),
    "checkout-nmi": ("checkout", lambda theme: replace(checkout(theme), ways=WaysToPay(card=payment("nmi", 5846)))),
    "checkout-ways": ("checkout", lambda theme: replace(checkout(theme), ways=ways())),
    "checkout-out-of-order": ("checkout", lambda theme: replace(checkout(theme), ways=WaysToPay(out_of_order=True))),
    "checkout-errors": ("checkout", errors),
    "checkout-declined": ("checkout", declined),
    "checkout-free": ("checkout", free),
    "checkout-long": ("checkout", long_texts),
    "checkout-rtl": ("checkout", right_to_left),
    "checkout-preview": (
        "checkout",
        lambda theme: replace(checkout(theme), shell=shell(theme, "Checkout", preview=True)),
    ),
    "offer": ("offer", offer),
    "offer-deadline": ("offer", offer_with_deadline),
    "offer-ending": ("offer", offer_ending),
    "offer-long": ("offer", offer_long),
    "offer-failed": ("offer", offer_failed),
    "offer-expired": (
        "offer",
        lambda theme: replace(offer(theme), closed="This offer has ended. Your order is safe and complete."),
    ),
    "processing": ("processing", processing),
    "processing-challenge": ("processing", challenge),
    "thank-you": ("thank_you", thank_you),
    "thank-you-refunded": ("thank_you", lambda theme: replace(thank_you(theme), refunded="$18.00")),
    "note": ("note", note),
}
