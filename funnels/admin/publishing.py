"""Publish and unpublish, each with a page that says what will happen before it does."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from funnels import publishing
from funnels.admin.page import build
from funnels.editor.comparing import Difference, compare
from funnels.models import Funnel, FunnelVersion
from funnels.publishing import NotReady

NOTE_LENGTH = 200


class PublishingViews(BaseModelAdmin):  # type: ignore[type-arg]
    """Adds the addresses to the funnel's admin page. A GET only tells; a POST does."""

    def get_urls(self) -> list[URLPattern]:
        def route(address: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            guarded = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(view))
            return path(f"<int:funnel_id>/{address}/", guarded, name=f"funnels_funnel_{name}")

        return [
            route("publish", "publish", self.publish_view),
            route("unpublish", "unpublish", self.unpublish_view),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def publish_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        funnel = self._changeable(request, funnel_id)
        differences = changes_since(funnel, funnel.published)
        if request.method == "POST":
            return self._publish(request, funnel, differences)
        return self._render(
            request,
            funnel,
            "admin/funnels/funnel/publish.html",
            _("Publish “%s”?") % funnel.name,
            differences=differences,
            first=funnel.published is None,
        )

    def _publish(self, request: HttpRequest, funnel: Funnel, differences: tuple[Difference, ...]) -> HttpResponse:
        if not differences and funnel.published is not None:
            messages.info(request, _("Nothing has changed since version %d.") % funnel.published.number)
            return redirect("admin:funnels_funnel_publish", funnel.pk)
        note = request.POST.get("note", "").strip()[:NOTE_LENGTH]
        try:
            version = publishing.publish(funnel=funnel, by=_person(request), note=note)
        except NotReady:
            messages.error(request, _("The funnel is not ready; nothing was published."))
            return redirect("admin:funnels_funnel_publish", funnel.pk)
        return self._done(request, funnel, _("Version %d is on sale.") % version.number)

    def unpublish_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        funnel = self._changeable(request, funnel_id)
        if request.method == "POST":
            publishing.unpublish(funnel=funnel)
            return self._done(request, funnel, _("“%s” is off sale.") % funnel.name)
        return self._render(
            request,
            funnel,
            "admin/funnels/funnel/confirm.html",
            _("Take “%s” off sale?") % funnel.name,
            text=_("Nobody can begin a new purchase. Shoppers who have begun one go on."),
            button=_("Take it off sale"),
        )

    def _changeable(self, request: HttpRequest, funnel_id: int) -> Funnel:
        """The funnel, if the person may see it (404 otherwise) and change it (403 otherwise)."""
        funnel: Funnel = get_object_or_404(self.get_queryset(request), pk=funnel_id)
        if not self.has_change_permission(request, funnel):
            raise PermissionDenied
        return funnel

    def _done(self, request: HttpRequest, funnel: Funnel, text: str) -> HttpResponse:
        self.log_change(request, funnel, text)  # type: ignore[attr-defined]
        messages.success(request, text)
        return redirect("admin:funnels_funnel_change", funnel.pk)

    def _render(self, request: HttpRequest, funnel: Funnel, template: str, title: str, **context: Any) -> HttpResponse:
        """A page that also shows what the funnel's own page tells."""
        return self._told(request, funnel, template, title, page=build(request, funnel), **context)

    def _told(
        self, request: HttpRequest, funnel: Funnel | None, template: str, title: str, **context: Any
    ) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "original": funnel, "title": title}
        return render(request, template, {**shared, **context})


def accounts_of(funnel: Funnel) -> dict[int, str]:
    """Names of the merchant's connections, for telling what differs."""
    return dict(funnel.merchant.connections().values_list("pk", "name"))


def changes_since(funnel: Funnel, version: FunnelVersion | None) -> tuple[Difference, ...]:
    """What publishing the draft would change for shoppers of this version."""
    return compare(version.spec if version else None, publishing.compile_draft(funnel), accounts_of(funnel))


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
