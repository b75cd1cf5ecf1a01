"""A published funnel version as frozen dataclasses.

A version's JSON never changes, so a parsed spec is cached by version id and never invalidated. Everything a shopper's
request needs is in here: no query for products, prices, steps or theme.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import STANDARD, TaxSpec
from funnels.rules import ALWAYS, Group, parse
from funnels.rules import dump as dump_rule
from funnels.speaking import Translations, said_in
from integrations.money import Money


class StepKind(StrEnum):
    CHECKOUT = "checkout"
    UPSELL = "upsell"
    DOWNSELL = "downsell"
    THANK_YOU = "thank_you"

    @property
    def is_offer(self) -> bool:
        return self in (StepKind.UPSELL, StepKind.DOWNSELL)


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """A price with what it sells. `amount` and `compare_at` are minor units; `image` is a URL path."""

    price_id: int
    product_id: int
    name: str
    amount: int
    currency: str
    description: str = ""
    image: str = ""
    image_alt: str = ""
    ships: bool = False
    compare_at: int | None = None
    crm_product: str = ""
    tax_class: str = STANDARD
    tracks_stock: bool = False
    is_ticket: bool = False
    sku: str = ""
    translations: Translations = field(default_factory=dict, hash=False)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class BumpSpec:
    item: ItemSpec
    headline: str
    text: str


@dataclass(frozen=True, slots=True)
class ChoiceSpec:
    """One of several things to choose from on the checkout, each in its own quantity from 0."""

    item: ItemSpec
    max_quantity: int = 1
    note: str = ""
    translations: Translations = field(default_factory=dict, hash=False)

    @property
    def id(self) -> int:
        return self.item.price_id

    @property
    def name(self) -> str:
        return self.item.name


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step. `on_accept` is where a payment or a yes leads, `on_decline` where a no leads; keys of other steps.

    Where there are `choices` the step sells those, and `item` is the first of them, as the face of the page.
    An offer is shown if its `rule` holds; if it is not shown the run goes on to `on_skip` (empty: where a no leads), and if
    its payment is declined to `on_payment_declined` (empty: it stays). An offer that `replaces_main` is an upgrade of what
    the checkout sold.
    """

    key: str
    kind: StepKind
    title: str
    item: ItemSpec | None = None
    bump: BumpSpec | None = None
    max_quantity: int = 1
    ask_phone: bool = False
    ask_coupon: bool = True
    headline: str = ""
    subheadline: str = ""
    body: str = ""
    points: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()
    accept_label: str = ""
    decline_label: str = ""
    deadline_minutes: int | None = None
    on_accept: str = ""
    on_decline: str = ""
    rule: Group = ALWAYS
    on_skip: str = ""
    on_payment_declined: str = ""
    replaces_main: bool = False
    choices: tuple[ChoiceSpec, ...] = ()
    translations: Translations = field(default_factory=dict, hash=False)

    @property
    def goods(self) -> tuple[ItemSpec, ...]:
        """What the step sells, without the order bump."""
        if self.choices:
            return tuple(choice.item for choice in self.choices)
        return (self.item,) if self.item else ()

    @property
    def items(self) -> tuple[ItemSpec, ...]:
        """Everything that can be bought here."""
        return (*self.goods, self.bump.item) if self.bump else self.goods

    @property
    def ships(self) -> bool:
        return any(item.ships for item in self.items)


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    slug: str
    tokens: Mapping[str, str] = field(default_factory=dict)
    logo: str = ""
    layouts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MerchantSpec:
    id: int
    name: str
    support_email: str = ""
    terms_url: str = ""
    privacy_url: str = ""


@dataclass(frozen=True, slots=True)
class FunnelSpec:
    """`gateway`, `other_gateways`, `crm` and `mailer` are primary keys of connections; `crm_campaign` is the CRM's
    campaign id. `locale` is the language of the texts; `languages` are all that there are texts in, the first one first.
    """

    funnel_id: int
    handle: str
    name: str
    merchant: MerchantSpec
    theme: ThemeSpec
    currency: str
    locale: str
    gateway: int
    entry: str
    steps: Mapping[str, StepSpec]
    countries: tuple[str, ...] = ()
    crm: int | None = None
    crm_campaign: str = ""
    mailer: int | None = None
    other_gateways: tuple[int, ...] = ()
    shipping: tuple[ShippingRateSpec, ...] = ()
    tax: TaxSpec = field(default_factory=TaxSpec)
    languages: tuple[str, ...] = ()

    def in_language(self, language: str) -> "FunnelSpec":
        """The funnel as it reads in one of its languages; itself in its first, and in one it does not have."""
        if language == self.locale or language not in self.languages:
            return self
        return replace(
            self,
            locale=language,
            steps={key: _step_in(step, language) for key, step in self.steps.items()},
            shipping=tuple(said_in(rate, language) for rate in self.shipping),
        )

    @property
    def gateways(self) -> tuple[int, ...]:
        """Every connection that a shopper may pay through, the first choice first."""
        return (self.gateway, *self.other_gateways)

    @property
    def has_rules(self) -> bool:
        return any(step.rule for step in self.steps.values())

    @property
    def has_offers(self) -> bool:
        return any(step.kind.is_offer for step in self.steps.values())

    @property
    def sells_tickets(self) -> bool:
        return any(item.is_ticket for step in self.steps.values() for item in step.items)

    @property
    def ships(self) -> bool:
        return any(step.ships for step in self.steps.values() if step.kind is StepKind.CHECKOUT)


def dump(spec: FunnelSpec) -> dict[str, Any]:
    """The JSON of a version; `load` is its inverse."""
    data = asdict(spec)
    for key, step in spec.steps.items():
        data["steps"][key]["rule"] = dump_rule(step.rule)
    return data


def load(data: Mapping[str, Any]) -> FunnelSpec:
    return FunnelSpec(
        **{
            **data,
            "merchant": MerchantSpec(**data["merchant"]),
            "theme": ThemeSpec(**data["theme"]),
            "countries": tuple(data.get("countries", ())),
            "other_gateways": tuple(data.get("other_gateways", ())),
            "languages": tuple(data.get("languages", ())),
            "shipping": tuple(ShippingRateSpec.load(rate) for rate in data.get("shipping", ())),
            "tax": TaxSpec.load(data.get("tax", {})),
            "steps": {key: _load_step(step) for key, step in data["steps"].items()},
        }
    )


def _load_step(data: Mapping[str, Any]) -> StepSpec:
    item, bump = data.get("item"), data.get("bump")
    return StepSpec(
        **{
            **data,
            "kind": StepKind(data["kind"]),
            "item": ItemSpec(**item) if item else None,
            "bump": BumpSpec(**{**bump, "item": ItemSpec(**bump["item"])}) if bump else None,
            "points": tuple(data.get("points", ())),
            "badges": tuple(data.get("badges", ())),
            "rule": parse(data.get("rule")),
            "choices": tuple(
                ChoiceSpec(**{**choice, "item": ItemSpec(**choice["item"])}) for choice in data.get("choices", ())
            ),
        }
    )


def _step_in(step: StepSpec, language: str) -> StepSpec:
    item, bump, words = step.item, step.bump, step.translations.get(language, {})
    if bump is not None:
        bump = BumpSpec(
            said_in(bump.item, language), words.get("bump_headline", bump.headline), words.get("bump_text", bump.text)
        )
    return replace(
        said_in(step, language),
        item=said_in(item, language) if item else None,
        bump=bump,
        choices=tuple(
            replace(said_in(choice, language), item=said_in(choice.item, language)) for choice in step.choices
        ),
    )


class SpecCache:
    """Parsed specs by version id and language, dropped whole when full; a version's JSON never changes, so nothing goes
    stale. An empty language is the funnel's first.
    """

    limit = 512

    def __init__(self) -> None:
        self._specs: dict[tuple[int, str], FunnelSpec] = {}

    def get(self, version_id: int, language: str = "") -> FunnelSpec | None:
        return self._specs.get((version_id, language))

    def put(self, version_id: int, data: Mapping[str, Any], language: str = "") -> FunnelSpec:
        if len(self._specs) >= self.limit:
            self._specs.clear()
        spec = self._specs.setdefault((version_id, ""), load(data))
        return self._specs.setdefault((version_id, language), spec.in_language(language)) if language else spec

    def clear(self) -> None:
        self._specs.clear()


specs = SpecCache()
