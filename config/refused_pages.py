"""The pages for "not allowed" and "not found": within the admin they wear the admin's look, elsewhere the shopper's."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.defaults import page_not_found, permission_denied

from config.admin import POLICY


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_staffs(request):
        return permission_denied(request, exception)
    text = _("Your role does not include it. An owner of the shop can give you another one.")
    return _told(request, 403, _("You may not open this page"), text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_staffs(request):
        return page_not_found(request, exception)
    text = _("The address may be mistyped, or what was here belongs to a shop that you do not work for.")
    return _told(request, 404, _("There is nothing here"), text)


def _is_staffs(request: HttpRequest) -> bool:
    """Whether somebody who is signed in to the admin asked for a page of it; what fails before that is nobody's."""
    signed_in = hasattr(request, "user") and admin.site.has_permission(request)
    return signed_in and request.path.startswith(reverse("admin:index"))


@csp_override(POLICY)
def _told(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "text": text}
    return render(request, "admin/refused.html", context, status=status)
