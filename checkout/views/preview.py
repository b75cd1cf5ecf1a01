"""The preview pages. A POST only leads on to the next step, as the shopper's choice would."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from checkout import choosing, presenting
from checkout.context import ThankYouPage
from checkout.forms import CheckoutForm
from checkout.preview import PreviewExpired, read
from checkout.views.answering import render_page, see_other
from funnels.flow import Move, next_step
from funnels.pricing import quote
from funnels.spec import FunnelSpec, StepKind, StepSpec
from funnels.upgrading import Replaced, upgrade_quote


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, handle: str, token: str, step: str) -> HttpResponse:
    """Show one step of a draft; 404 for a link that has run out or a step that is not there."""
    try:
        spec = read(handle, token)
    except PreviewExpired as error:
        raise Http404(_("This preview link has expired. Open a new one from the funnel's page.")) from error
    current = spec.steps.get(step)
    if current is None:
        raise Http404
    if request.method == "POST":
        move = Move.DECLINED if request.POST.get("decision") == "decline" else Move.ACCEPTED
        return see_other(reverse("preview", args=[handle, token, next_step(spec, current, move).key]))
    return _show(request, spec, current)


def _show(request: HttpRequest, spec: FunnelSpec, current: StepSpec) -> HttpResponse:
    if current.kind is StepKind.THANK_YOU:
        return render_page(request, "thank_you", _thank_you(spec, current))
    if current.item is None:
        note = presenting.note_page(
            spec, _("This step has no price yet"), _("Choose the price it sells on the funnel's page, then look again.")
        )
        return render_page(request, "note", note)
    if current.kind.is_offer:
        at = choosing.destination(spec, spec.steps[spec.entry], {})
        main = spec.steps[spec.entry].item
        replaced = Replaced(main.name, 1, main.amount) if current.replaces_main and main is not None else None
        wanted = (
            upgrade_quote(current, replaced, tax=spec.tax, destination=at)
            if replaced is not None
            else quote(current, tax=spec.tax, destination=at)
        )
        offer = presenting.offer_page(
            spec,
            current,
            wanted,
            action_url=request.path,
            method=_("Visa ending 4242"),
            ends=None,
            preview=True,
            replaced=replaced,
        )
        return render_page(request, "offer", offer)
    form = CheckoutForm(spec=spec, step=current)
    cart = choosing.cart(spec, current, {})
    content = presenting.checkout_page(spec, current, form, cart, urls=(request.path, request.path), preview=True)
    return render_page(request, "checkout", content)


def _thank_you(spec: FunnelSpec, current: StepSpec) -> ThankYouPage:
    """A thank-you page for a made-up order of the checkout's item."""
    entry = spec.steps[spec.entry]
    return ThankYouPage(
        shell=presenting.shell(spec, title=current.title, preview=True),
        headline=current.headline or _("Thank you for your order"),
        subheadline=current.subheadline,
        body=presenting.paragraphs(current.body),
        order_number="K7M2-4QXD",
        email="ada@example.com",
        first_name="Ada",
        summary=presenting.summary_of_quote(choosing.cart(spec, entry, {}).quote, spec.locale),
        method=_("Visa ending 4242"),
        points=current.points,
    )
