"""What the e-mails to shoppers receive: frozen values, ready to print, and the look of the shop they come from.

Mail readers know no custom properties, so a theme's look is written out here as plain values: the theme's own, with the
merchant's hex colours over them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from django.utils.translation import gettext, ngettext

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

# No quotes in font stacks: the templates escape them.
NEUTRAL: Mapping[str, str] = {
    "page": "#f3f3f1",
    "surface": "#ffffff",
    "ink": "#16181d",
    "muted": "#5a5f69",
    "line": "#dddedd",
    "accent": "#3351cf",
    "dark_page": "#101216",
    "dark_surface": "#1a1d23",
    "dark_ink": "#eceef2",
    "dark_muted": "#a5abb6",
    "dark_line": "#333842",
    "dark_accent": "#9fb0ff",
    "font_text": "Instrument Sans, Helvetica Neue, Helvetica, Arial, sans-serif",
    "font_display": "Instrument Sans, Helvetica Neue, Helvetica, Arial, sans-serif",
    "headline_size": "34px",
    "headline_weight": "500",
    "headline_spacing": "-0.03em",
    "radius": "14px",
    "frame": "0",
}
LOOKS: Mapping[str, Mapping[str, str]] = {
    "quiet": NEUTRAL,
    "botanica": {
        "page": "#f1eadb",
        "surface": "#fffdf8",
        "ink": "#1e2a23",
        "muted": "#565d53",
        "line": "#d6cbb5",
        "accent": "#22442f",
        "dark_page": "#131a15",
        "dark_surface": "#1c251f",
        "dark_ink": "#f0eadb",
        "dark_muted": "#b3b5a6",
        "dark_line": "#3a463d",
        "dark_accent": "#a9cfae",
        "font_text": "Hanken Grotesk, Helvetica Neue, Helvetica, Arial, sans-serif",
        "font_display": "Cormorant Garamond, Iowan Old Style, Palatino Linotype, Georgia, serif",
        "headline_size": "38px",
        "headline_weight": "500",
        "headline_spacing": "0",
        "radius": "3px",
        "frame": "3px double #d6cbb5",
    },
    "marquee": {
        "page": "#ffe7d9",
        "surface": "#ffffff",
        "ink": "#1f0b10",
        "muted": "#674b4a",
        "line": "#ecd0c3",
        "accent": "#c92a1c",
        "dark_page": "#14090d",
        "dark_surface": "#24131a",
        "dark_ink": "#fdf0ea",
        "dark_muted": "#cdb3ad",
        "dark_line": "#452c33",
        "dark_accent": "#ff8468",
        "font_text": "Archivo, Helvetica Neue, Helvetica, Arial, sans-serif",
        "font_display": "Big Shoulders Display, Impact, Haettenschweiler, Arial Narrow Bold, sans-serif",
        "headline_size": "44px",
        "headline_weight": "850",
        "headline_spacing": "0",
        "radius": "12px",
        "frame": "0",
    },
}
# What a merchant may set on the pages, and the values of a mail that follow it.
FOLLOWED: Mapping[str, tuple[str, ...]] = {
    "--color-sunken": ("page",),
    "--color-ink": ("ink",),
    "--color-muted": ("muted",),
    "--color-line": ("line",),
    "--color-accent": ("accent",),
    "--color-accent-dark": ("dark_accent",),
}


def mail_tokens(theme: str, tokens: Mapping[str, str]) -> dict[str, str]:
    """The look of a mail: the theme's, with the merchant's tokens where they are plain hex colours."""
    look = dict(LOOKS.get(theme, NEUTRAL))
    for token, names in FOLLOWED.items():
        value = tokens.get(token, "").strip()
        if _HEX.fullmatch(value):
            look |= dict.fromkeys(names, value)
    return look


@dataclass(frozen=True, slots=True, kw_only=True)
class MailShell:
    """The shop a mail comes from. `logo_url` is absolute, best a PNG of twice the size; empty prints the name."""

    merchant: str
    theme: str
    tokens: Mapping[str, str]
    language: str
    logo_url: str = ""
    support_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    name: str
    quantity: int
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMail:
    """What every mail about an order tells. Amounts and the date are formatted; what is empty is left out.

    `taxes` are (label, amount) of taxes that were added, `included` sentences about taxes in prices that contain them.
    """

    shell: MailShell
    order_number: str
    date: str
    email: str
    first_name: str
    lines: tuple[MailLine, ...]
    subtotal: str
    total: str
    shipping: str = ""
    shipping_name: str = ""
    taxes: tuple[tuple[str, str], ...] = ()
    included: tuple[str, ...] = ()
    discount: str = ""
    coupon: str = ""
    method: str = ""
    address: tuple[str, ...] = ()

    template: ClassVar[str]

    def templates(self, suffix: Literal["html", "txt"]) -> list[str]:
        """Names to look up, the theme's own first. The context is this object, as `mail`."""
        return [f"themes/{self.shell.theme}/emails/{self.template}.{suffix}", f"emails/{self.template}.{suffix}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptMail(OrderMail):
    """`tickets` counts those that are attached; `tickets_url` leads to them as they are valid at that moment."""

    template: ClassVar[str] = "receipt"
    tickets: int = 0
    tickets_url: str = ""
    withdrawal_url: str = ""

    @property
    def subject(self) -> str:
        if self.tickets:
            return ngettext(
                "Your ticket from %(merchant)s, order %(number)s",
                "Your tickets from %(merchant)s, order %(number)s",
                self.tickets,
            ) % {"merchant": self.shell.merchant, "number": self.order_number}
        return gettext("Your receipt from %(merchant)s, order %(number)s") % {
            "merchant": self.shell.merchant,
            "number": self.order_number,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundMail(OrderMail):
    """`amount` is this refund, `refunded_total` all of this order so far, `reason` words meant for the shopper.

    `again` is what they have again in place of an upgrade that was given back; `tickets_url` leads to its tickets.
    """

    amount: str
    refunded_total: str
    kind: Literal["full", "partial"]
    reason: str = ""
    again: str = ""
    tickets_url: str = ""

    template: ClassVar[str] = "refund"

    @property
    def subject(self) -> str:
        return gettext("Your refund of %(amount)s from %(merchant)s") % {
            "amount": self.amount,
            "merchant": self.shell.merchant,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOutMail:
    """A payment that bought nothing, because the last units went to others while it was under way."""

    shell: MailShell
    order_number: str
    email: str
    amount: str
    lines: tuple[MailLine, ...]

    @property
    def subject(self) -> str:
        return gettext("Sold out: %(amount)s goes back to you from %(merchant)s") % {
            "amount": self.amount,
            "merchant": self.shell.merchant,
        }

    def templates(self, suffix: Literal["html", "txt"]) -> list[str]:
        """Names to look up, the theme's own first. The context is this object, as `mail`."""
        return [f"themes/{self.shell.theme}/emails/sold_out.{suffix}", f"emails/sold_out.{suffix}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailedMail:
    """A payment whose money was to take days and did not arrive. `offer` tells that it was to add to an order that stands;
    `order_url` is where to order again, empty for an offer.
    """

    shell: MailShell
    order_number: str
    email: str
    amount: str
    lines: tuple[MailLine, ...]
    offer: bool = False
    order_url: str = ""

    @property
    def subject(self) -> str:
        return gettext("Your payment of %(amount)s to %(merchant)s did not go through") % {
            "amount": self.amount,
            "merchant": self.shell.merchant,
        }

    def templates(self, suffix: Literal["html", "txt"]) -> list[str]:
        """Names to look up, the theme's own first. The context is this object, as `mail`."""
        return [f"themes/{self.shell.theme}/emails/payment_failed.{suffix}", f"emails/payment_failed.{suffix}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalMail:
    """The acknowledgement of a withdrawal: what was declared, by whom, when. `wanted` is empty for the whole order."""

    shell: MailShell
    order_number: str
    email: str
    name: str
    wanted: str
    received_at: str
    ends_on: str
    in_time: bool

    @property
    def subject(self) -> str:
        return gettext("%(merchant)s received your withdrawal from order %(number)s") % {
            "merchant": self.shell.merchant,
            "number": self.order_number,
        }

    def templates(self, suffix: Literal["html", "txt"]) -> list[str]:
        """Names to look up, the theme's own first. The context is this object, as `mail`."""
        return [f"themes/{self.shell.theme}/emails/withdrawal.{suffix}", f"emails/withdrawal.{suffix}"]
