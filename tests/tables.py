"""Emptying the tables after a test that committed, and filling them again with rows that were made once.

Django truncates every table and then has `post_migrate` fill some again, which costs more than many a test. Neither way
asks triggers: what they wrote is among the rows. Only a superuser may do so, as on the tests' own server.
"""

from collections.abc import Mapping

from django.db import connection, transaction

FROM_MIGRATIONS = frozenset({"django_content_type", "auth_permission", "django_q_schedule"})
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"

type Rows = Mapping[str, bytes]


def empty_tables() -> None:
    """Delete every row that a test may have left behind, once nobody writes any more; what migrations put there stays."""
    tables = _tables()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        if filled := _filled(tables):
            cursor.execute(WITHOUT_TRIGGERS)
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in filled))


def read_rows() -> Rows:
    """All that `empty_tables` would delete, by table, in the form of PostgreSQL's COPY."""
    rows = {}
    with connection.cursor() as cursor:
        for table in _filled(_tables()):
            with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                rows[table] = b"".join(copy)
    return rows


def write_rows(rows: Rows) -> None:
    """Put rows that were read earlier into empty tables, with the keys they had."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WITHOUT_TRIGGERS)
        for table, content in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(content)


def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=False, include_views=False)
    return [connection.ops.quote_name(name) for name in sorted(set(names) - FROM_MIGRATIONS)]


def _filled(tables: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables))
        return [table for (table,) in cursor.fetchall()]
