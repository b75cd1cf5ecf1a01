"""The reports, for those who may read them; a person's own merchants only, whatever the address asks for."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from checkout.reports import asking
from checkout.reports.page import report
from checkout.reports.picking import Picker
from checkout.reports.tables import By, lines, table


def page(request: HttpRequest) -> HttpResponse:
    picker, by = Picker(_reader(request), request.GET), _by(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Reports"),
        "picker": picker,
        "page": report(picker, by),
        "tabs": [(choice.value, choice.label, _with(request, by=choice.value)) for choice in By],
        "csv_query": _with(request, by=by.value),
    }
    return render(request, "admin/reports/page.html", context)


def download(request: HttpRequest) -> StreamingHttpResponse:
    """The table of the page, as CSV."""
    picker, by = Picker(_reader(request), request.GET), _by(request)
    facts = asking.steps(picker.user, picker.period, picker.narrowed)
    shown = table(facts, by, picker.period, picker.unit)
    name = f"{by.value}-{picker.period.first:%Y%m%d}-{picker.period.last:%Y%m%d}-{picker.unit}.csv"
    response = StreamingHttpResponse(lines(shown), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _reader(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.has_perm(asking.MAY_READ):
        raise PermissionDenied
    return request.user


def _by(request: HttpRequest) -> By:
    asked = request.GET.get("by", "")
    return By(asked) if asked in By.values else By.DAY


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return query.urlencode()
