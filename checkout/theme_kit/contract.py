"""What every page must contain whatever its theme: what the scripts, the tests and integrators rely on."""

from collections.abc import Mapping
from typing import Any

from checkout.theme_kit.states import State

EVERYWHERE = ("main#main", "h1", ".skip-link", "html[lang][dir]")
CHECKOUT = (
    "#payment-form[data-testid=payment-form][action][data-summary-url]",
    "[data-testid=order-summary]#order-summary",
    "[data-testid=payment-error]",
    "#error-summary [data-errors]",
    "#payment-form [name=payment_token]",
    "#payment-form [name=shown_total]",
    "#payment-form [name=csrfmiddlewaretoken]",
    "[data-testid=payment-processing]",
)
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "checkout": CHECKOUT,
    "offer": (
        "[data-testid=upsell-offer]",
        "#offer-form [name=csrfmiddlewaretoken]",
        "[data-testid=decline-upsell][name=decision][value=decline]",
        "[data-testid=upsell-processing]",
    ),
    "processing": ("main[data-state][data-status-url]", "[data-status][role=status]", "form[data-complete]"),
    "thank_you": ("[data-testid=order-number]", "[data-testid=order-summary]"),
    "note": ("main[data-testid]",),
}


def required(state: State, page: Any) -> list[str]:
    """Selectors of what this page must hold."""
    wanted = [*EVERYWHERE, *REQUIRED[state.template]]
    if state.template == "checkout":
        wanted += [f"[name={name}]#{name}" for name in page.form.CONTACT_FIELDS if name in page.form.fields]
        wanted += ["[name=quantity]"] if len(page.quantities) > 1 else []
        wanted += [f"[name={choice.field}]" for choice in page.choices]
        wanted += ["[name=coupon_code]"] if page.coupon else []
        wanted += ["[name=bump]"] if page.bump else []
        wanted += [f"[name=shipping][value='{method.id}']" for method in page.methods if len(page.methods) > 1]
        if page.ways is None or page.ways.card:
            wanted.append("[data-testid=submit-payment]#submit-payment")
        if page.ways and page.ways.card:
            wanted += ["#card-fields[data-module]", "script#payment-config"]
        if page.ways and page.ways.wallet:
            wanted += ["[data-testid=submit-wallet]", "#wallet"]
    if state.template == "offer":
        if not page.closed:
            wanted += ["[data-testid=accept-upsell][name=decision][value=accept]", "#offer-method"]
        if page.deadline and not page.closed:
            wanted.append("[data-deadline] [data-clock]")
        if page.error:
            wanted.append("[data-testid=payment-error][role=alert]")
    return wanted
