"""The pages of the second factor, and the gate in front of the admin that asks for it.

`STAFF_SECOND_FACTOR` is "required" (who has none sets one up at the next sign-in) or "offered" (who has one is asked).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods

from funnels.access import second_factor
from funnels.access.second_factor import Locked, WrongCode
from funnels.models import SecondFactor

PASSED, SEEN = "second_factor", "second_factor_seen"
POLICY: Any = settings.ADMIN_CSP
WRONG = _lazy("This code is not right, or was used before. Wait for the next one and try again.")

type View = Callable[[HttpRequest, User], HttpResponse]


def passed(request: HttpRequest) -> bool:
    """Whether the person has proved all that is asked of them in this session."""
    if not isinstance(request.user, User):
        return False
    factor = second_factor.confirmed(request.user)
    if factor is None:
        return bool(settings.STAFF_SECOND_FACTOR != "required")
    return bool(request.session.get(PASSED) == _proof(factor))


def next_page(request: HttpRequest, user: User) -> str:
    """Where somebody goes who is signed in and has not passed yet."""
    name = "second-factor" if second_factor.confirmed(user) else "second-factor-set-up"
    return f"{reverse(name)}?{urlencode({'next': _next(request)})}"


def _staff(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """For people who have given their password, whether or not they have passed."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not (isinstance(user, User) and user.is_active and user.is_staff):
            return redirect(f"{reverse('admin:login')}?{urlencode({'next': request.get_full_path()})}")
        return view(request, user)

    return csp_override(POLICY)(never_cache(require_http_methods(["GET", "POST"])(guarded)))


@_staff
def prove(request: HttpRequest, user: User) -> HttpResponse:
    """Ask for a code."""
    if second_factor.confirmed(user) is None:
        return redirect("second-factor-set-up")
    error = ""
    if request.method == "POST":
        try:
            factor = second_factor.check(user, request.POST.get("code", ""))
        except WrongCode:
            error = str(WRONG)
        except Locked as locked:
            error = _("Too many wrong codes. Try again at %s.") % f"{locked.until:%H:%M} UTC"
        else:
            _let_in(request, factor)
            return redirect(_next(request))
    return _render(request, "prove", _("One more step"), error=error)


@_staff
def set_up(request: HttpRequest, user: User) -> HttpResponse:
    """Show the picture that the authenticator app reads, and take its first code."""
    if second_factor.confirmed(user) is not None:
        return redirect("second-factor-manage")
    factor, error = second_factor.begin(user, seen=request.session.get(SEEN, "")), ""
    request.session[SEEN] = second_factor.mark(factor)
    if request.method == "POST":
        try:
            codes = second_factor.confirm(user, request.POST.get("code", ""))
        except WrongCode:
            error = _("This is not the code that the app shows for this picture. Is the clock of your phone right?")
        else:
            factor.refresh_from_db()
            _let_in(request, factor)
            return _render(request, "codes", _("Keep these codes"), codes=codes)
    picture = SafeString(segno.make(second_factor.address(factor)).svg_inline(scale=5, border=2))
    return _render(
        request,
        "set_up",
        _("Set up a second factor"),
        picture=picture,
        secret=second_factor.secret(factor),
        error=error,
    )


@_staff
def manage(request: HttpRequest, user: User) -> HttpResponse:
    """New backup codes, or the end of the factor; both ask for a code once more."""
    if not passed(request):
        return redirect(next_page(request, user))
    factor, error = second_factor.confirmed(user), ""
    if factor is None:
        return redirect("second-factor-set-up")
    if request.method == "POST":
        try:
            second_factor.check(user, request.POST.get("code", ""))
        except (WrongCode, Locked):
            error = str(WRONG)
        else:
            return _managed(request, user)
    return _render(request, "manage", _("Second factor"), factor=factor, left=len(factor.backup_codes), error=error)


def _managed(request: HttpRequest, user: User) -> HttpResponse:
    if "remove" in request.POST:
        second_factor.remove(user)
        messages.success(request, _("Your second factor is removed."))
        return redirect("second-factor-set-up" if settings.STAFF_SECOND_FACTOR == "required" else "admin:index")
    return _render(request, "codes", _("Keep these codes"), codes=second_factor.renew_codes(user))


def _let_in(request: HttpRequest, factor: SecondFactor) -> None:
    """The session gets a new key: who knows the one from before the proof has nothing."""
    request.session.cycle_key()
    request.session[PASSED] = _proof(factor)


def _proof(factor: SecondFactor) -> str:
    """Bound to the factor, so that a new one is asked for in every session."""
    assert factor.confirmed_at is not None
    return factor.confirmed_at.isoformat()


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("admin:index")


def _render(request: HttpRequest, page: str, title: str, **context: Any) -> HttpResponse:
    shared = {**admin.site.each_context(request), "title": title, "next": _next(request)}
    return render(request, f"admin/second_factor/{page}.html", {**shared, **context})


class ChoosePassword(PasswordResetConfirmView):
    """Where an invitation leads: Django's own check of the link, in the admin's look."""

    template_name = "admin/choose_password.html"
    success_url = reverse_lazy("admin:login")
    title = _lazy("Choose a password")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


choose_password = csp_override(POLICY)(ChoosePassword.as_view())

urlpatterns: list[URLPattern] = [
    path("", prove, name="second-factor"),
    path("set-up/", set_up, name="second-factor-set-up"),
    path("manage/", manage, name="second-factor-manage"),
]
