"""How shopper views answer: in the run's theme and language, with one page for runs of another browser."""

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponse
from django.template.loader import select_template
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout.context import Shell
from checkout.guard import OtherBrowser
from checkout.presenting import note_page


def render_page(request: HttpRequest, name: str, content: Any, *, status: int = 200) -> HttpResponse:
    """Render a page context with the theme's own template where it has one."""
    assert is_dataclass(content)
    shell: Shell = content.shell  # type: ignore[attr-defined]
    template = select_template([f"themes/{shell.theme}/checkout/{name}.html", f"checkout/{name}.html"])
    return HttpResponse(template.render({"page": content}, request), status=status)


def shopper_view[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answer a run of another browser with a page that says so, shows nothing of it and offers a fresh start."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except OtherBrowser as other:
            spec = other.run.spec
            note = note_page(
                spec,
                _("This checkout belongs to another browser"),
                _("For safety a checkout can only go on in the browser where it began. Nothing was charged here."),
                link=(reverse("start", args=[spec.handle]) + "?new=1", _("Start my own checkout")),
            )
            return render_page(request, "note", note, status=403)

    return wrapped
