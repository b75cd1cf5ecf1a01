"""Offer rules: read from JSON, judged without a database, told in plain words."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnels.rules import (
    ALWAYS,
    Condition,
    Fact,
    Facts,
    Group,
    Match,
    Operator,
    Rule,
    RuleError,
    because,
    conditions,
    dump,
    holds,
    parse,
    sentence,
    was,
)

FACTS = Facts(
    currency="USD",
    total=8400,
    products={"serum-30": "Night serum"},
    country="US",
    coupon="SPRING",
    customer="new",
    gateway="stripe",
    campaign={"utm_source": "Newsletter"},
    device="phone",
)


def condition(fact: str, test: str, value: Any = None, **more: str) -> dict[str, Any]:
    return {"fact": fact, "test": test, **({} if value is None else {"value": value}), **more}


def a_group(match: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"match": match, "rules": list(rules)}


BIG = condition("total", "at_least", 5000)
ABROAD = condition("country", "none_of", ["US"])
RETURNING = condition("customer", "one_of", ["returning"])


@pytest.mark.parametrize("empty", [{}, None, ""])
def test_a_rule_without_conditions_always_holds(empty: object) -> None:
    assert parse(empty) == ALWAYS
    assert holds(parse(empty), FACTS).holds
    assert sentence(parse(empty)) == "always"
    assert dump(ALWAYS) == {}


@pytest.mark.parametrize(
    ("asked", "expected", "told"),
    [
        (condition("total", "at_least", 8400), True, "the order total $84.00 is at least $84.00"),
        (condition("total", "at_least", 8401), False, "the order total $84.00 is less than $84.01"),
        (condition("total", "less_than", 8400), False, "the order total $84.00 is at least $84.00"),
        (condition("products", "one_of", ["serum-30", "kit"]), True, "the order includes Night serum or kit"),
        (condition("products", "none_of", ["kit"]), True, "the order does not include kit"),
        (condition("country", "one_of", ["us", "CA"]), True, "the country United States is United States or Canada"),
        (condition("country", "none_of", ["US"]), False, "the country United States is United States"),
        (condition("coupon", "given"), True, "a coupon SPRING was used"),
        (condition("coupon", "not_given"), False, "a coupon SPRING was used"),
        (condition("coupon", "one_of", ["spring"]), True, "the coupon SPRING is spring"),
        (condition("customer", "one_of", ["returning"]), False, "the customer is not returning"),
        (condition("gateway", "one_of", ["paypal", "nmi"]), False, "the payment did not go through PayPal or NMI"),
        (condition("device", "none_of", ["desktop"]), True, "the shopper does not use a computer"),
        (condition("campaign", "one_of", ["newsletter"], parameter="utm_source"), True,
         "utm_source Newsletter is newsletter"),
        (condition("campaign", "given", parameter="utm_medium"), False, "utm_medium is not given"),
    ],
)  # fmt: skip
def test_every_condition_is_judged_and_gives_its_reason(asked: dict[str, Any], expected: bool, told: str) -> None:
    verdict = holds(parse(asked), FACTS)
    assert verdict.holds is expected
    (reason,) = verdict.reasons
    names = {"serum-30": "Night serum"}
    assert because(reason.condition, FACTS, holds=reason.holds, names=names) == told


@pytest.mark.parametrize("fact", [fact for fact in Fact if fact not in (Fact.TOTAL, Fact.CUSTOMER)])
def test_what_is_not_known_is_none_of_anything(fact: Fact) -> None:
    nothing = Facts(currency="USD")
    assert not holds(Condition(fact, Operator.ONE_OF, values=("US",), parameter="utm_source"), nothing).holds
    assert holds(Condition(fact, Operator.NONE_OF, values=("US",), parameter="utm_source"), nothing).holds
    assert not holds(Condition(fact, Operator.GIVEN, parameter="utm_source"), nothing).holds


def test_a_trace_has_every_condition_also_those_that_could_not_change_the_outcome() -> None:
    verdict = holds(parse(a_group("any", BIG, ABROAD, a_group("all", RETURNING))), FACTS)
    assert [(reason.condition.fact, reason.holds) for reason in verdict.reasons] == [
        (Fact.TOTAL, True),
        (Fact.COUNTRY, False),
        (Fact.CUSTOMER, False),
    ]
    assert [reason.condition.fact for reason in verdict.decisive] == [Fact.TOTAL]


def test_a_sentence_tells_groups_apart() -> None:
    rule = parse(a_group("all", BIG, a_group("any", condition("country", "one_of", ["US", "CA"]), RETURNING)))
    assert sentence(rule) == (
        "the order total is at least $50.00 and (the country is United States or Canada or the customer is returning)"
    )
    assert sentence(parse(BIG), currency="EUR") == "the order total is at least €50.00"
    named = parse(condition("products", "one_of", ["serum-30"]))
    assert sentence(named, names={"serum-30": "Night serum"}) == "the order includes Night serum"


def test_what_was_known_is_told_as_people_write_it() -> None:
    known = [was(part, FACTS) for part in conditions(parse(a_group("all", BIG, ABROAD)))]
    assert known == ["$84.00", "United States"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (["total"], "In the rule: a condition or a group is expected."),
        (a_group("some", BIG), "In the rule: say whether all or any of the conditions must hold."),
        (a_group("all"), "In the rule: the group is empty. Add a condition, or remove the group."),
        (a_group("all", BIG, a_group("any")),
         "In part 2 of the rule: the group is empty. Add a condition, or remove the group."),
        (condition("weather", "one_of", ["sun"]),
         "In the rule: choose what to look at: total, products, country, coupon, customer, gateway, campaign, device."),
        (condition("total", "one_of", ["1"]), "In the rule: “total” can be tested by: at_least, less_than."),
        (condition("total", "at_least", "50"),
         "In the rule: enter an amount, as a whole number of the currency's smallest unit."),
        (condition("total", "at_least", True),
         "In the rule: enter an amount, as a whole number of the currency's smallest unit."),
        (condition("country", "one_of", ["USA"]), "In the rule: “USA” is no country code."),
        (condition("country", "one_of", []), "In the rule: choose at least one value."),
        (condition("customer", "one_of", ["old"]), "In the rule: “old” is none of: new, returning."),
        (condition("campaign", "given", parameter="secret"),
         "In the rule: choose a campaign parameter: utm_source, utm_medium, utm_campaign, utm_term, utm_content, affid."),
        ({**BIG, "eval": "1"}, "In the rule: “eval” means nothing here."),
        (a_group("all", a_group("all", a_group("all", a_group("all", a_group("all", BIG))))),
         "In part 1 of part 1 of part 1 of part 1 of the rule: groups can be nested 4 deep."),
        (a_group("all", *[BIG] * 41), "A rule can have at most 40 conditions."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(data: Any, told: str) -> None:
    with pytest.raises(RuleError, match=f"^{re.escape(told)}$"):
        parse(data)


totals = st.builds(
    Condition,
    fact=st.just(Fact.TOTAL),
    test=st.sampled_from([Operator.AT_LEAST, Operator.LESS_THAN]),
    amount=st.integers(0, 20),
)
countries = st.builds(
    Condition,
    fact=st.just(Fact.COUNTRY),
    test=st.sampled_from([Operator.ONE_OF, Operator.NONE_OF]),
    values=st.lists(st.sampled_from(["US", "CA", "DE"]), min_size=1, unique=True).map(tuple),
)
groups = st.recursive(
    totals | countries,
    lambda parts: st.builds(
        Group, match=st.sampled_from(Match), rules=st.lists(parts, min_size=1, max_size=3).map(tuple)
    ),
    max_leaves=8,
)


def truth(rule: Rule, total: int, country: str) -> bool:
    """The same question, asked of Python itself."""
    if isinstance(rule, Group):
        return (all if rule.match is Match.ALL else any)([truth(part, total, country) for part in rule.rules])
    if rule.fact is Fact.TOTAL:
        return (total >= rule.amount) == (rule.test is Operator.AT_LEAST)
    return (country in rule.values) == (rule.test is Operator.ONE_OF)


@given(rule=groups, total=st.integers(0, 20), country=st.sampled_from(["US", "CA", "DE", "FR"]))
def test_groups_hold_as_all_and_any_say_and_every_outcome_is_explained(rule: Rule, total: int, country: str) -> None:
    verdict = holds(rule, Facts(currency="USD", total=total, country=country))
    assert verdict.holds is truth(rule, total, country)
    assert verdict.decisive


@given(rule=groups)
def test_a_rule_survives_being_written_and_read(rule: Rule) -> None:
    assert parse(dump(rule)) == (rule if isinstance(rule, Group) else Group(Match.ALL, (rule,)))
