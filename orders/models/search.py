"""The words by which an order is found, as PostgreSQL computes them; both functions are made by a migration.

PostgreSQL's own `pg_trgm` is an extension that not every server has, so the three-letter groups are an array of ours with
an ordinary GIN index.
"""

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, TextField, Value

SEARCHED = ("number", "email", "first_name", "last_name", "phone", "postal_code")


class SearchText(Func):
    """Everything of an order that a shopper would say: plain small letters, words between single spaces."""

    function = "orders_search_text"
    output_field = TextField()


class Trigrams(Func):
    """Each group of three characters of a text."""

    function = "orders_trigrams"
    output_field = ArrayField(TextField())


def search_text() -> SearchText:
    return SearchText(*SEARCHED)


def customer_search_text() -> SearchText:
    """Everything of a customer that staff would look for, by the function that knows orders."""
    return SearchText("external_id", "email", "first_name", "last_name", Value(""), Value(""))
