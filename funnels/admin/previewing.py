"""The preview of a draft within the admin: any step in any state, framed as on a phone and on a desktop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funnels.models import Funnel, Step


@dataclass(frozen=True, slots=True)
class Look:
    """One state of a step; `url` shows it to whoever holds the link, for a day."""

    state: str
    label: Any
    url: str


type LookMaker = Callable[[Funnel, Step], tuple[Look, ...]]
_makers: list[LookMaker] = []


def shows_with(maker: LookMaker) -> LookMaker:
    """Decorator for the layer above that has the shoppers' pages: what there is to see of a step."""
    _makers.append(maker)
    return maker


class PreviewViews(BaseModelAdmin):  # type: ignore[type-arg]
    """Adds the preview's address to the funnel's admin."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.preview_view))
        own = path("<int:funnel_id>/preview/", view, name="funnels_funnel_preview")
        return [own, *super().get_urls()]  # type: ignore[misc]

    def preview_view(self, request: HttpRequest, funnel_id: int) -> HttpResponse:
        """`step` and `state` in the address choose what is shown; without them the first step as first seen."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        funnel: Funnel = get_object_or_404(self.get_queryset(request), pk=funnel_id)
        steps = list(funnel.steps.all())
        wanted = request.GET.get("step", "")
        step = next((step for step in steps if str(step.pk) == wanted), steps[0] if steps else None)
        looks = [look for maker in _makers for look in maker(funnel, step)] if step is not None else []
        state = request.GET.get("state", "")
        look = next((look for look in looks if look.state == state), looks[0] if looks else None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": funnel,
            "title": _("Preview of “%s”") % funnel.name,
            "steps": steps,
            "step": step,
            "looks": looks,
            "look": look,
            "may_change": self.has_change_permission(request, funnel),
        }
        return render(request, "admin/funnels/funnel/preview.html", context)
