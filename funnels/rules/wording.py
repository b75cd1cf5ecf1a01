"""Rules in plain words, for the people who wrote them and for staff who ask why an offer was shown or not."""

from collections.abc import Mapping, Sequence

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from funnels.pricing.regions import country_name
from funnels.rules.judging import known
from funnels.rules.tree import NEW, RETURNING, Condition, Fact, Facts, Group, Match, Operator, Rule
from integrations.money import Money

OPPOSITE = {
    Operator.AT_LEAST: Operator.LESS_THAN,
    Operator.LESS_THAN: Operator.AT_LEAST,
    Operator.ONE_OF: Operator.NONE_OF,
    Operator.NONE_OF: Operator.ONE_OF,
    Operator.GIVEN: Operator.NOT_GIVEN,
    Operator.NOT_GIVEN: Operator.GIVEN,
}
WORDS = {
    "stripe": "Stripe",
    "nmi": "NMI",
    "paypal": "PayPal",
    "phone": gettext_lazy("a phone"),
    "tablet": gettext_lazy("a tablet"),
    "desktop": gettext_lazy("a computer"),
    NEW: gettext_lazy("new"),
    RETURNING: gettext_lazy("returning"),
}
# One sentence for each fact and operator; {actual} is empty, or what was known when the rule was judged.
SENTENCES = {
    (Fact.TOTAL, Operator.AT_LEAST): gettext_lazy("the order total{actual} is at least {wanted}"),
    (Fact.TOTAL, Operator.LESS_THAN): gettext_lazy("the order total{actual} is less than {wanted}"),
    (Fact.PRODUCTS, Operator.ONE_OF): gettext_lazy("the order includes {wanted}"),
    (Fact.PRODUCTS, Operator.NONE_OF): gettext_lazy("the order does not include {wanted}"),
    (Fact.COUNTRY, Operator.ONE_OF): gettext_lazy("the country{actual} is {wanted}"),
    (Fact.COUNTRY, Operator.NONE_OF): gettext_lazy("the country{actual} is not {wanted}"),
    (Fact.COUPON, Operator.ONE_OF): gettext_lazy("the coupon{actual} is {wanted}"),
    (Fact.COUPON, Operator.NONE_OF): gettext_lazy("the coupon{actual} is not {wanted}"),
    (Fact.COUPON, Operator.GIVEN): gettext_lazy("a coupon{actual} was used"),
    (Fact.COUPON, Operator.NOT_GIVEN): gettext_lazy("no coupon was used"),
    (Fact.CUSTOMER, Operator.ONE_OF): gettext_lazy("the customer is {wanted}"),
    (Fact.CUSTOMER, Operator.NONE_OF): gettext_lazy("the customer is not {wanted}"),
    (Fact.GATEWAY, Operator.ONE_OF): gettext_lazy("the payment went through {wanted}"),
    (Fact.GATEWAY, Operator.NONE_OF): gettext_lazy("the payment did not go through {wanted}"),
    (Fact.CAMPAIGN, Operator.ONE_OF): gettext_lazy("{parameter}{actual} is {wanted}"),
    (Fact.CAMPAIGN, Operator.NONE_OF): gettext_lazy("{parameter}{actual} is not {wanted}"),
    (Fact.CAMPAIGN, Operator.GIVEN): gettext_lazy("{parameter}{actual} is given"),
    (Fact.CAMPAIGN, Operator.NOT_GIVEN): gettext_lazy("{parameter} is not given"),
    (Fact.DEVICE, Operator.ONE_OF): gettext_lazy("the shopper uses {wanted}"),
    (Fact.DEVICE, Operator.NONE_OF): gettext_lazy("the shopper does not use {wanted}"),
}

type Names = Mapping[str, str]
NO_NAMES: Names = {}


def sentence(rule: Rule, *, currency: str = "USD", names: Names = NO_NAMES) -> str:
    """When the rule holds, without a capital and a full stop: "the order total is at least $50.00 and …".

    "always" for an empty rule. `names` are products' names by SKU.
    """
    if isinstance(rule, Condition):
        return _clause(rule, rule.test, currency, names)
    if not rule:
        return _("always")
    joint = _(" and ") if rule.match is Match.ALL else _(" or ")
    return joint.join(_bracketed(part, sentence(part, currency=currency, names=names)) for part in rule.rules)


def because(condition: Condition, facts: Facts, *, holds: bool, names: Names = NO_NAMES) -> str:
    """What was true: "the order total $84.00 is at least $50.00", of a condition that failed its opposite."""
    test = condition.test if holds else OPPOSITE[condition.test]
    return _clause(condition, test, facts.currency, names, actual=was(condition, facts))


def was(condition: Condition, facts: Facts) -> str:
    """What was known of the condition's fact, as people write it; empty where nothing was."""
    if condition.fact is Fact.TOTAL:
        return _money(facts.total, facts.currency)
    if condition.fact is Fact.PRODUCTS:
        return ", ".join(name or sku for sku, name in facts.products.items())
    return ", ".join(_word(condition.fact, value) for value in known(condition, facts) if value)


def _clause(condition: Condition, test: Operator, currency: str, names: Names, *, actual: str = "") -> str:
    wanted = _money(condition.amount, currency)
    if condition.fact is not Fact.TOTAL:
        wanted = _listed([names.get(value) or _word(condition.fact, value) for value in condition.values])
    return str(SENTENCES[condition.fact, test]).format(
        actual=f" {actual}" if actual else "", wanted=wanted, parameter=condition.parameter
    )


def _bracketed(part: Rule, text: str) -> str:
    return f"({text})" if isinstance(part, Group) and len(part.rules) > 1 else text


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s or %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _word(fact: Fact, value: str) -> str:
    if fact is Fact.COUNTRY:
        return country_name(value, get_language() or "en")
    return str(WORDS.get(value, value)) if fact in (Fact.GATEWAY, Fact.DEVICE, Fact.CUSTOMER) else value


def _money(amount: int, currency: str) -> str:
    return Money(amount, currency).format(get_language() or "en")
