"""What the same server, middleware and database do for a page with next to no code: the floor to compare pages with."""

from django.db import connection
from django.http import HttpRequest, HttpResponse


def bare(_request: HttpRequest, queries: int, size: int) -> HttpResponse:
    """Look `queries` rows up by primary key, without models, and answer with `size` bytes."""
    with connection.cursor() as cursor:
        for key in range(queries):
            cursor.execute("SELECT * FROM integrations_connection WHERE id = %s", [key])
            cursor.fetchall()
    return HttpResponse(b"x" * size)
