"""Offer rules: when an offer is shown. Read from JSON, judged by a pure function, told in plain words.

A rule is a tree of groups, in which all or any of the parts must hold, and of conditions on what is known of an order. As
JSON, which a draft and a published version hold:

    {"match": "all", "rules": [
        {"fact": "total", "test": "at_least", "value": 5000},
        {"match": "any", "rules": [
            {"fact": "country", "test": "one_of", "value": ["US", "CA"]},
            {"fact": "campaign", "parameter": "utm_source", "test": "one_of", "value": ["newsletter"]}]}]}

`{}` always holds. `docs/offers.md` lists the facts with their tests.
"""

from funnels.rules.judging import Reason, Verdict, holds
from funnels.rules.reading import RuleError, dump, parse
from funnels.rules.tree import ALWAYS, Condition, Fact, Facts, Group, Match, Operator, Rule, conditions, with_fact
from funnels.rules.wording import because, sentence, was

__all__ = [
    "ALWAYS",
    "Condition",
    "Fact",
    "Facts",
    "Group",
    "Match",
    "Operator",
    "Reason",
    "Rule",
    "RuleError",
    "Verdict",
    "because",
    "conditions",
    "dump",
    "holds",
    "parse",
    "sentence",
    "was",
    "with_fact",
]
