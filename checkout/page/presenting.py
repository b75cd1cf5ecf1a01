"""Building the pages' contexts from a spec, a quote, an order: formatting happens here, once, and nowhere else."""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from urllib.parse import urlencode

from babel import Locale
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from checkout.models import Run
from checkout.page import choices, context, languages, places, ways
from checkout.page.availability import PLENTY, Availability
from checkout.page.choosing import Cart
from checkout.page.forms import CheckoutForm
from funnels import fonts, layouts
from funnels.pricing.quoting import Quote
from funnels.pricing.taxing import added_rows, included_rows
from funnels.pricing.upgrading import Replaced
from funnels.spec import FunnelSpec, ItemSpec, StepSpec
from integrations.money import Money
from orders import upgrading
from orders.models import Order, Payment
from orders.states import PaymentState
from orders.tickets import ticketing


def shell(spec: FunnelSpec, *, title: str, preview: bool = False) -> context.Shell:
    layout = layouts.worn(spec.theme.slug, spec.theme.layouts)
    return context.Shell(
        title=f"{title} – {spec.merchant.name}",
        theme=spec.theme.slug,
        tokens={f"--{name}": value for name, value in spec.theme.tokens.items()},
        merchant=spec.merchant.name,
        logo=spec.theme.logo,
        language=spec.locale,
        direction=Locale.parse(spec.locale, sep="-").text_direction,
        support_email=spec.merchant.support_email,
        terms_url=spec.merchant.terms_url,
        privacy_url=spec.merchant.privacy_url,
        preview=preview,
        languages=languages.switch(spec),
        fonts=fonts.are_chosen(spec.theme.tokens),
        layout=layout,
        layouts=bool(layout or (preview and layouts.offered(spec.theme.slug))),
        monitoring=reverse("monitoring") if settings.SENTRY_DSN_BROWSER else "",
        withdraw_url=f"{reverse('withdraw')}?{urlencode({'shop': spec.handle, languages.PARAMETER: spec.locale})}",
    )


def product(item: ItemSpec, locale: str) -> context.Product:
    return context.Product(
        name=item.name,
        price=item.money.format(locale),
        description=item.description,
        image=item.image,
        image_alt=item.image_alt,
        compare_at=Money(item.compare_at, item.currency).format(locale) if item.compare_at else "",
    )


def summary_of_quote(wanted: Quote, locale: str, *, tax_unknown: bool = False) -> context.Summary:
    def text(amount: int) -> str:
        return Money(amount, wanted.currency).format(locale)

    return context.Summary(
        lines=tuple(
            context.SummaryLine(line.name, line.quantity, text(line.amount), line.image) for line in wanted.lines
        ),
        subtotal=text(wanted.subtotal),
        total=text(wanted.total),
        total_minor=wanted.total,
        currency=wanted.currency,
        shipping=_shipping(wanted, locale),
        taxes=added_rows(wanted.taxes, Money(wanted.tax, wanted.currency), locale),
        discount=text(-wanted.discount) if wanted.discount else "",
        coupon=wanted.coupon,
        shipping_name=wanted.shipping_name,
        included=included_rows(wanted.taxes, wanted.currency, locale),
        tax_unknown=tax_unknown,
    )


def summary_of_order(order: Order, locale: str) -> context.Summary:
    """What was bought: the lines that a payment has paid."""

    def text(amount: int) -> str:
        return order.money(amount).format(locale)

    shown = upgrading.standing(order, order.lines.exclude(payment=None))
    lines = shown.lines
    return context.Summary(
        lines=tuple(context.SummaryLine(line.name, line.quantity, text(line.amount), line.image) for line in lines),
        subtotal=text(shown.subtotal),
        total=text(order.total),
        total_minor=order.total,
        currency=order.currency,
        shipping=text(order.shipping) if order.shipping else _("Free") if any(line.ships for line in lines) else "",
        taxes=added_rows(order.taxes_by_rate(), order.money(order.tax), locale),
        discount=text(-shown.discount) if shown.discount else "",
        coupon=order.coupon,
        shipping_name=order.shipping_name,
        included=included_rows(order.taxes_by_rate(), order.currency, locale),
    )


def checkout_page(
    spec: FunnelSpec,
    step: StepSpec,
    form: CheckoutForm,
    cart: Cart,
    *,
    urls: tuple[str, str],
    available: Availability = PLENTY,
    payable: context.WaysToPay | None = None,
    error: str = "",
    error_title: str = "",
    error_at: str = "",
    typed: Mapping[int, int] | None = None,
    preview: bool = False,
) -> context.CheckoutPage:
    """`urls` are where the form goes and where a new summary comes from; `payable` the ways to pay, if they are known.

    `error_at` is the id of what the error is about, where that is not the payment; `typed` the quantities by price id that
    stay in their fields, where the cart cannot hold them.
    """
    assert step.item is not None
    wanted, unknown = cart.quote, places.region_missing(spec, cart.destination.country, cart.destination.region)
    chosen = str(form["gateway"].value() or "")
    return context.CheckoutPage(
        shell=shell(spec, title=step.title, preview=preview),
        form=form,
        product=product(step.item, spec.locale),
        summary=summary_of_quote(wanted, spec.locale, tax_unknown=bool(unknown) and not spec.tax.inclusive),
        submit_label=submit_label(wanted, spec.locale),
        action_url=urls[0],
        summary_url=urls[1],
        headline=step.headline,
        subheadline=step.subheadline,
        points=step.points,
        badges=step.badges,
        quantities=() if step.choices or step.max_quantity == 1 else tuple(range(1, available.most(step) + 1)),
        quantity=wanted.lines[0].quantity,
        choices=_choices(step, typed or wanted.quantities, available, spec.locale),
        bump=_bump(step, spec.locale, checked=cart.bump) if available.bump else None,
        ways=payable or ways.page_part(spec, wanted.money, chosen=chosen, wallet_script=not preview),
        ships=step.ships,
        stock_note=available.note,
        shipping_choice=step.ships and bool(spec.shipping),
        methods=_methods(cart, spec.locale),
        repriceable=step.max_quantity > 1
        or bool(step.choices)
        or step.bump is not None
        or bool(places.repricing(spec)),
        coupon=_coupon(step, cart),
        error=error,
        error_title=error_title,
        error_at=error_at,
    )


def submit_label(wanted: Quote, locale: str) -> str:
    """What the button does, with the amount it charges."""
    if wanted.total == 0:
        return _("Complete order")
    return _("Pay %s") % wanted.money.format(locale)


def accept_label(step: StepSpec) -> str:
    """The merchant's words on the yes button, or what a yes does."""
    return step.accept_label or (_("Yes, upgrade my order") if step.replaces_main else _("Yes, add it to my order"))


def offer_page(
    spec: FunnelSpec,
    step: StepSpec,
    wanted: Quote,
    *,
    action_url: str,
    method: str,
    ends: datetime | None,
    available: Availability = PLENTY,
    closed: str = "",
    error: str = "",
    preview: bool = False,
    replaced: Replaced | None = None,
) -> context.OfferPage:
    assert step.item is not None
    return context.OfferPage(
        shell=shell(spec, title=step.title, preview=preview),
        kind=step.kind.value,
        product=product(step.item, spec.locale),
        headline=step.headline,
        subheadline=step.subheadline,
        body=paragraphs(step.body),
        points=step.points,
        total=wanted.money.format(spec.locale),
        method=method,
        accept_label=accept_label(step),
        decline_label=step.decline_label or _("No, thank you"),
        action_url=action_url,
        shipping=_shipping(wanted, spec.locale),
        taxes=added_rows(wanted.taxes, Money(wanted.tax, wanted.currency), spec.locale),
        included=included_rows(wanted.taxes, wanted.currency, spec.locale),
        upgrade=upgrade_bill(replaced, wanted, spec.locale) if replaced is not None else None,
        badges=step.badges,
        deadline=_deadline(ends),
        closed=closed or _ended(ends),
        stock_note=available.note,
        error=error,
    )


def processing_page(run: Run, step: StepSpec, waiting: Payment) -> context.ProcessingPage:
    spec = run.spec
    challenge = waiting.state == PaymentState.ACTION_REQUIRED
    part = None
    if challenge and waiting.connection is not None and waiting.action.get("client_secret"):
        part = ways.part(waiting.connection, waiting.money, save_method=False)
    return context.ProcessingPage(
        shell=shell(spec, title=_("Your payment")),
        state=waiting_state(waiting),
        status_url=run_url("status", run, step.key),
        complete_url=run_url("complete", run, step.key),
        next_url=run_url("processing", run, step.key),
        abandon_url=run_url("abandon", run, step.key) if challenge else "",
        payment=part,
        client_secret=waiting.action.get("client_secret", ""),
        redirect_url=waiting.action.get("redirect_url", ""),
        wallet=ways.wallet_of(waiting),
        email=waiting.order.email if spec.mailer is not None else "",
        refresh_seconds=60 if waiting.takes_days else 5,
    )


def waiting_state(waiting: Payment) -> str:
    """What the shopper waits for, as the processing page's `state`."""
    if waiting.state == PaymentState.ACTION_REQUIRED:
        return "challenge"
    return "days" if waiting.takes_days else "confirming"


def thank_you_page(
    run: Run, step: StepSpec, order: Order, paid: Payment | None, *, arriving: tuple[str, ...] = ()
) -> context.ThankYouPage:
    spec, tickets = run.spec, ticketing.valid_of(order)
    return context.ThankYouPage(
        shell=shell(spec, title=step.title),
        headline=step.headline or _("Thank you for your order"),
        subheadline=step.subheadline,
        body=paragraphs(step.body),
        order_number=order.number,
        email=order.email,
        first_name=order.first_name,
        summary=summary_of_order(order, spec.locale),
        method=method_label(paid),
        receipt=spec.mailer is not None,
        address=order.address_in(spec.locale),
        points=step.points,
        refunded=order.money(order.refunded).format(spec.locale) if order.refunded else "",
        tickets=len(tickets),
        tickets_url=ticketing.link(order) if tickets else "",
        arriving=arriving,
    )


def sold_out_page(
    spec: FunnelSpec, step: StepSpec, available: Availability, *, url: str, happened: str = ""
) -> context.NotePage:
    """Says plainly that nothing is left, after what has `happened` to the shopper; `url` is where to look again."""
    assert step.item is not None
    if available.waiting:
        outlook = _("The last ones are in other checkouts at this moment. What is not paid for there comes back soon.")
    else:
        outlook = _("None is left. As soon as there are more, this page has them.")
    headline = _("Everything is sold out") if step.choices else _("%s is sold out") % step.item.name
    return context.NotePage(
        shell=shell(spec, title=headline),
        headline=headline,
        text=f"{happened} {outlook}".strip(),
        test_id="sold-out",
        link_url=url,
        link_label=_("Look again"),
    )


def note_page(spec: FunnelSpec, headline: str, text: str, *, link: tuple[str, str] = ("", "")) -> context.NotePage:
    return context.NotePage(
        shell=shell(spec, title=headline), headline=headline, text=text, link_url=link[0], link_label=link[1]
    )


def method_label(paid: Payment | None) -> str:
    """What a shopper recognises as the method that was or will be charged; empty where nothing was charged."""
    if paid is None:
        return ""
    return paid.stored_method.reference.label if paid.stored_method is not None else ways.wallet_of(paid)


def run_url(name: str, run: Run, step: str) -> str:
    return reverse(name, args=[run.spec.handle, run.pk, step])


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip())


def _choices(
    step: StepSpec, quantities: Mapping[int, int], available: Availability, locale: str
) -> tuple[context.Choice, ...]:
    return tuple(
        context.Choice(
            field=choices.field_name(choice),
            product=product(choice.item, locale),
            quantity=quantities.get(choice.item.price_id, 0),
            most=choices.most(choice, available.units),
            note=choice.note,
            stock_note=available.note_on(choice),
        )
        for choice in step.choices
    )


def _bump(step: StepSpec, locale: str, *, checked: bool) -> context.Bump | None:
    if step.bump is None:
        return None
    return context.Bump(product(step.bump.item, locale), step.bump.headline, step.bump.text, checked=checked)


def _coupon(step: StepSpec, cart: Cart) -> context.Coupon | None:
    """A code that came with the address is told of also where none is asked for."""
    choice = cart.coupon
    if not (step.ask_coupon or choice.code or choice.error):
        return None
    return context.Coupon(choice.code, choice.worth, choice.typed, choice.error)


def _methods(cart: Cart, locale: str) -> tuple[context.ShippingMethod, ...]:
    """The ways of delivery with what each would cost for the goods of this cart."""
    goods = cart.quote.subtotal - cart.quote.discount

    def cost(amount: int) -> str:
        return Money(amount, cart.quote.currency).format(locale) if amount else _("Free")

    return tuple(
        context.ShippingMethod(rate.id, rate.name, rate.delivery, cost(rate.cost(goods)), checked=rate == cart.rate)
        for rate in cart.rates
    )


def upgrade_bill(replaced: Replaced, wanted: Quote, locale: str) -> context.Upgrade:
    def counted(name: str) -> str:
        return f"{replaced.quantity} × {name}" if replaced.quantity > 1 else name

    line = wanted.lines[0]
    return context.Upgrade(
        name=counted(line.name),
        price=Money(line.amount, wanted.currency).format(locale),
        replaced=counted(replaced.name),
        credit=Money(-wanted.credit, wanted.currency).format(locale),
        free=not wanted.total,
    )


def _shipping(wanted: Quote, locale: str) -> str:
    if wanted.shipping:
        return Money(wanted.shipping, wanted.currency).format(locale)
    return _("Free") if any(line.ships for line in wanted.lines) else ""


def _ended(ends: datetime | None) -> str:
    if ends is None or ends > timezone.now():
        return ""
    return _("This offer has ended. Your order is safe and complete; nothing more will be charged.")


def _deadline(ends: datetime | None) -> context.Deadline | None:
    if ends is None:
        return None
    left = max(0, ceil((ends - timezone.now()).total_seconds()))
    minutes = ceil(left / 60)
    text = ngettext("This offer ends in %d minute.", "This offer ends in %d minutes.", minutes) % minutes
    return context.Deadline(iso=ends.isoformat(), seconds_left=left, text=text)
