"""The checkout's page: what was typed is kept whatever happens, and a submission charges once or says why it did not."""

from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout import card_numbers, limits, paying
from checkout.models import Run
from checkout.page import availability, choices, choosing, coupons, messages, presenting, ways
from checkout.page.availability import Availability
from checkout.page.choosing import Cart
from checkout.page.forms import CheckoutForm, storable
from checkout.page.presenting import run_url
from checkout.views import approving, couponing, first_view, selling_out
from checkout.views.answering import render_page, see_other
from checkout.views.attempts import after_payment, attempt_named
from checkout.views.limiting import tried_too_often
from funnels.pricing.quoting import NotForSale, Quote
from funnels.spec import FunnelSpec, StepSpec
from integrations.client_address import client_ip
from orders.models import Payment
from orders.payments.charging import Browser
from orders.placing import Contact
from orders.redeeming import CouponRefused
from orders.stock.stocking import SoldOut


def show(request: HttpRequest, run: Run, current: StepSpec, payments: list[Payment]) -> HttpResponse:
    shown = attempt_named(request, current, payments)
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


def pay(request: HttpRequest, run: Run, current: StepSpec) -> HttpResponse:
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
        return _render(request, run, current, form, cart, error=text, status=HTTPStatus.UNPROCESSABLE_CONTENT)
    limits.note_card(run, payment, browser.card_hint)
    return after_payment(request, run, current, payment)


def _unpriced(
    request: HttpRequest, run: Run, current: StepSpec, form: CheckoutForm, refused: NotForSale
) -> HttpResponse:
    """What was typed stays in its fields, with why it cannot be had; the prices are those of what is chosen at first."""
    available = availability.of(current)
    if available.sold_out:
        return selling_out.sold_out(request, run, current, available, status=HTTPStatus.CONFLICT)
    cart = choosing.cart(run.spec, current, available.preset(current))
    error = messages.choice_error(refused)
    title = str(messages.CHECK_YOUR_ORDER)
    return _render(
        request,
        run,
        current,
        form,
        cart,
        available=available,
        error=error,
        error_title=title,
        error_at=next(iter(available.preset(current)), ""),
        typed=choices.as_typed(current, request.POST.dict()),
        status=HTTPStatus.UNPROCESSABLE_CONTENT,
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
        return _render(
            request, run, current, unfinished, cart, status=HTTPStatus.UNPROCESSABLE_CONTENT if wrong else 200
        )
    if not form.is_valid() or cart.coupon.error:
        text = couponing.not_charged(cart, run.spec)
        return _render(request, run, current, form, cart, error=text, status=HTTPStatus.UNPROCESSABLE_CONTENT)
    if problem := _not_payable(form, cart.quote, run.spec):
        return _render(request, run, current, form, cart, error=problem, status=HTTPStatus.UNPROCESSABLE_CONTENT)
    if refused := limits.payment_refused(request, run, email=form.cleaned_data["email"], card=form.card()):
        return tried_too_often(request, refused, lambda text: _render(request, run, current, form, cart, error=text))
    return None


def _too_many(request: HttpRequest, run: Run, current: StepSpec, form: CheckoutForm, cart: Cart) -> HttpResponse:
    """Others were quicker: nothing is charged, what was typed is kept, and the choice is cut down to what is left."""
    available = availability.of(current)
    if available.sold_out:
        return selling_out.sold_out(
            request, run, current, available, happened=str(messages.NOTHING_LOST), status=HTTPStatus.CONFLICT
        )
    error = availability.shortage(current, available, cart.quote)
    typed = coupons.with_only(request.POST.dict(), cart.coupon.code)
    fields = {**typed, **available.reduced(current, cart.quote, bump=cart.bump)}
    less = choosing.cart(run.spec, current, fields)
    return _render(request, run, current, form, less, available=available, error=error, status=HTTPStatus.CONFLICT)


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
    error_at: str = "",
    typed: Mapping[int, int] | None = None,
    status: int = 200,
) -> HttpResponse:
    urls = (run_url("step", run, current.key), run_url("summary", run, current.key))
    available = available or availability.of(current)
    content = presenting.checkout_page(
        run.spec,
        current,
        form,
        cart,
        urls=urls,
        available=available,
        error=error,
        error_title=error_title,
        error_at=error_at,
        typed=typed,
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
