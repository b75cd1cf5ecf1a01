"""Two made-up shops, one that ships and one that does not, and the ways of telling them that break layouts."""

from collections.abc import Callable
from dataclasses import replace

from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import TaxRateSpec, TaxSpec
from funnels.spec import BumpSpec, FunnelSpec, ItemSpec, MerchantSpec, StepKind, StepSpec, ThemeSpec

IMAGES = "/static/img/products"

SERUM = ItemSpec(
    1, 1, "Night Serum", 4900, "USD", description="30 ml", image=f"{IMAGES}/serum.svg",
    image_alt="An amber bottle of Night Serum", ships=True, compare_at=5800,
)  # fmt: skip
STONE = ItemSpec(2, 2, "Gua sha stone", 1800, "USD", image=f"{IMAGES}/gua-sha.svg", ships=True, compare_at=2400)
CREAM = ItemSpec(
    3, 3, "Night Cream", 3900, "USD", description="50 ml", image=f"{IMAGES}/night-cream.svg",
    image_alt="An open jar of Night Cream", ships=True, compare_at=5200,
)  # fmt: skip
TICKET = ItemSpec(
    4, 4, "Weekend ticket", 12900, "USD", description="17 to 19 July", image=f"{IMAGES}/festival.svg",
    image_alt="A stage by the water at dusk", compare_at=14900,
)  # fmt: skip
TOUR = ItemSpec(5, 5, "Backstage tour", 4500, "USD", image=f"{IMAGES}/festival.svg", image_alt="A stage at dusk")

PARCEL_RATES = (
    ShippingRateSpec(1, "Standard", 500, delivery="2 to 4 working days"),
    ShippingRateSpec(2, "Express", 1900, delivery="the next working day"),
)
SALES_TAX = TaxSpec(rates=(TaxRateSpec("US", 80000, "Sales tax"),))


def parcel_shop(design: str) -> FunnelSpec:
    """Sells things that are delivered: address, shipping, order bump, quantity."""
    checkout = StepSpec(
        "checkout", StepKind.CHECKOUT, "Checkout", item=SERUM, max_quantity=3, ask_phone=True, on_accept="offer",
        bump=BumpSpec(STONE, "Add the gua sha stone", "Two minutes in the evening help the serum sink in."),
        headline="Skin that looks rested, even when you are not",
        subheadline="A light night serum of bakuchiol, squalane and sea buckthorn. Thirty millilitres, three months.",
        points=("Fragrance-free, tested on sensitive skin", "Bottled in small batches", "Ninety days to return it"),
        badges=("Free returns for 90 days", "Ships within one working day"),
    )  # fmt: skip
    offer = StepSpec(
        "offer", StepKind.UPSELL, "One more thing", item=CREAM, on_accept="thanks", on_decline="thanks",
        headline="The serum’s other half", accept_label="Yes, add the cream",
        subheadline="Night Cream seals in what the serum brings, so that it lasts until morning.",
        body="We make the two in the same week from the same plants.\n\nThey travel in the same parcel.",
        points=("Fifty millilitres, about two months", "Same parcel, no second delivery to pay"),
        badges=("Free returns for 90 days",),
    )  # fmt: skip
    logo = "/static/img/merchants/fern-and-salt.svg"
    return _funnel(design, "Fern & Salt", logo, (checkout, offer), shipping=PARCEL_RATES)


def ticket_shop(design: str) -> FunnelSpec:
    """Sells what needs no delivery, under its name alone."""
    checkout = StepSpec(
        "checkout", StepKind.CHECKOUT, "Checkout", item=TICKET, max_quantity=4, on_accept="offer",
        bump=BumpSpec(replace(TOUR, name="Ferry pass", amount=1500, image=""), "Add the ferry",
                      "There and back on all three days; the last boat waits for the encore."),
        headline="Three nights by the water",
        subheadline="Forty bands on two stages, a night market and the last ferry home at two.",
        points=("Your tickets come by e-mail, at once", "Give them away until the day itself"),
        badges=("Money back if we cancel", "Step-free on both stages"),
    )  # fmt: skip
    offer = StepSpec(
        "offer", StepKind.DOWNSELL, "One more thing", item=TOUR, on_accept="thanks", on_decline="thanks",
        headline="See it from behind",
        subheadline="Forty minutes through the wings with the crew who built them.",
        points=("Friday, 17:00 at gate C", "The same ticket, no second queue"),
    )  # fmt: skip
    return _funnel(design, "Harbour Lights", "", (checkout, offer))


def _funnel(
    design: str,
    name: str,
    logo: str,
    steps: tuple[StepSpec, StepSpec],
    *,
    shipping: tuple[ShippingRateSpec, ...] = (),
) -> FunnelSpec:
    thanks = StepSpec(
        "thanks", StepKind.THANK_YOU, "Thank you", points=("We begin on the next working day.",),
        subheadline="It is with us now.", body="Write to us at any time; a person answers.",
    )  # fmt: skip
    return FunnelSpec(
        funnel_id=0, handle="shop", name=name, currency="USD", locale="en", gateway=0, entry=steps[0].key,
        merchant=MerchantSpec(0, name, "help@example.com", "/terms/", "/privacy/"), theme=ThemeSpec(design, logo=logo),
        steps={step.key: step for step in (*steps, thanks)}, countries=("US", "CA", "DE", "JP", "EG"),
        shipping=shipping, tax=SALES_TAX,
    )  # fmt: skip


def in_english(spec: FunnelSpec) -> FunnelSpec:
    return spec


def in_long_words(spec: FunnelSpec) -> FunnelSpec:
    """German as it comes: compounds without a place to break, and amounts of seven figures."""
    long = "Feuchtigkeitsspendendes Gesichtspflegekonzentrat für Nachtschwärmerinnen"
    name = "Naturkosmetikmanufaktur Wüstenhöfer"
    told = _retold(
        spec, locale="de", item=long, headline="Nachtpflegekonzentrate für anspruchsvolle Gesichtshautverhältnisse",
        sentence="Donaudampfschifffahrtsgesellschaftskapitänsmützen und Rechtsschutzversicherungsgeprüftes",
        label="Ja, bitte zahlungspflichtig zur Bestellung hinzufügen", currency="EUR", factor=25000,
    )  # fmt: skip
    return replace(told, merchant=replace(told.merchant, name=name), theme=replace(told.theme, logo=""))


def right_to_left(spec: FunnelSpec) -> FunnelSpec:
    return _retold(
        spec, locale="ar", item="سيروم الليل", headline="بشرة تبدو مرتاحة حتى عندما لا تكون كذلك",
        sentence="تركيبة خفيفة من زيوت نباتية، ثلاثون ملليلتراً تكفي لثلاثة أشهر", label="نعم، أضفها إلى طلبي",
    )  # fmt: skip


def in_yen(spec: FunnelSpec) -> FunnelSpec:
    """A currency without minor units."""
    return _retold(
        spec, locale="ja", item="ナイトセラム", headline="疲れた夜も、朝には整う肌へ",
        sentence="バクチオールとスクワランの軽い夜用美容液です。", label="注文に追加する", currency="JPY", factor=2,
    )  # fmt: skip


TELLINGS: dict[str, Callable[[FunnelSpec], FunnelSpec]] = {
    "english": in_english,
    "long words": in_long_words,
    "right to left": right_to_left,
    "yen": in_yen,
}


def _retold(
    spec: FunnelSpec,
    *,
    locale: str,
    item: str,
    headline: str,
    sentence: str,
    label: str,
    currency: str = "USD",
    factor: int = 1,
) -> FunnelSpec:
    def renamed(sold: ItemSpec) -> ItemSpec:
        before = sold.compare_at and sold.compare_at * factor
        return replace(sold, name=item, amount=sold.amount * factor, compare_at=before, currency=currency)

    def step(each: StepSpec) -> StepSpec:
        bump = each.bump and replace(each.bump, item=renamed(each.bump.item), headline=headline, text=sentence)
        return replace(
            each,
            item=each.item and renamed(each.item),
            bump=bump,
            headline=headline if each.item else "",
            subheadline=sentence,
            body=sentence,
            points=(sentence,) * len(each.points),
            badges=(sentence,) * len(each.badges),
            accept_label=label,
            decline_label=label,
        )

    steps = {key: step(each) for key, each in spec.steps.items()}
    return replace(spec, locale=locale, currency=currency, steps=steps)
