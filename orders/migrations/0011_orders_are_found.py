import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import orders.models.search

# The cost keeps the planner from computing the groups of every row where it may look them up.
FUNCTIONS = r"""
CREATE FUNCTION orders_search_text(number text, email text, first_name text, last_name text, phone text, postal_code text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ' ' || regexp_replace(
        normalize(lower(concat_ws(
            ' ', number, replace(number, '-', ''), email, first_name, last_name, phone,
            regexp_replace(phone, '\D', '', 'g'), postal_code
        )), NFKD),
        '[\u0300-\u036f]', '', 'g'
    ) || ' '
$$;
CREATE FUNCTION orders_trigrams(words text)
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
    SELECT array(SELECT substr(words, i, 3) FROM generate_series(1, length(words) - 2) i)
$$;
"""


class Migration(migrations.Migration):
    """Orders are found by parts of words, without an extension and without stopping writers while the index is built."""

    atomic = False
    dependencies = [
        ("funnels", "0005_queued_payments"),
        ("integrations", "0005_limits"),
        ("orders", "0010_payment_method_and_finish"),
    ]

    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION orders_trigrams; DROP FUNCTION orders_search_text;",
        ),
        AddIndexConcurrently(
            model_name="order",
            index=django.contrib.postgres.indexes.GinIndex(
                orders.models.search.Trigrams(
                    orders.models.search.SearchText(
                        "number", "email", "first_name", "last_name", "phone", "postal_code"
                    )
                ),
                name="order_search",
            ),
        ),
        AddIndexConcurrently(model_name="order", index=models.Index(fields=["-created_at"], name="order_recent")),
        AddIndexConcurrently(model_name="order", index=models.Index(fields=["total"], name="order_total")),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("refunded__gt", 0)), fields=["-created_at"], name="order_given_back"
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass("reference", name="varchar_pattern_ops"),
                name="payment_reference",
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("unknown_since__isnull", False)), fields=["unknown_since"], name="payment_unknown"
            ),
        ),
        AddIndexConcurrently(
            model_name="storedmethod", index=models.Index(fields=["last4"], name="stored_method_last4")
        ),
        AddIndexConcurrently(
            model_name="externalreference",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass("reference", name="varchar_pattern_ops"),
                name="external_reference_found",
            ),
        ),
    ]
