"""Which tables the trail covers, and the triggers that write it; installed anew after every migration."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connections, models
from django.db.models.constants import LOOKUP_SEP

TRIGGER = "stepwell_trail"
TRAIL = "integrations_trailentry"


@dataclass(frozen=True, slots=True)
class Watched:
    """`subject`, `tenant` and `order` are lookups from the model, as in a query, to a name and to primary keys.

    Columns in `hidden` are told without their values, those in `unnoticed` are no change at all.
    """

    model: type[models.Model]
    subject: str = ""
    tenant: str = ""
    order: str = ""
    hidden: Collection[str] = ()
    unnoticed: Collection[str] = ()


_watched: dict[type[models.Model], Watched] = {}
_exempt: dict[type[models.Model], str] = {}


def watch(model: type[models.Model], **how: Any) -> None:
    """Put a model's table on the trail; the arguments are `Watched`'s."""
    _watched[model] = Watched(model, **how)


def leave(*unwatched: type[models.Model], because: str) -> None:
    """Say why a model's table is not on the trail."""
    _exempt.update(dict.fromkeys(unwatched, because))


def watched() -> Collection[Watched]:
    return _watched.values()


def exempt() -> Collection[type[models.Model]]:
    return _exempt.keys()


def install(*, using: str = "default") -> None:
    """Make the functions and triggers of every watched table whose table exists."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    if TRAIL not in existing:
        return
    ready = [entry for entry in _watched.values() if entry.model._meta.db_table in existing]
    with connection.cursor() as cursor:
        cursor.execute("\n".join(statement(entry) for entry in ready))


def statement(entry: Watched) -> str:
    """The SQL that puts a table on the trail, whether or not it is there already."""
    table = entry.model._meta.db_table
    columns = {field.column for field in entry.model._meta.local_concrete_fields}
    row = f"row.{entry.model._meta.pk.column}"
    return _TRIGGER.format(
        trigger=TRIGGER,
        name=f"trail_of_{table}",
        table=table,
        trail=TRAIL,
        label=entry.model._meta.label_lower,
        row=row,
        subject=f"coalesce({_value(entry.model, entry.subject)}::text, '')" if entry.subject else "''",
        currency="row.currency" if "currency" in columns else "''",
        tenant=_value(entry.model, entry.tenant) if entry.tenant else "NULL",
        order=_value(entry.model, entry.order) if entry.order else "NULL",
        hidden=_array(_columns(entry.model, entry.hidden)),
        unnoticed=_array(_columns(entry.model, entry.unnoticed)),
    )


def _value(model: type[models.Model], lookup: str, row: str = "row") -> str:
    """An expression for what a lookup leads to; every foreign key but the last is followed by a subquery of its own."""
    name, _, rest = lookup.partition(LOOKUP_SEP)
    field: Any = model._meta.get_field(name)
    own = f"{row}.{field.column}"
    if not rest:
        return own
    related = field.related_model
    inner = _value(related, rest, related._meta.db_table)
    table, key = related._meta.db_table, related._meta.pk.column
    return f"(SELECT {inner} FROM {table} WHERE {table}.{key} = {own})"  # noqa: S608 - made of names from our models


def _columns(model: type[models.Model], names: Collection[str]) -> list[str]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    return [field.column for field in fields]


def _array(columns: Collection[str]) -> str:
    return "ARRAY[{}]::text[]".format(", ".join(f"'{column}'" for column in columns))


# An update without a noticeable change writes nothing. What the session says of who acts is empty outside `acting`.
_TRIGGER = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    row {table}%ROWTYPE;
    changed jsonb;
BEGIN
    row := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(after.key, CASE WHEN after.key = ANY ({hidden}) THEN 'null'::jsonb
                                           ELSE jsonb_build_array(before.value, after.value) END)
          INTO changed
          FROM jsonb_each(to_jsonb(NEW)) AS after JOIN jsonb_each(to_jsonb(OLD)) AS before USING (key)
         WHERE after.value IS DISTINCT FROM before.value AND after.key <> ALL ({unnoticed});
        IF changed IS NULL THEN
            RETURN NULL;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT jsonb_object_agg(key, CASE WHEN key = ANY ({hidden}) THEN 'null'::jsonb ELSE value END)
          INTO changed FROM jsonb_each(to_jsonb(OLD)) WHERE key <> ALL ({unnoticed});
    END IF;
    INSERT INTO {trail} (at, deed, "table", row, subject, changes, currency, tenant, order_id,
                         actor, address, page, program, database_user, transaction)
    VALUES (clock_timestamp(), TG_OP, '{label}', {row}::text, {subject}, changed, {currency}, {tenant}, {order},
            coalesce(current_setting('stepwell.actor', true), ''),
            coalesce(current_setting('stepwell.address', true), ''),
            coalesce(current_setting('stepwell.page', true), ''),
            current_setting('application_name'), session_user, pg_current_xact_id()::text::bigint);
    RETURN NULL;
END $body$;
CREATE OR REPLACE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();
"""
