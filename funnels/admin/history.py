"""A funnel's versions: what each changed and sold; going back to one, for shoppers or for the draft."""

from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from funnels import publishing
from funnels.access.roles import reads_reports
from funnels.admin.publishing import PublishingViews, accounts_of, changes_since
from funnels.editor import copying
from funnels.editor.comparing import Difference, compare, only_funnel
from funnels.models import Funnel, FunnelVersion
from funnels.sales import Sales, sales_of
from funnels.spec_words import language
from integrations.money import Money

VERSIONS_ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """`differences` is what the version changed for shoppers against the one before; empty for the first."""

    version: FunnelVersion
    current: bool
    by: str
    orders: int
    revenue: str
    differences: tuple[Difference, ...]


class HistoryViews(PublishingViews):
    """Adds the addresses to the funnel's admin page. A GET only tells; a POST does."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts = require_http_methods(["GET", "POST"])
        return [
            path("<int:funnel_id>/versions/", wrap(require_safe(self.versions_view)), name="funnels_funnel_versions"),
            path(
                "<int:funnel_id>/versions/<int:version_id>/roll-back/",
                wrap(acts(self.roll_back_view)),
                name="funnels_funnel_roll_back",
            ),
            path(
                "<int:funnel_id>/versions/<int:version_id>/restore/",
                wrap(acts(self.restore_view)),
                name="funnels_funnel_restore",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The funnel's own page tells whether its draft is what is on sale."""
        funnel = self.get_object(request, object_id)  # type: ignore[attr-defined]
        on_sale = funnel.published if funnel is not None else None
        told = {"unpublished": changes_since(funnel, on_sale) if on_sale else (), **(extra_context or {})}
        response: HttpResponse = super().change_view(request, object_id, form_url, told)  # type: ignore[misc]
        return response

    def versions_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        funnel = self._visible(request, funnel_id)
        shown = Paginator(funnel.versions.select_related("published_by"), VERSIONS_ON_A_PAGE).get_page(
            request.GET.get("page")
        )
        return self._told(
            request,
            funnel,
            "admin/funnels/funnel/history.html",
            _("Versions of “%s”") % funnel.name,
            pages=shown,
            entries=_entries(funnel, list(shown)),
            unpublished=changes_since(funnel, funnel.published) if funnel.published else (),
            may_change=self.has_change_permission(request, funnel),
            reads_reports=reads_reports(request.user, funnel.merchant_id),
        )

    def _visible(self, request: HttpRequest, funnel_id: int) -> Funnel:
        """The funnel, if the person may see it: 404 for another merchant's, 403 without the permission."""
        funnel: Funnel = get_object_or_404(self.get_queryset(request), pk=funnel_id)
        if not self.has_view_permission(request, funnel):
            raise PermissionDenied
        return funnel

    def roll_back_view(self, request: HttpRequest, funnel_id: int, version_id: int) -> HttpResponse:
        funnel = self._changeable(request, funnel_id)
        version = get_object_or_404(funnel.versions, pk=version_id)
        if request.method == "POST":
            publishing.roll_back(funnel=funnel, version=version)
            return self._done(request, funnel, _("Version %d is on sale again.") % version.number)
        on_sale = funnel.published
        return self._told(
            request,
            funnel,
            "admin/funnels/funnel/go_back.html",
            _("Publish version %d again?") % version.number,
            text=_(
                "New purchases get that version, with its prices. The draft and purchases under way stay as they are."
            ),
            heading=_("What changes for new shoppers"),
            nothing=_("Nothing: it is on sale already, or sells the same."),
            differences=compare(on_sale.spec if on_sale else None, version.spec, accounts_of(funnel)),
            button=_("Publish version %d again") % version.number,
        )

    def restore_view(self, request: HttpRequest, funnel_id: int, version_id: int) -> HttpResponse:
        funnel = self._changeable(request, funnel_id)
        version = get_object_or_404(funnel.versions, pk=version_id)
        if request.method == "POST":
            copying.restore(funnel=funnel, version=version)
            text = _("The draft is what version %d was.") % version.number
            return self._done(request, funnel, " ".join([text, _kept(funnel, version)]).strip())
        draft = publishing.compile_draft(funnel)
        differences = compare(draft, replace(version.spec, handle=draft.handle), accounts_of(funnel))
        return self._told(
            request,
            funnel,
            "admin/funnels/funnel/go_back.html",
            _("Make version %d the draft again?") % version.number,
            text=_(
                "The draft's steps, words, prices, look and accounts become what they were then. What is on sale stays as it"
                " is until you publish. Products, delivery, taxes and the address stay as they are today."
            ),
            heading=_("What changes in the draft"),
            nothing=_("Nothing: the draft is what this version was."),
            differences=only_funnel(differences),
            button=_("Make it the draft"),
        )


def _entries(funnel: Funnel, versions: list[FunnelVersion]) -> list[VersionEntry]:
    """`versions` are consecutive, the newest first."""
    if not versions:
        return []
    accounts, sold = accounts_of(funnel), sales_of([version.pk for version in versions])
    earlier = funnel.versions.filter(number__lt=versions[-1].number).first()
    entries = []
    for version, before in zip(versions, [*versions[1:], earlier], strict=True):
        sales = sold.get(version.pk, Sales())
        entries.append(
            VersionEntry(
                version=version,
                current=version.pk == funnel.published_id,
                by=version.published_by.get_username() if version.published_by else "",
                orders=sales.orders,
                revenue=Money(sales.revenue, version.spec.currency).format(language()),
                differences=compare(before.spec, version.spec, accounts) if before else (),
            )
        )
    return entries


def _kept(funnel: Funnel, version: FunnelVersion) -> str:
    """What a restored draft has of today all the same."""
    fresh = Funnel.objects.select_related("merchant", "theme").get(pk=funnel.pk)
    draft = publishing.compile_draft(fresh)
    left = compare(replace(version.spec, handle=draft.handle), draft, accounts_of(fresh))
    count = sum(len(difference.changes) for difference in left)
    if not count:
        return ""
    told = ngettext(
        "%(count)d thing is as it is today: %(parts)s.", "%(count)d things are as they are today: %(parts)s.", count
    )
    return told % {"count": count, "parts": ", ".join(difference.title for difference in left)}
