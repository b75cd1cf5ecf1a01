"""What templates receive: frozen values, ready to print. No template ever touches a queryset or does arithmetic."""

from dataclasses import dataclass, field
from typing import Any

from django.forms import Form


@dataclass(frozen=True, slots=True)
class Language:
    """A language to read the page in, by its own name; `url` asks for it."""

    code: str
    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """What every shopper page has. `tokens` are the theme's CSS custom properties as `--name: value` pairs.

    `preview_note` tells when a previewed offer is shown. `monitoring` is where the browser reports errors; empty where nobody listens. `fonts` tells that the theme has another font than its design's own.
    `layout` is what it lays out otherwise, `layouts` whether the page needs the sheet that does so (`funnels/layouts.py`).
    """

    title: str
    theme: str
    tokens: dict[str, str]
    merchant: str
    logo: str
    language: str
    direction: str = "ltr"
    support_email: str = ""
    terms_url: str = ""
    privacy_url: str = ""
    preview: bool = False
    preview_note: str = ""
    monitoring: str = ""
    languages: tuple[Language, ...] = ()
    withdraw_url: str = ""
    fonts: bool = False
    layout: str = ""
    layouts: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """`price` and `compare_at` are formatted; `compare_at` is empty where there is no honest former price."""

    name: str
    price: str
    description: str = ""
    image: str = ""
    image_alt: str = ""
    compare_at: str = ""


@dataclass(frozen=True, slots=True)
class SummaryLine:
    name: str
    quantity: int
    amount: str
    image: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The order summary; what is empty does not apply. `total_minor` is what the page shows as due.

    `taxes` are (label, amount) of taxes that are added, `included` sentences about taxes in prices that contain them, and
    `tax_unknown` tells that some may be added once the region is known.
    """

    lines: tuple[SummaryLine, ...]
    subtotal: str
    total: str
    total_minor: int
    currency: str
    shipping: str = ""
    taxes: tuple[tuple[str, str], ...] = ()
    discount: str = ""
    coupon: str = ""
    shipping_name: str = ""
    included: tuple[str, ...] = ()
    tax_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Coupon:
    """The coupon that is applied, by its code and what it takes off in words, or `error`: why the code `typed` is not."""

    code: str = ""
    worth: str = ""
    typed: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ShippingMethod:
    """`cost` is formatted or the word for free; `delivery` says when it arrives."""

    id: int
    name: str
    delivery: str
    cost: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Bump:
    product: Product
    headline: str
    text: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things to choose from; `field` is what the form calls its quantity, `most` the largest."""

    field: str
    product: Product
    quantity: int
    most: int
    note: str = ""
    stock_note: str = ""

    @property
    def sold_out(self) -> bool:
        return self.most == 0


@dataclass(frozen=True, slots=True)
class Payment:
    """The gateway's part of the page. `module` is the script module's static path, `config` its public values."""

    provider: str
    module: str
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay to choose from. `value` is what the form sends, `kind` is card or wallet."""

    value: str
    kind: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class WaysToPay:
    """How the checkout can be paid. `options` is empty where the funnel has one account; `out_of_order` where none of
    its accounts can take money just now.
    """

    card: Payment | None = None
    wallet: Payment | None = None
    wallet_name: str = ""
    wallet_script: bool = True
    options: tuple[Way, ...] = ()
    out_of_order: bool = False


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """`error` is a payment error in the shopper's words; field errors are in `form.errors`. `ways` is None if free.

    `stock_note` tells how many are left where that is few.
    `coupon` is None where no code is asked for.
    `methods` are the ways of delivery to choose from, on pages with a `shipping_choice`. `repriceable` tells that the
    shopper can change the total.
    """

    shell: Shell
    form: Form
    product: Product
    summary: Summary
    submit_label: str
    action_url: str
    summary_url: str
    headline: str = ""
    subheadline: str = ""
    points: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()
    quantities: tuple[int, ...] = ()
    quantity: int = 1
    choices: tuple[Choice, ...] = ()
    bump: Bump | None = None
    ways: WaysToPay | None = None
    ships: bool = False
    stock_note: str = ""
    shipping_choice: bool = False
    methods: tuple[ShippingMethod, ...] = ()
    repriceable: bool = False
    coupon: Coupon | None = None
    error: str = ""
    error_title: str = ""
    error_at: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an offer ends: ISO 8601 for the script, seconds left for a reader without scripts."""

    iso: str
    seconds_left: int
    text: str


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The bill of an offer that takes the place of what was bought: both with their number, and the `credit` for the old.

    `free` tells that nothing more is charged.
    """

    name: str
    price: str
    replaced: str
    credit: str
    free: bool


@dataclass(frozen=True, slots=True)
class OfferPage:
    """`kind` is upsell or downsell. `method` is what will be charged ("Visa ending 4242"). `total` is all it costs.

    `closed` tells why the offer cannot be taken any more; the page then only leads on.
    """

    shell: Shell
    kind: str
    product: Product
    headline: str
    subheadline: str
    body: tuple[str, ...]
    points: tuple[str, ...]
    total: str
    method: str
    accept_label: str
    decline_label: str
    action_url: str
    shipping: str = ""
    taxes: tuple[tuple[str, str], ...] = ()
    included: tuple[str, ...] = ()
    upgrade: Upgrade | None = None
    badges: tuple[str, ...] = ()
    deadline: Deadline | None = None
    closed: str = ""
    stock_note: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ProcessingPage:
    """`state` is confirming (we wait for the gateway), challenge (the shopper must act) or days (their money takes days;
    `email` is where they hear of it, empty where the shop sends no mail).

    A challenge is completed in the page with `client_secret` by the payment module, or at `redirect_url`,
    or given up at `abandon_url` (POST) to pay another way. `wallet` names the wallet that asks, in place of a bank.
    """

    shell: Shell
    state: str
    status_url: str
    complete_url: str
    next_url: str
    abandon_url: str = ""
    payment: Payment | None = None
    client_secret: str = ""
    redirect_url: str = ""
    wallet: str = ""
    email: str = ""
    refresh_seconds: int = 5


@dataclass(frozen=True, slots=True)
class ThankYouPage:
    """`arriving` are sentences about offers that were taken and whose money is on its way, or did not come."""

    shell: Shell
    headline: str
    subheadline: str
    body: tuple[str, ...]
    order_number: str
    email: str
    first_name: str
    summary: Summary
    method: str
    receipt: bool = True
    address: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    refunded: str = ""
    tickets: int = 0
    tickets_url: str = ""
    arriving: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotePage:
    """A page that only says something: not on sale, another browser's run, page not found, something broke, sold out."""

    shell: Shell
    headline: str
    text: str
    test_id: str = "note"
    link_url: str = ""
    link_label: str = ""
    extra: dict[str, str] = field(default_factory=dict)
