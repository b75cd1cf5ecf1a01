import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

import orders.models.search


class Migration(migrations.Migration):
    """Customers are found by parts of words, as orders are, and orders sorted by their totals without sorting them all.

    Writers are not stopped while the indexes are built.
    """

    atomic = False
    dependencies = [("orders", "0020_mail_of_a_payment_that_failed")]

    operations = [
        AddIndexConcurrently(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                orders.models.search.Trigrams(orders.models.search.customer_search_text()), name="customer_search"
            ),
        ),
        AddIndexConcurrently(model_name="order", index=models.Index(fields=["total", "id"], name="order_by_total")),
        RemoveIndexConcurrently(model_name="order", name="order_total"),
    ]
