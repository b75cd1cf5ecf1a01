"""Stripe's search language, the part the product uses: `field:'value'`, `metadata['key']:'value'`, `AND`, `-`, `>`.

Real search lags behind writes by up to a minute; this one does not, so code that needs the newest state must list.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from integrations.sandbox.stripe.errors import invalid
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry

CLAUSE = re.compile(
    r"""\s*(?P<not>-)?(?P<field>\w+)(?:\[(?P<kq>['"])(?P<key>.*?)(?P=kq)\])?"""
    r"""(?P<op>:|~|<=|>=|<|>)(?:(?P<q>['"])(?P<text>.*?)(?P=q)|(?P<bare>[\w.]+))\s*"""
)
FIELDS = frozenset({"amount", "created", "currency", "customer", "metadata", "status"})
ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
type Test = Callable[[Entry], bool]


def run(ledger: Ledger, name: str, url: str, params: dict[str, Any]) -> Entry:
    """A search result page, newest first; `page` continues where `next_page` pointed."""
    tests = parse(params.get("query") or "")
    found = [entry for entry in ledger.newest_first(name) if all(test(entry) for test in tests)]
    start, limit = page_start(params.get("page")), params.get("limit", 10)
    following = start + limit
    more = following < len(found)
    result: Entry = {"object": "search_result", "data": found[start:following], "has_more": more, "url": url}
    return {**result, "next_page": str(following)} if more else result


def page_start(page: str | None) -> int:
    if page is None:
        return 0
    if not page.isdigit():
        raise invalid("Invalid page token.", param="page")
    return int(page)


def parse(query: str) -> list[Test]:
    if not query.strip():
        raise invalid("Missing required param: query.", code="parameter_missing", param="query")
    tests, position = [], 0
    while True:
        match = CLAUSE.match(query, position)
        if match is None or match["field"] not in FIELDS:
            raise invalid(f"We were unable to parse your search query near: {query[position:]}", param="query")
        tests.append(build_test(match))
        position = match.end()
        if position == len(query):
            return tests
        if query[position : position + 4].upper() == "AND ":
            position += 4


def build_test(match: re.Match[str]) -> Test:
    field, key, sign, negated = match["field"], match["key"], match["op"], bool(match["not"])
    wanted = match["text"] if match["q"] else match["bare"]

    def value_of(entry: Entry) -> Any:
        return entry["metadata"].get(key) if field == "metadata" else entry.get(field)

    def test(entry: Entry) -> bool:
        value = value_of(entry)
        if value is None:
            return negated
        if sign == ":":
            return (str(value) == wanted) != negated
        if sign == "~":
            return (wanted in str(value)) != negated
        return ORDERINGS[sign](value, float(wanted)) != negated

    return test
