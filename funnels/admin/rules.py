"""The form field of an offer's rule: a builder of conditions and groups, and plain JSON where there are no scripts."""

import json
from collections.abc import Sequence
from typing import Any

from babel import Locale
from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from funnels.models import Funnel, Price
from funnels.rules import Fact, Operator, RuleError, dump, parse, sentence
from funnels.rules.tree import CUSTOMERS, DEVICES, GATEWAYS, PARAMETERS, TESTS
from funnels.rules.wording import WORDS
from integrations.money import decimals

FACTS = {
    Fact.TOTAL: _("Order total"),
    Fact.PRODUCTS: _("Products in the order"),
    Fact.COUNTRY: _("Country"),
    Fact.COUPON: _("Coupon"),
    Fact.CUSTOMER: _("Customer"),
    Fact.GATEWAY: _("Paid through"),
    Fact.CAMPAIGN: _("Campaign"),
    Fact.DEVICE: _("Device"),
}
OPERATORS = {
    Operator.AT_LEAST: _("is at least"),
    Operator.LESS_THAN: _("is less than"),
    Operator.ONE_OF: _("is one of"),
    Operator.NONE_OF: _("is none of"),
    Operator.GIVEN: _("is given"),
    Operator.NOT_GIVEN: _("is not given"),
}
PRODUCT_OPERATORS = {Operator.ONE_OF: _("include one of"), Operator.NONE_OF: _("include none of")}
NO_COUNTRIES = ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ")
TEXTS = {
    "always": _("Always shown. Add a condition to show it to some shoppers only."),
    "match": _("How many must hold"),
    "all": _("All of these must hold"),
    "any": _("Any of these is enough"),
    "condition": _("Add a condition"),
    "group": _("Add a group"),
    "remove": _("Remove"),
    "removeGroup": _("Remove the group"),
    "fact": _("What to look at"),
    "parameter": _("Campaign parameter"),
    "test": _("How to compare"),
    "value": _("Value"),
    "add": _("Add …"),
    "comma": _("Several are separated by commas"),
}


def vocabulary(funnel: Funnel) -> dict[str, Any]:
    """What the builder offers to choose from, in the reader's language and the funnel's currency."""
    prices = [price for step in funnel.steps.with_prices() for price in step.prices]
    currency = prices[0].currency if prices else "USD"
    options = {
        Fact.PRODUCTS: {price.product.sku: price.product.name for price in prices},
        Fact.COUNTRY: _countries(),
        Fact.CUSTOMER: _named(CUSTOMERS),
        Fact.GATEWAY: _named(GATEWAYS),
        Fact.DEVICE: _named(DEVICES),
    }
    return {
        "currency": currency,
        "decimals": decimals(currency),
        "parameters": list(PARAMETERS),
        "facts": [
            {
                "key": fact,
                "label": str(label),
                "tests": [{"key": test, "label": _operator(fact, test)} for test in TESTS[fact]],
                "options": options.get(fact),
            }
            for fact, label in FACTS.items()
        ],
        "texts": {name: str(text) for name, text in TEXTS.items()},
    }


def in_words(rule: Any, prices: Sequence[Price]) -> str:
    """A stored rule as a sentence, with the funnel's own products and currency; empty where it cannot be read."""
    names = {price.product.sku: price.product.name for price in prices}
    try:
        return sentence(parse(rule), currency=prices[0].currency if prices else "USD", names=names)
    except RuleError:
        return ""


class RuleWidget(UnfoldAdminTextareaWidget):
    use_fieldset = True

    def __init__(self, funnel: Funnel) -> None:
        super().__init__(attrs={"rows": 6, "spellcheck": "false", "aria-label": gettext("The rule as JSON")})
        self.funnel = funnel

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        words = json.dumps(vocabulary(self.funnel), ensure_ascii=False)
        area = super().render(name, value, attrs, renderer)
        return render_to_string("admin/funnels/rules/builder.html", {"area": area, "vocabulary": words})


class RuleField(forms.CharField):
    """Cleans to a rule's JSON; what was typed stays as it is where it cannot be read."""

    def __init__(self, *, funnel: Funnel, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": RuleWidget(funnel), **kwargs})

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        return json.dumps(value, indent=2, ensure_ascii=False) if value else ""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return {}
        try:
            return dump(parse(json.loads(text)))
        except json.JSONDecodeError as error:
            told = {"line": error.lineno, "column": error.colno}
            raise forms.ValidationError(
                gettext("The rule is no JSON: look at line %(line)d, column %(column)d.") % told
            ) from error
        except RuleError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((initial or {}) != self.to_python(data))
        except forms.ValidationError:
            return True


def _operator(fact: Fact, test: Operator) -> str:
    return str(PRODUCT_OPERATORS[test] if fact is Fact.PRODUCTS else OPERATORS[test])


def _named(values: tuple[str, ...]) -> dict[str, str]:
    return {value: str(WORDS.get(value, value)) for value in values}


def _countries() -> dict[str, str]:
    territories = Locale.parse((get_language() or "en").replace("-", "_")).territories
    named = {code: name for code, name in territories.items() if len(code) == 2 and code not in NO_COUNTRIES}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))
