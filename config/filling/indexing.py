"""Writing millions of rows into tables whose indexes are made afterwards, which takes a fraction of the time."""

import contextlib
from collections.abc import Iterable, Iterator

from django.db import connection, models

# Indexes that stand for no constraint: uniqueness stays, for rows are written beside those that are there.
DROPPABLE = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique
"""


@contextlib.contextmanager
def indexed_afterwards(tables: Iterable[type[models.Model]]) -> Iterator[None]:
    """Within a transaction, so that nobody ever meets the tables without their indexes."""
    with connection.cursor() as cursor:
        cursor.execute(DROPPABLE, [[model._meta.db_table for model in tables]])
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _name, definition in found:
            cursor.execute(definition)
