"""The filtered order list as a file, streamed while it is read: orders of merchants where the reader may export them."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET

from funnels.models.merchant import scope
from orders.finding import exporting

MAY_EXPORT = "orders.export_order"


class OrderExport(BaseModelAdmin):  # type: ignore[type-arg]
    """Adds the address of the export; its query string is the list's own."""

    get_changelist_instance: Callable[[HttpRequest], Any]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_GET(self.export_view))
        return [path("export/<slug:what>.csv", view, name="orders_order_export"), *super().get_urls()]  # type: ignore[misc]

    def export_view(self, request: HttpRequest, what: str) -> HttpResponseBase:
        if not (self.has_view_permission(request) and request.user.has_perm(MAY_EXPORT)):
            raise PermissionDenied
        if what not in exporting.TABLES:
            raise Http404
        try:
            orders = scope(self.get_changelist_instance(request).queryset, request.user, permission=MAY_EXPORT)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        name = f"{what}-{timezone.localdate().isoformat()}.csv"
        return StreamingHttpResponse(
            exporting.rows_of(orders, what),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"},
        )
