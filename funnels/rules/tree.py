"""A rule as frozen dataclasses, and the facts that it is judged by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Match(StrEnum):
    ALL = "all"
    ANY = "any"


class Fact(StrEnum):
    TOTAL = "total"
    PRODUCTS = "products"
    COUNTRY = "country"
    COUPON = "coupon"
    CUSTOMER = "customer"
    GATEWAY = "gateway"
    CAMPAIGN = "campaign"
    DEVICE = "device"


class Operator(StrEnum):
    AT_LEAST = "at_least"
    LESS_THAN = "less_than"
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    GIVEN = "given"
    NOT_GIVEN = "not_given"


AMOUNTS = (Operator.AT_LEAST, Operator.LESS_THAN)
LISTS = (Operator.ONE_OF, Operator.NONE_OF)
PRESENCE = (Operator.GIVEN, Operator.NOT_GIVEN)

TESTS: Mapping[Fact, tuple[Operator, ...]] = {
    Fact.TOTAL: AMOUNTS,
    Fact.PRODUCTS: LISTS,
    Fact.COUNTRY: LISTS,
    Fact.COUPON: (*PRESENCE, *LISTS),
    Fact.CUSTOMER: LISTS,
    Fact.GATEWAY: LISTS,
    Fact.CAMPAIGN: (*LISTS, *PRESENCE),
    Fact.DEVICE: LISTS,
}

NEW, RETURNING = "new", "returning"
CUSTOMERS = (NEW, RETURNING)
GATEWAYS = ("stripe", "nmi", "paypal")
DEVICES = ("phone", "tablet", "desktop")
PARAMETERS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "affid")


@dataclass(frozen=True, slots=True)
class Condition:
    """`amount` is minor units of the funnel's currency, for tests of the total; `values` are what a list names.

    `parameter` is the part of the address that a campaign is read from.
    """

    fact: Fact
    test: Operator
    amount: int = 0
    values: tuple[str, ...] = ()
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of ALL that is empty always holds; only a whole rule may be empty."""

    match: Match = Match.ALL
    rules: tuple["Rule", ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules)


type Rule = Condition | Group

ALWAYS = Group()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an order when its shopper comes to an offer.

    `total` is what was paid so far, in minor units. `products` are the names of what was bought, by SKU. Empty strings
    stand for what nobody knows.
    """

    currency: str
    total: int = 0
    products: Mapping[str, str] = field(default_factory=dict)
    country: str = ""
    coupon: str = ""
    customer: str = NEW
    gateway: str = ""
    campaign: Mapping[str, str] = field(default_factory=dict)
    device: str = ""


def conditions(rule: Rule) -> Iterator[Condition]:
    """Every condition of a rule, in reading order."""
    if isinstance(rule, Condition):
        yield rule
        return
    for part in rule.rules:
        yield from conditions(part)


def with_fact(rule: Rule, fact: Fact) -> Iterator[Condition]:
    return (condition for condition in conditions(rule) if condition.fact is fact)
