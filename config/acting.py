"""Telling the audit trail who acts, in every request of a person who is signed in to the admin."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from integrations.client_address import client_ip
from integrations.trail.acting import acting


class StaffOnTheTrail:
    """Shoppers' requests pass untouched: they are anonymous, and not one statement of theirs grows longer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The cookie first: without it nobody is signed in, and the user need not be asked for.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.path.startswith(reverse("admin:index")):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return self.get_response(request)
        with acting(request.user.get_username(), address=client_ip(request) or "", page=request.path):
            return self.get_response(request)
