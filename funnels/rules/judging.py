"""Whether a rule holds: a pure function of the rule and the facts, which gives a reason for every condition."""

from dataclasses import dataclass

from funnels.rules.tree import Condition, Fact, Facts, Group, Match, Operator, Rule, conditions


@dataclass(frozen=True, slots=True)
class Reason:
    condition: Condition
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons` has every condition in reading order, also those that could not change the outcome any more."""

    holds: bool
    reasons: tuple[Reason, ...]

    @property
    def decisive(self) -> tuple[Reason, ...]:
        """The conditions that turned out as the whole rule did; these explain it."""
        return tuple(reason for reason in self.reasons if reason.holds is self.holds)


def holds(rule: Rule, facts: Facts) -> Verdict:
    reasons = tuple(Reason(condition, _true(condition, facts)) for condition in conditions(rule))
    return Verdict(_judge(rule, facts), reasons)


def _judge(rule: Rule, facts: Facts) -> bool:
    if isinstance(rule, Group):
        parts = (_judge(part, facts) for part in rule.rules)
        return any(parts) if rule.match is Match.ANY and rule else all(parts)
    return _true(rule, facts)


def _true(condition: Condition, facts: Facts) -> bool:
    match condition.test:
        case Operator.AT_LEAST:
            return facts.total >= condition.amount
        case Operator.LESS_THAN:
            return facts.total < condition.amount
        case Operator.GIVEN:
            return any(known(condition, facts))
        case Operator.NOT_GIVEN:
            return not any(known(condition, facts))
        case Operator.ONE_OF:
            return _overlap(condition, facts)
        case Operator.NONE_OF:
            return not _overlap(condition, facts)


def known(condition: Condition, facts: Facts) -> tuple[str, ...]:
    """What is known of the condition's fact, as it is compared; empty texts stand for nothing."""
    match condition.fact:
        case Fact.PRODUCTS:
            return tuple(facts.products)
        case Fact.CAMPAIGN:
            return (facts.campaign.get(condition.parameter, ""),)
        case fact:
            return (str(getattr(facts, fact)),)


def _overlap(condition: Condition, facts: Facts) -> bool:
    wanted = {value.casefold() for value in condition.values}
    return any(value.casefold() in wanted for value in known(condition, facts))
