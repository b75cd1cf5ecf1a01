"""The step pages: checkout, offer, thank-you. Every POST ends in a redirect or in the same page with what was typed."""

import uuid
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from checkout import card_numbers, limits, offering, paying, runs
from checkout.guard import own_run
from checkout.models import Run
from checkout.page import availability, choosing, coupons, messages, presenting, ways
from checkout.page.availability import Availability
from checkout.page.choosing import Cart
from checkout.page.forms import CheckoutForm, storable
from checkout.page.presenting import run_url
from checkout.views import approving, couponing, first_view, selling_out
from checkout.views.answering import moves_scripts, render_page, see_other, shopper_view
from checkout.views.limiting import tried_too_often
from funnels.pricing.quoting import NotForSale, Quote
from funnels.spec import FunnelSpec, StepKind, StepSpec
from integrations.client_address import client_ip
from orders.models import Payment
from orders.payments.charging import Browser
from orders.placing import Contact
from orders.redeeming import CouponRefused
from orders.stock.stocking import SoldOut

CONFLICT = 409
UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@shopper_view
@moves_scripts
def step(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> HttpResponse:
    """Show a step or act on it. A step where the run is not (any more) leads to where it is, with nothing charged."""
    run = own_run(request, handle, run_id)
    if step == run.step and _says_no(request, run.current):
        runs.decline(run, run.current)
        return see_other(run_url("step", run, run.step))
    payments = runs.payments_of(run)
    if approving.start_over(request, runs.latest(payments, step)):
        payments = runs.payments_of(run)
    runs.catch_up(run, payments)
    if step != run.step:
        return see_other(_going_on(request, run))
    current = run.current
    if current.kind is StepKind.THANK_YOU:
        return _thank_you(request, run, current, payments)
    if awaited := _awaited(run, current, payments):
        return see_other(run_url("processing", run, awaited))
    return _act(request, run, current, payments)


def _act(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    if current.kind.is_offer:
        return _offer(request, run, current, payments)
    if request.method == "POST":
        return _pay(request, run, current)
    return _checkout(request, run, current, payments)


def _awaited(run: Run, current: StepSpec, payments: list[Payment]) -> str:
    """The step whose payment the shopper waits for; empty if nothing is waited for."""
    latest = runs.latest(payments, current.key)
    if latest is not None and latest.is_open:
        return current.key
    return run.spec.entry if current.kind.is_offer and runs.awaits_method(payments) else ""


@never_cache
@require_POST
@shopper_view
def summary(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> HttpResponse:
    """The order summary for a choice, as JSON {html, methods, submit_label, total_minor}; 422 {error, field} for none."""
    run = own_run(request, handle, run_id)
    spec = run.spec
    if step not in spec.steps:
        return JsonResponse({"error": "unknown step"}, status=404)
    form = CheckoutForm(spec=spec, step=spec.steps[step])
    try:
        cart = couponing.priced(request, run, spec.steps[step], request.POST.dict())
    except NotForSale as error:
        field = {"field": "choices"} if spec.steps[step].choices else {}
        return JsonResponse({"error": messages.choice_error(error), **field}, status=UNPROCESSABLE)
    couponing.remember(run, cart)
    if cart.undeliverable:
        text = form.fields["country"].error_messages["invalid_choice"]
        return JsonResponse({"error": text, "field": "country"}, status=UNPROCESSABLE)
    content = presenting.checkout_page(spec, spec.steps[step], form, cart, urls=("", ""))
    return JsonResponse(
        {
            "html": render_to_string("components/summary.html", {"page": content}, request),
            "methods": render_to_string("components/methods.html", {"page": content}, request),
            "submit_label": content.submit_label,
            "total_minor": cart.quote.total,
        }
    )


def _going_on(request: HttpRequest, run: Run) -> str:
    """Where the run is, with the payment that the address names, so that the page there can tell what became of it."""
    attempt = request.GET.get("attempt", "")
    return run_url("step", run, run.step) + (f"?{urlencode({'attempt': attempt})}" if attempt else "")


def _attempt_named(request: HttpRequest, current: StepSpec, payments: list[Payment]) -> Payment | None:
    """The step's latest payment where the address names it, to tell what became of it; older ones are not told of."""
    latest = runs.latest(payments, current.key)
    return latest if latest is not None and latest.key == request.GET.get("attempt") else None


def _led_here(request: HttpRequest, run: Run, payments: list[Payment]) -> Payment | None:
    """The declined payment of another offer that the address names, where its decline leads to this step."""
    named = next((payment for payment in payments if payment.key == request.GET.get("attempt")), None)
    origin = run.spec.steps.get(named.step) if named is not None else None
    return named if origin is not None and offering.leads_elsewhere(origin, named) == run.step else None


def _checkout(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    shown = _attempt_named(request, current, payments)
    error, error_title = messages.checkout_error(shown), messages.checkout_error_title(shown)
    available = availability.of(current)
    if available.sold_out:
        return selling_out.sold_out(request, run, current, available, happened=error)
    if not run.contact and shown is None:
        return first_view.answer(request, run, current, available)
    form = CheckoutForm(spec=run.spec, step=current, initial=run.contact)
    try:
        cart = couponing.priced(request, run, current, run.contact)
    except NotForSale:
        cart = choosing.cart(run.spec, current, {})
    if not available.suffices(current, cart.quote, bump=cart.bump):
        less = available.reduced(current, cart.quote, bump=cart.bump)
        cart = choosing.cart(run.spec, current, {**coupons.with_only(run.contact, cart.coupon.code), **less})
    return _render(request, run, current, form, cart, available=available, error=error, error_title=error_title)


def _pay(request: HttpRequest, run: Run, current: StepSpec) -> HttpResponse:
    form = CheckoutForm(request.POST, spec=run.spec, step=current)
    card_numbers.tell(request, form)
    _remember(run, form, request)
    try:
        cart = couponing.priced(request, run, current, request.POST.dict())
    except NotForSale as refused:
        return _unpriced(request, run, current, form, refused)
    couponing.remember(run, cart)
    if (instead := _instead_of_paying(request, run, current, form, cart)) is not None:
        return instead
    return_url, cancel_url = approving.return_urls(request, run, current.key)
    browser = Browser(
        token=form.cleaned_data["payment_token"],
        card_hint=form.card(),
        in_page=form.cleaned_data["in_page"],
        return_url=return_url,
        cancel_url=cancel_url,
    )
    ip = client_ip(request)
    try:
        payment = paying.pay(
            run=run,
            step=current,
            contact=_contact(form),
            wanted=cart.quote,
            browser=browser,
            ip=ip,
            connection_id=form.way.connection_id if form.way else None,
        )
    except paying.MovedOn:
        return see_other(reverse("resume", args=[run.spec.handle, run.pk]))
    except SoldOut:
        return _too_many(request, run, current, form, cart)
    except CouponRefused as refused:
        cart = couponing.without(run.spec, current, request.POST.dict(), refused)
        couponing.remember(run, cart)
        text = couponing.not_charged(cart, run.spec)
        return _render(request, run, current, form, cart, error=text, status=UNPROCESSABLE)
    limits.note_card(run, payment, browser.card_hint)
    return after_payment(request, run, current, payment)


def _unpriced(
    request: HttpRequest, run: Run, current: StepSpec, form: CheckoutForm, refused: NotForSale
) -> HttpResponse:
    """The page with what is chosen before anything is typed, and why the choice cannot be had."""
    available = availability.of(current)
    if available.sold_out:
        return selling_out.sold_out(request, run, current, available, status=CONFLICT)
    cart = choosing.cart(run.spec, current, available.preset(current))
    error = messages.choice_error(refused)
    title = str(messages.CHECK_YOUR_ORDER)
    return _render(
        request, run, current, form, cart, available=available, error=error, error_title=title, status=UNPROCESSABLE
    )


def _instead_of_paying(
    request: HttpRequest, run: Run, current: StepSpec, form: CheckoutForm, cart: Cart
) -> HttpResponse | None:
    """The answer to a submission that charges nothing; None to one that does."""
    if not availability.of(current).suffices(current, cart.quote, bump=cart.bump):
        return _too_many(request, run, current, form, cart)
    if request.POST.get("action") in ("update", coupons.REMOVE):
        unfinished = CheckoutForm(request.POST, spec=run.spec, step=current, judged=("country",))
        wrong = unfinished.errors or cart.coupon.error
        return _render(request, run, current, unfinished, cart, status=UNPROCESSABLE if wrong else 200)
    if not form.is_valid() or cart.coupon.error:
        text = couponing.not_charged(cart, run.spec)
        return _render(request, run, current, form, cart, error=text, status=UNPROCESSABLE)
    if problem := _not_payable(form, cart.quote, run.spec):
        return _render(request, run, current, form, cart, error=problem, status=UNPROCESSABLE)
    if refused := limits.payment_refused(request, run, email=form.cleaned_data["email"], card=form.card()):
        return tried_too_often(request, refused, lambda text: _render(request, run, current, form, cart, error=text))
    return None


def _too_many(request: HttpRequest, run: Run, current: StepSpec, form: CheckoutForm, cart: Cart) -> HttpResponse:
    """Others were quicker: nothing is charged, what was typed is kept, and the choice is cut down to what is left."""
    available = availability.of(current)
    if available.sold_out:
        return selling_out.sold_out(
            request, run, current, available, happened=str(messages.NOTHING_LOST), status=CONFLICT
        )
    error = availability.shortage(current, available, cart.quote)
    typed = coupons.with_only(request.POST.dict(), cart.coupon.code)
    fields = {**typed, **available.reduced(current, cart.quote, bump=cart.bump)}
    less = choosing.cart(run.spec, current, fields)
    return _render(request, run, current, form, less, available=available, error=error, status=CONFLICT)


def _not_payable(form: CheckoutForm, wanted: Quote, spec: FunnelSpec) -> str:
    """Why this submission is not charged although its fields are right; empty if it can be."""
    shown = form.cleaned_data["shown_total"]
    if shown is not None and shown != wanted.total:
        return _("The total is now %s. Please check your order and confirm again.") % wanted.money.format(spec.locale)
    return _no_way_to_pay(form, spec) if wanted.total else ""


def _no_way_to_pay(form: CheckoutForm, spec: FunnelSpec) -> str:
    """Settle what is to be charged; why nothing can be, or empty."""
    token = form.cleaned_data["payment_token"]
    try:
        way = ways.choose(spec, form.cleaned_data["gateway"], has_token=bool(token))
    except ways.UnknownWay:
        return _("This way to pay is not offered here. Nothing was charged. Please choose another.")
    if not token and not way.is_wallet:
        return _("Please enter your card details. Nothing was charged.")
    form.way = way
    return ""


def _offer(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    if request.method == "POST":
        return _accept(request, run, current, payments)
    shown = _attempt_named(request, current, payments)
    available = availability.of(current)
    if available.sold_out and (shown is None or not shown.sold_out):
        runs.skip(run, current, "sold out")
        return see_other(run_url("step", run, run.step))
    error = messages.offer_error(shown) or messages.led_on(_led_here(request, run, payments))
    return _show_offer(request, run, current, payments, available=available, error=error)


def _show_offer(
    request: HttpRequest,
    run: Run,
    current: StepSpec,
    payments: list[Payment],
    *,
    available: Availability,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """The offer; where it is sold out, `error` says so in place of what it costs."""
    replaced = offering.replaced_in(run, current)
    content = presenting.offer_page(
        run.spec,
        current,
        choosing.offered(run.spec, current, run.order, payments, replaced),
        action_url=run_url("step", run, current.key),
        method=presenting.method_label(runs.primary(payments)),
        ends=paying.deadline(run, current),
        available=available,
        replaced=replaced,
        closed=error if available.sold_out else "",
        error="" if available.sold_out else error,
    )
    return render_page(request, "offer", content, status=status)


def _says_no(request: HttpRequest, current: StepSpec) -> bool:
    return request.method == "POST" and current.kind.is_offer and request.POST.get("decision") != "accept"


def _accept(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    if refused := limits.payment_refused(request, run, email=run.email):
        available = availability.of(current)
        return tried_too_often(
            request,
            refused,
            lambda text: _show_offer(request, run, current, payments, available=available, error=text),
        )
    return_url, cancel_url = approving.return_urls(request, run, current.key)
    browser = Browser(
        in_page=request.POST.get("in_page") == "1",
        return_url=return_url,
        cancel_url=cancel_url,
    )
    try:
        payment = paying.accept(run=run, step=current, browser=browser, ip=client_ip(request))
    except (paying.MovedOn, paying.OfferClosed):
        # The step page says that the time is up, or leads to where the run is.
        return see_other(reverse("resume", args=[run.spec.handle, run.pk]))
    except SoldOut:
        gone = Availability(left=0)
        text = str(messages.OFFER_SOLD_OUT)
        return _show_offer(request, run, current, payments, available=gone, error=text, status=CONFLICT)
    return after_payment(request, run, current, payment)


def after_payment(request: HttpRequest, run: Run, current: StepSpec, payment: Payment) -> HttpResponse:
    """Where a payment leaves the shopper: the next step, the processing page, or the same page with a message."""
    if approving.is_approval(payment):
        return approving.ask(request, run, current.key, payment)
    if payment.is_open:
        return see_other(run_url("processing", run, current.key))
    if payment.bought_nothing:
        return see_other(f"{run_url('step', run, current.key)}?attempt={payment.key}")
    run.order = payment.order
    runs.move_past(run, current)
    return see_other(run_url("step", run, run.step))


def _thank_you(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    if run.order is None:
        return see_other(reverse("start", args=[run.spec.handle]))
    paid = runs.primary(payments)
    return render_page(request, "thank_you", presenting.thank_you_page(run, current, run.order, paid))


def _render(
    request: HttpRequest,
    run: Run,
    current: StepSpec,
    form: CheckoutForm,
    cart: Cart,
    *,
    available: Availability | None = None,
    error: str = "",
    error_title: str = "",
    status: int = 200,
) -> HttpResponse:
    urls = (run_url("step", run, current.key), run_url("summary", run, current.key))
    available = available or availability.of(current)
    content = presenting.checkout_page(
        run.spec, current, form, cart, urls=urls, available=available, error=error, error_title=error_title
    )
    return render_page(request, "checkout", content, status=status)


def _remember(run: Run, form: CheckoutForm, request: HttpRequest) -> None:
    """Keep what was typed, so that a decline, a reload or a later visit finds it."""
    chosen = choosing.kept(run.current, request.POST.dict()) | {
        "gateway": request.POST.get("gateway", "")[:12],
        "coupon": run.contact.get("coupon", ""),
    }
    run.contact = {**form.contact(), **{name: storable(value) for name, value in chosen.items()}}
    Run.objects.filter(pk=run.pk).update(contact=run.contact)


def _contact(form: CheckoutForm) -> Contact:
    given = form.cleaned_data
    return Contact(
        email=given["email"],
        first_name=given["firstName"],
        last_name=given["lastName"],
        phone=given.get("phone", ""),
        address=given.get("address", ""),
        city=given.get("city", ""),
        region=given.get("state", ""),
        postal_code=given.get("zipCode", ""),
        country=given.get("country", ""),
        language=form.spec.locale,
    )
