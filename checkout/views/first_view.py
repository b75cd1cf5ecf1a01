"""The checkout page as everybody sees it first: drawn once, then only filled in.

Until something is typed the page is the same for every shopper of a published version, as long as the same units are left and
the same accounts are well; but for the run's id, the CSRF token and the CSP nonce. It is rendered with marks in their places
and kept; each shopper gets a copy with their own. No token is ever kept, and a mark cannot occur in what a merchant writes.
"""

import secrets
import uuid
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.middleware.csp import get_nonce
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import get_language

from checkout.models import Run
from checkout.page import choosing, presenting, ways
from checkout.page.availability import Availability
from checkout.page.choosing import Cart
from checkout.page.context import WaysToPay
from checkout.page.forms import CheckoutForm
from checkout.views.answering import page_template
from funnels.spec import FunnelSpec, StepSpec

LIMIT = 256
RUN, TOKEN, NONCE = uuid.uuid4(), secrets.token_hex(16), secrets.token_hex(16)

type Key = tuple[str, str | None, Availability, str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page with marks. `spec` tells a version from another one that once had its number."""

    spec: FunnelSpec
    html: str

    def filled_in(self, request: HttpRequest, run: Run) -> HttpResponse:
        own = self.html.replace(str(RUN), str(run.pk)).replace(TOKEN, get_token(request))
        return HttpResponse(own.replace(NONCE, str(get_nonce(request))))


_drawn: dict[tuple[int, Key], Drawn] = {}


def answer(request: HttpRequest, run: Run, step: StepSpec, available: Availability) -> HttpResponse:
    """The checkout page of a run in which nothing was typed yet."""
    spec, cart = run.spec, choosing.cart(run.spec, step, available.preset(step))
    payable = ways.page_part(spec, cart.quote.money)
    # The ways hold what the page's scripts are told of each account; their text tells any two of them apart.
    place = (run.version_id, (step.key, get_language(), available, repr(payable)))
    page = _drawn.get(place)
    if page is None or page.spec is not spec:
        page = _keep(place, Drawn(spec, _draw(spec, step, cart, available, payable)))
    return page.filled_in(request, run)


def _keep(place: tuple[int, Key], page: Drawn) -> Drawn:
    if len(_drawn) >= LIMIT:
        _drawn.clear()
    _drawn[place] = page
    return page


def _draw(spec: FunnelSpec, step: StepSpec, cart: Cart, available: Availability, payable: WaysToPay | None) -> str:
    form = CheckoutForm(spec=spec, step=step)
    action, summary = (reverse(name, args=[spec.handle, RUN, step.key]) for name in ("step", "summary"))
    content = presenting.checkout_page(
        spec, step, form, cart, urls=(action, summary), available=available, payable=payable
    )
    return page_template("checkout", content).render({"page": content, "csrf_token": TOKEN, "csp_nonce": NONCE})
