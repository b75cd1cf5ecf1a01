"""Admin lists of tables that grow for ever: counted only so far, and searched where an index answers or only few are read."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000
MOST_FOUND = 500
# Among so many a search may look at every row for what no index tells.
NEWEST = 5_000


class CountedSoFar(Paginator):  # type: ignore[type-arg]
    """Counts up to `MOST_COUNTED`: nobody turns to the last page of a million by its number."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


def found_in(rows: QuerySet[Any], *indexed: Q, newest: Q, by: str = "-pk") -> QuerySet[Any]:
    """The rows for which one of `indexed` holds, each asked for itself so that its index answers, or `newest` does.

    `newest` is tried on the first `NEWEST` rows in the order `by` only.
    """
    keys: set[Any] = set()
    for condition in indexed:
        keys.update(rows.filter(condition).order_by().values_list("pk", flat=True)[:MOST_FOUND])
    recent = rows.order_by(by).values("pk")[:NEWEST]
    keys.update(rows.filter(newest, pk__in=recent).order_by().values_list("pk", flat=True)[:MOST_FOUND])
    return rows.filter(pk__in=keys)
