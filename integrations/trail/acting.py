"""Telling the database who acts, for the changes of a signed-in person.

The names travel with each writing statement as settings of its own transaction, so that they cannot outlive it on a
connection that others use next, and hold even where a deed gives its connection back while a provider is asked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# What changes nothing, or cannot stand behind another statement.
_READS = ("select", "savepoint", "release", "rollback", "set ", "declare", "fetch", "close", "lock", "explain", "copy")
_TELL = (
    "SELECT set_config('stepwell.actor', %s, true), set_config('stepwell.address', %s, true), "
    "set_config('stepwell.page', %s, true); "
)

type Execute = Callable[[Any, Any, bool, dict[str, Any]], Any]


@contextmanager
def acting(actor: str, *, address: str = "", page: str = "") -> Iterator[None]:
    """Within it, what this thread writes stands on the trail with this name, network address and page."""
    told = (actor[:150], address[:45], page[:200])

    def tell(execute: Execute, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if many or isinstance(params, dict) or not _writes(sql):
            return execute(sql, params, many, context)
        # Without parameters a statement's percent signs stand for themselves.
        own = sql if params is not None else sql.replace("%", "%%")
        result = execute(_TELL + own, (*told, *(params or ())), many, context)
        # The answer of the statement itself is behind that of the names.
        context["cursor"].nextset()
        return result

    with connection.execute_wrapper(tell):
        yield


def _writes(sql: Any) -> bool:
    return isinstance(sql, str) and not sql.lstrip().lower().startswith(_READS)
