"""Writing rows by the million: one INSERT … SELECT for each table, with the model's own defaults for what is not told."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], columns: Mapping[str, str], source: str) -> int:
    """Insert what `source` selects; `columns` are SQL expressions by column. Returns the number of rows.

    Columns that are not told get the field's default, so that a new field needs no change here.
    """
    options = model._meta
    given = dict(columns)
    values: list[Any] = []
    for field in options.local_concrete_fields:
        left_to_the_database = field.has_db_default() or field.generated or isinstance(field, models.AutoField)
        if field.column not in given and not left_to_the_database:
            given[str(field.column)] = f"%s::{field.db_type(connection)}"
            default = None if field.null and not field.has_default() else field.get_default()
            values.append(field.get_db_prep_save(default, connection))
    names = ", ".join(f'"{name}"' for name in given)
    with connection.cursor() as cursor:
        # Expressions are ours and may hold a "%"; the parameters are the defaults only.
        expressions = ", ".join(text if text.startswith("%s::") else text.replace("%", "%%") for text in given.values())
        cursor.execute(
            f'INSERT INTO "{options.db_table}" ({names}) SELECT {expressions} {source.replace("%", "%%")}',
            values,
        )
        return int(cursor.rowcount)


def table_of(model: type[models.Model]) -> str:
    return str(model._meta.db_table)


def take_ids(model: type[models.Model], count: int) -> int:
    """Reserve so many primary keys in a row; the last one before them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table_of(model)])
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT nextval(%s)", [sequence])
        first = int(cursor.fetchone()[0])
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + count])
    return first
