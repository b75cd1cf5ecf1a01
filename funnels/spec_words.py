"""A compiled funnel in a merchant's words: what each of its fields is called and how its value reads.

A field that nobody named here is called by its own name and shown as it is, so that a new one is never passed over.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any

from babel import Locale
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from funnels.models import Product, Step, Theme
from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import TaxRateSpec, TaxSpec
from funnels.rules import Group, sentence
from funnels.spec import BumpSpec, ChoiceSpec, FunnelSpec, ItemSpec, MerchantSpec, StepSpec, ThemeSpec
from integrations.money import Money

LABELS: Mapping[type, Mapping[str, Any]] = {
    FunnelSpec: {
        "name": gettext_lazy("Name"),
        "handle": gettext_lazy("Address"),
        "gateway": gettext_lazy("Takes the money"),
        "other_gateways": gettext_lazy("Other ways to pay"),
        "crm": gettext_lazy("CRM"),
        "crm_campaign": gettext_lazy("CRM campaign"),
        "mailer": gettext_lazy("Sends mail"),
        "countries": gettext_lazy("Delivers to"),
        "entry": gettext_lazy("Begins at"),
        "locale": gettext_lazy("Language"),
        "languages": gettext_lazy("Languages"),
        "currency": gettext_lazy("Currency"),
    },
    MerchantSpec: {
        "support_email": gettext_lazy("Support address"),
        "terms_url": gettext_lazy("Terms"),
        "privacy_url": gettext_lazy("Privacy page"),
    },
    ThemeSpec: {"slug": gettext_lazy("Design")},
    StepSpec: {
        "key": gettext_lazy("Part of the address"),
        "item": gettext_lazy("Sells"),
        "bump": gettext_lazy("Order bump"),
        "max_quantity": gettext_lazy("Most at once"),
        "ask_phone": gettext_lazy("Asks for a phone number"),
        "ask_coupon": gettext_lazy("Asks for a coupon code"),
        "accept_label": gettext_lazy("Yes button"),
        "decline_label": gettext_lazy("No button"),
        "body": gettext_lazy("Text"),
        "badges": gettext_lazy("Trust marks"),
        "deadline_minutes": gettext_lazy("Offer stands for"),
        "on_accept": gettext_lazy("Yes or paid leads to"),
        "on_decline": gettext_lazy("No leads to"),
        "on_skip": gettext_lazy("If not shown, leads to"),
        "on_payment_declined": gettext_lazy("A refused payment leads to"),
        "rule": gettext_lazy("Shown if"),
        "choices": gettext_lazy("To choose from"),
        "replaces_main": gettext_lazy("Replaces what was bought"),
    },
    ItemSpec: {
        "name": gettext_lazy("Product name"),
        "sku": gettext_lazy("SKU"),
        "amount": gettext_lazy("Price"),
        "compare_at": gettext_lazy("Former price"),
        "image": gettext_lazy("Picture"),
        "image_alt": gettext_lazy("What the picture shows"),
        "ships": gettext_lazy("Is delivered"),
        "crm_product": gettext_lazy("CRM product"),
        "tracks_stock": gettext_lazy("Sold from stock"),
        "is_ticket": gettext_lazy("Is a ticket"),
        "product_id": gettext_lazy("Product"),
        "price_id": gettext_lazy("Entry in the price list"),
    },
    ChoiceSpec: {"item": gettext_lazy("Sells"), "max_quantity": gettext_lazy("Most at once")},
    ShippingRateSpec: {
        "amount": gettext_lazy("Costs"),
        "free_over": gettext_lazy("Free from"),
        "delivery": gettext_lazy("Arrives"),
    },
    TaxSpec: {"inclusive": gettext_lazy("Prices contain tax")},
    TaxRateSpec: {"on_shipping": gettext_lazy("Taxes delivery too")},
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """What is needed to name a funnel's things: its spec, and the names of connections by primary key."""

    spec: FunnelSpec
    accounts: Mapping[int, str] = field(default_factory=dict)

    def shown(self, owner: type, name: str, value: Any) -> str:
        """How a field's value reads; empty where there is nothing."""
        if value in (None, "", (), []) or value == {}:
            return ""
        speak = _SPOKEN.get((owner, name))
        return speak(self, value) if speak else self._plain(value)

    def money(self, amount: int) -> str:
        return Money(amount, self.spec.currency).format(language())

    def item(self, item: ItemSpec) -> str:
        return f"{item.name}, {item.money.format(language())}"

    def step(self, key: str) -> str:
        step = self.spec.steps.get(key)
        return step.title if step else key

    def account(self, pk: int) -> str:
        return self.accounts.get(pk, f"#{pk}")

    def _plain(self, value: Any) -> str:
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list | tuple):
            return ", ".join(self._plain(part) for part in value)
        if isinstance(value, ItemSpec):
            return self.item(value)
        if is_dataclass(value) and hasattr(value, "name"):
            return str(value.name)
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, Mapping) else str(value)


def label(owner: type, name: str) -> str:
    return str(LABELS.get(owner, {}).get(name) or name.replace("_", " ").capitalize())


def language() -> str:
    return get_language() or "en"


def _minutes(_speaker: Speaker, value: int) -> str:
    return ngettext("%d minute", "%d minutes", value) % value


def _percent(_speaker: Speaker, value: int) -> str:
    return f"{value / 10_000:g} %"


def _countries(_speaker: Speaker, codes: tuple[str, ...]) -> str:
    names = Locale.parse(language().replace("-", "_")).territories
    return ", ".join(names.get(code, code) for code in codes)


def _choice(choices: list[tuple[str, Any]]) -> Callable[[Speaker, str], str]:
    return lambda _speaker, value: str(dict(choices).get(value, value)).split(":")[0]


def _rule(speaker: Speaker, rule: Group) -> str:
    names = {item.sku: item.name for step in speaker.spec.steps.values() for item in step.items}
    return sentence(rule, currency=speaker.spec.currency, names=names)


def _bump(speaker: Speaker, bump: BumpSpec) -> str:
    return speaker.item(bump.item)


_SPOKEN: Mapping[tuple[type, str], Callable[[Speaker, Any], str]] = {
    (FunnelSpec, "handle"): lambda _speaker, handle: f"/f/{handle}/",
    (FunnelSpec, "gateway"): Speaker.account,
    (FunnelSpec, "other_gateways"): lambda speaker, keys: ", ".join(speaker.account(pk) for pk in keys),
    (FunnelSpec, "crm"): Speaker.account,
    (FunnelSpec, "mailer"): Speaker.account,
    (FunnelSpec, "entry"): Speaker.step,
    (FunnelSpec, "countries"): _countries,
    (ThemeSpec, "slug"): _choice(Theme.Design.choices),
    (StepSpec, "kind"): _choice(Step.Kind.choices),
    (StepSpec, "item"): Speaker.item,
    (StepSpec, "bump"): _bump,
    (StepSpec, "points"): lambda _speaker, lines: "\n".join(lines),
    (StepSpec, "badges"): lambda _speaker, lines: "\n".join(lines),
    (StepSpec, "deadline_minutes"): _minutes,
    (StepSpec, "on_accept"): Speaker.step,
    (StepSpec, "on_decline"): Speaker.step,
    (StepSpec, "on_skip"): Speaker.step,
    (StepSpec, "on_payment_declined"): Speaker.step,
    (StepSpec, "rule"): _rule,
    (ItemSpec, "amount"): Speaker.money,
    (ItemSpec, "compare_at"): Speaker.money,
    (ItemSpec, "tax_class"): _choice(Product.TaxClass.choices),
    (ShippingRateSpec, "amount"): Speaker.money,
    (ShippingRateSpec, "free_over"): Speaker.money,
    (ShippingRateSpec, "countries"): _countries,
    (TaxRateSpec, "rate"): _percent,
    (TaxRateSpec, "tax_class"): _choice(Product.TaxClass.choices),
    (TaxRateSpec, "country"): lambda speaker, code: _countries(speaker, (code,)),
}
