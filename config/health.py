"""Liveness: the process answers and the database answers it."""

from django.db import connection
from django.http import HttpRequest, JsonResponse


def alive(_request: HttpRequest) -> JsonResponse:
    """200 {"status": "ok"} when a query succeeds; a failing database raises, which is a 500."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
