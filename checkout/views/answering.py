"""How shopper views answer: in the run's theme and language, with one page for runs of another browser."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, Protocol, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.backends.django import Template
from django.template.loader import select_template
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout.guard import OtherBrowser
from checkout.models import Run
from checkout.page.context import Shell
from checkout.page.presenting import note_page
from orders.states import OrderState


def see_other(url: str) -> HttpResponse:
    """Redirect so that the browser asks for the next page with GET, whatever it sent."""
    response = HttpResponseRedirect(url)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


class Page(Protocol):
    @property
    def shell(self) -> Shell: ...


def render_page(request: HttpRequest, name: str, content: Page, *, status: int = 200) -> HttpResponse:
    """Render a page context with the theme's own template where it has one."""
    return HttpResponse(page_template(name, content).render({"page": content}, request), status=status)


def page_template(name: str, content: Page) -> Template:
    """The theme's own template for a page where it has one, else everybody's."""
    names = [f"themes/{content.shell.theme}/checkout/{name}.html", f"checkout/{name}.html"]
    return cast("Template", select_template(names))


def moves_scripts[**P](view: "View[P]") -> "View[P]":
    """Tell a script that asked for JSON where to go next, instead of redirecting its request there."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseRedirect) and request.method == "POST" and wants_json(request):
            return JsonResponse({"next": response.url})
        return response

    return cast("View[P]", wrapped)


type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


def shopper_view[**P](view: View[P]) -> View[P]:
    """Answer a run that this browser cannot prove to be its own with a page that says why and offers a fresh start."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except OtherBrowser as other:
            return _refuse(request, other.run)

    return cast("View[P]", wrapped)


def _refuse(request: HttpRequest, run: Run) -> HttpResponse:
    """Nothing is shown but whether it is paid. A browser that sends no cookie at all may well have started it."""
    if run.order is not None and run.order.state in OrderState.paid():
        headline = _("This order is placed and paid")
        text = _(
            "For safety its page opens only in the browser where it was placed. Everything about it is in the email "
            "with the receipt."
        )
        label = _("Start a new order")
    elif request.COOKIES:
        headline = _("This checkout belongs to another browser")
        text = _("For safety a checkout can only go on in the browser where it began. Nothing was charged here.")
        label = _("Start my own checkout")
    else:
        headline = _("This checkout cannot go on here")
        text = _(
            "It began in another browser, or yours does not keep cookies: it sent us none, and a checkout needs them. "
            "Nothing was charged here. Please allow cookies for this site, then start again."
        )
        label = _("Start again")
    link = (reverse("start", args=[run.spec.handle]) + "?new=1", label)
    return render_page(request, "note", note_page(run.spec, headline, text, link=link), status=HTTPStatus.FORBIDDEN)
