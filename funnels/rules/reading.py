"""Reading a rule from JSON, with errors in the words of the person who wrote it; and writing it back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from funnels.rules.tree import (
    ALWAYS,
    AMOUNTS,
    CUSTOMERS,
    DEVICES,
    GATEWAYS,
    PARAMETERS,
    PRESENCE,
    TESTS,
    Condition,
    Fact,
    Group,
    Match,
    Operator,
    Rule,
)

MOST_DEEP, MOST_CONDITIONS = 4, 40
LISTED: Mapping[Fact, Sequence[str]] = {
    Fact.CUSTOMER: CUSTOMERS,
    Fact.GATEWAY: GATEWAYS,
    Fact.DEVICE: DEVICES,
}
CONDITION_KEYS = {"fact", "test", "value", "parameter"}


class RuleError(ValueError):
    """The rule cannot be read; the message says where and why."""


def parse(data: Any) -> Group:
    """The rule of this JSON, ALWAYS for an empty one; RuleError for one that is not sound."""
    if not data:
        return ALWAYS
    rule = _rule(data, _("the rule"), depth=0)
    whole = rule if isinstance(rule, Group) else Group(Match.ALL, (rule,))
    if _size(whole) > MOST_CONDITIONS:
        raise RuleError(_("A rule can have at most %d conditions.") % MOST_CONDITIONS)
    return whole


def dump(rule: Rule) -> dict[str, Any]:
    """The JSON of a rule; `parse` is its inverse."""
    if isinstance(rule, Group):
        return {"match": str(rule.match), "rules": [dump(part) for part in rule.rules]} if rule else {}
    data: dict[str, Any] = {"fact": str(rule.fact)}
    if rule.fact is Fact.CAMPAIGN:
        data["parameter"] = rule.parameter
    data["test"] = str(rule.test)
    if rule.test in AMOUNTS:
        data["value"] = rule.amount
    elif rule.test not in PRESENCE:
        data["value"] = list(rule.values)
    return data


def _rule(data: Any, place: str, *, depth: int) -> Rule:
    if not isinstance(data, Mapping):
        raise RuleError(_("In %s: a condition or a group is expected.") % place)
    if "match" in data or "rules" in data:
        return _group(data, place, depth=depth)
    return _condition(data, place)


def _group(data: Mapping[str, Any], place: str, *, depth: int) -> Group:
    if depth >= MOST_DEEP:
        raise RuleError(_("In %(place)s: groups can be nested %(most)d deep.") % {"place": place, "most": MOST_DEEP})
    _only_known(data, {"match", "rules"}, place)
    parts = data.get("rules")
    if data.get("match") not in list(Match):
        raise RuleError(_("In %s: say whether all or any of the conditions must hold.") % place)
    if not isinstance(parts, list) or not parts:
        raise RuleError(_("In %s: the group is empty. Add a condition, or remove the group.") % place)
    rules = tuple(_rule(part, _part(place, number), depth=depth + 1) for number, part in enumerate(parts, 1))
    return Group(Match(data["match"]), rules)


def _part(place: str, number: int) -> str:
    return _("part %(number)d of %(place)s") % {"number": number, "place": place}


def _condition(data: Mapping[str, Any], place: str) -> Condition:
    _only_known(data, CONDITION_KEYS, place)
    if data.get("fact") not in list(Fact):
        raise RuleError(_("In %(place)s: choose what to look at: %(facts)s.") % {"place": place, "facts": _list(Fact)})
    fact = Fact(data["fact"])
    if data.get("test") not in TESTS[fact]:
        told = {"place": place, "fact": fact, "tests": _list(TESTS[fact])}
        raise RuleError(_("In %(place)s: “%(fact)s” can be tested by: %(tests)s.") % told)
    test, value, parameter = Operator(data["test"]), data.get("value"), ""
    if fact is Fact.CAMPAIGN:
        parameter = data.get("parameter", "")
        if parameter not in PARAMETERS:
            told = {"place": place, "parameters": _list(PARAMETERS)}
            raise RuleError(_("In %(place)s: choose a campaign parameter: %(parameters)s.") % told)
    if test in AMOUNTS:
        return Condition(fact, test, amount=_amount(value, place))
    values = () if test in PRESENCE else _values(fact, value, place)
    return Condition(fact, test, values=values, parameter=parameter)


def _amount(value: Any, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**15:
        raise RuleError(_("In %s: enter an amount, as a whole number of the currency's smallest unit.") % place)
    return value


def _values(fact: Fact, value: Any, place: str) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(one, str) and one.strip() for one in given) or not given:
        raise RuleError(_("In %s: choose at least one value.") % place)
    values = tuple(dict.fromkeys(one.strip() for one in given))
    if fact is Fact.COUNTRY:
        values = tuple(code.upper() for code in values)
        if wrong := [code for code in values if not (len(code) == 2 and code.isalpha() and code.isascii())]:
            raise RuleError(_("In %(place)s: “%(code)s” is no country code.") % {"place": place, "code": wrong[0]})
    for one in values if fact in LISTED else ():
        if one not in LISTED[fact]:
            told = {"place": place, "value": one, "values": _list(LISTED[fact])}
            raise RuleError(_("In %(place)s: “%(value)s” is none of: %(values)s.") % told)
    return values


def _only_known(data: Mapping[str, Any], known: set[str], place: str) -> None:
    if unknown := sorted(set(data) - known):
        raise RuleError(_("In %(place)s: “%(key)s” means nothing here.") % {"place": place, "key": unknown[0]})


def _list(names: Any) -> str:
    return ", ".join(str(name) for name in names)


def _size(rule: Rule) -> int:
    return sum(_size(part) for part in rule.rules) if isinstance(rule, Group) else 1
