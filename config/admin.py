"""The staff's site: Unfold's, with one content security policy for all its responses."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite

from config import second_factor, signing_in

POLICY: Any = settings.ADMIN_CSP

type View = Callable[..., HttpResponse]


class StaffSite(UnfoldAdminSite):
    """Everything under /admin/. Which rows a person sees is decided by each page's `MerchantScoped`, not here."""

    site_title = _("Stepwell")
    site_header = _("Stepwell")
    index_title = _("Today")
    enable_nav_sidebar = True
    index_template = "admin/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_permission(request) and second_factor.passed(request))

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        guarded: View = csp_override(POLICY)(super().admin_view(view, cacheable))
        return wraps(view)(guarded)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        user = request.user
        if request.method == "GET" and isinstance(user, User) and user.is_staff and not second_factor.passed(request):
            return redirect(second_factor.next_page(request, user))
        if refusal := signing_in.refusal(request):
            return refusal
        view: View = csp_override(POLICY)(super().login)
        response = view(request, extra_context)
        signing_in.note(request, response)
        return response
