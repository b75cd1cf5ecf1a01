"""Failed sign-ins of staff are counted by address and by user name; too many are answered 429 without a look at the password."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integrations import limits
from integrations.client_address import client_ip, visitor
from integrations.limits import Subject


def refusal(request: HttpRequest) -> HttpResponse | None:
    """The answer to a sign-in that comes after too many failed ones; None where it may be tried."""
    if request.method != "POST" or (refused := limits.refused(looking=_subjects(request))) is None:
        return None
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(refused.seconds)
    return response


def note(request: HttpRequest, response: HttpResponse) -> None:
    """Count a sign-in that failed: one that went well is answered with a redirect."""
    if request.method == "POST" and response.status_code == 200:
        limits.count(*_subjects(request))


def _subjects(request: HttpRequest) -> list[Subject]:
    return [
        ("login_ip", visitor(client_ip(request))),
        ("login_user", request.POST.get("username", "").strip().lower()),
    ]
