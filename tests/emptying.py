"""Emptying the tables after a test that committed: only those that hold rows, without what migrations put there.

Django truncates every table and then has `post_migrate` fill some again, which costs more than many a test.
"""

from django.db import connection, transaction

FROM_MIGRATIONS = frozenset({"django_content_type", "auth_permission", "django_q_schedule"})


def empty_tables() -> None:
    """Delete every row that a test may have left behind, once nobody writes any more; triggers are not asked."""
    names = connection.introspection.django_table_names(only_existing=False, include_views=False)
    tables = {name: connection.ops.quote_name(name) for name in sorted(set(names) - FROM_MIGRATIONS)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables.values())} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(" UNION ALL ".join(_name_if_filled(name, table) for name, table in tables.items()))
        filled = [tables[row[0]] for row in cursor.fetchall()]
        if filled:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in filled))


def _name_if_filled(name: str, table: str) -> str:
    return f"SELECT '{name}' WHERE EXISTS (SELECT FROM {table})"
