"""A step's page in each state that a shopper can meet it in, made up, with nothing stored or charged: what a preview shows.

The theme kit draws the same pages of its own shops.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.page import choosing, messages, presenting
from checkout.page.availability import PLENTY, Availability
from checkout.page.context import ProcessingPage, ThankYouPage, WaysToPay
from checkout.page.forms import CheckoutForm
from funnels.pricing.quoting import Quote, quote
from funnels.pricing.upgrading import Replaced, upgrade_quote
from funnels.rules import sentence
from funnels.spec import FunnelSpec, StepKind, StepSpec
from integrations.gateways.types import DeclineReason, StoredMethod
from orders.models import Payment
from orders.states import PaymentState


class State(StrEnum):
    FIRST = "first"
    ERRORS = "errors"
    DECLINED = "declined"
    FEW_LEFT = "few-left"
    SOLD_OUT = "sold-out"
    DEADLINE = "deadline"
    ENDED = "ended"
    CONFIRMING = "confirming"


LABELS: Mapping[State, Any] = {
    State.FIRST: gettext_lazy("As first seen"),
    State.ERRORS: gettext_lazy("Left empty and sent"),
    State.DECLINED: gettext_lazy("Card declined"),
    State.FEW_LEFT: gettext_lazy("Only a few left"),
    State.SOLD_OUT: gettext_lazy("Sold out"),
    State.DEADLINE: gettext_lazy("With its deadline"),
    State.ENDED: gettext_lazy("After its deadline"),
    State.CONFIRMING: gettext_lazy("Payment being confirmed"),
}
CHECKOUT = (State.FIRST, State.ERRORS, State.DECLINED, State.FEW_LEFT, State.SOLD_OUT, State.CONFIRMING)
OFFER = (State.FIRST, State.DECLINED, State.FEW_LEFT, State.SOLD_OUT, State.CONFIRMING)
TIMED = (State.FIRST, State.DEADLINE, State.ENDED, *OFFER[1:])
CARD = StoredMethod("", "", brand="Visa", last4="4242")
FEW = Availability(left=3, low=True)
NONE_LEFT = Availability(left=0)
DECLINED = Payment(state=PaymentState.FAILED, decline_reason=DeclineReason.GENERIC)
DEFAULT_MINUTES = 15
SHOPPER = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page context with the name of its template."""

    template: str
    content: Any


def states(kind: str, deadline_minutes: int | None) -> tuple[State, ...]:
    """The states that a step of this kind has."""
    if kind == StepKind.CHECKOUT:
        return CHECKOUT
    if kind == StepKind.THANK_YOU:
        return (State.FIRST,)
    return TIMED if deadline_minutes else OFFER


def show(spec: FunnelSpec, step: StepSpec, state: State, url: str) -> Shown:
    """The step's page in this state, saying that it is a preview; `url` is where its forms go."""
    shown = page(spec, step, state, url, payable=None if spec.gateway else WaysToPay(), preview=True)
    note = _rule_note(spec, step)
    shell = replace(shown.content.shell, preview=True, preview_note=note if shown.template == "offer" else "")
    return replace(shown, content=replace(shown.content, shell=shell))


def page(
    spec: FunnelSpec,
    step: StepSpec,
    state: State,
    url: str,
    *,
    payable: WaysToPay | None = None,
    preview: bool = False,
) -> Shown:
    """The step's page in this state, or as first seen if it has no such state; `payable` takes the place of the funnel's
    own accounts.
    """
    if state not in states(step.kind, step.deadline_minutes):
        state = State.FIRST
    if step.kind is StepKind.THANK_YOU:
        return _thank_you(spec, step)
    if step.item is None:
        headline = _("This step has no price yet")
        text = _("Choose the price it sells on the funnel's page, then look again.")
        return Shown("note", presenting.note_page(spec, headline, text))
    if state is State.CONFIRMING:
        return Shown("processing", _confirming(spec, url))
    if step.kind is StepKind.CHECKOUT:
        return _checkout(spec, step, state, url, payable=payable, preview=preview)
    return _offer(spec, step, state, url, preview=preview)


def _checkout(
    spec: FunnelSpec, step: StepSpec, state: State, url: str, *, payable: WaysToPay | None, preview: bool
) -> Shown:
    if state is State.SOLD_OUT:
        return Shown("note", presenting.sold_out_page(spec, step, NONE_LEFT, url=url))
    form = CheckoutForm(spec=spec, step=step)
    if state is State.ERRORS:
        form = CheckoutForm({}, spec=spec, step=step)
    elif state is State.DECLINED:
        form = CheckoutForm(spec=spec, step=step, initial=SHOPPER)
    content = presenting.checkout_page(
        spec,
        step,
        form,
        choosing.cart(spec, step, {}),
        urls=(url, url),
        payable=payable,
        available=FEW if state is State.FEW_LEFT else PLENTY,
        error=messages.checkout_error(DECLINED) if state is State.DECLINED else "",
        preview=preview,
    )
    return Shown("checkout", content)


def _offer(spec: FunnelSpec, step: StepSpec, state: State, url: str, *, preview: bool) -> Shown:
    replaced = _replaced(spec, step)
    minutes = timedelta(minutes=step.deadline_minutes or DEFAULT_MINUTES)
    ends = {State.DEADLINE: timezone.now() + minutes, State.ENDED: timezone.now() - minutes}.get(state)
    content = presenting.offer_page(
        spec,
        step,
        _priced(spec, step, replaced),
        action_url=url,
        method=CARD.label,
        ends=ends,
        available={State.FEW_LEFT: FEW, State.SOLD_OUT: NONE_LEFT}.get(state, PLENTY),
        closed=str(messages.OFFER_SOLD_OUT) if state is State.SOLD_OUT else "",
        error=messages.offer_error(DECLINED) if state is State.DECLINED else "",
        preview=preview,
        replaced=replaced,
    )
    return Shown("offer", content)


def _rule_note(spec: FunnelSpec, step: StepSpec) -> str:
    """When shoppers see this offer; empty where they always do."""
    if not step.rule:
        return ""
    names = {item.sku: item.name for other in spec.steps.values() for item in other.items}
    return _("Shown only if %s.") % sentence(step.rule, currency=spec.currency, names=names)


def _replaced(spec: FunnelSpec, step: StepSpec) -> Replaced | None:
    """What an upgrade takes the place of: one of what the checkout sells."""
    main = spec.steps[spec.entry].item
    return Replaced(main.name, 1, main.amount) if step.replaces_main and main is not None else None


def _priced(spec: FunnelSpec, step: StepSpec, replaced: Replaced | None) -> Quote:
    at = choosing.destination(spec, spec.steps[spec.entry], {})
    if replaced is None:
        return quote(step, tax=spec.tax, destination=at)
    return upgrade_quote(step, replaced, tax=spec.tax, destination=at)


def _thank_you(spec: FunnelSpec, step: StepSpec) -> Shown:
    """A thank-you page for a made-up order of the checkout's item."""
    content = ThankYouPage(
        shell=presenting.shell(spec, title=step.title),
        headline=step.headline or _("Thank you for your order"),
        subheadline=step.subheadline,
        body=presenting.paragraphs(step.body),
        order_number="K7M2-4QXD",
        email=SHOPPER["email"],
        first_name=SHOPPER["firstName"],
        summary=presenting.summary_of_quote(choosing.cart(spec, spec.steps[spec.entry], {}).quote, spec.locale),
        method=CARD.label,
        points=step.points,
    )
    return Shown("thank_you", content)


def _confirming(spec: FunnelSpec, url: str) -> ProcessingPage:
    """The page that waits; it asks `url` how the payment goes, and is told that nothing has happened yet."""
    return ProcessingPage(
        shell=presenting.shell(spec, title=_("Your payment")),
        state="confirming",
        status_url=f"{url}?state=status",
        complete_url=url,
        next_url=url,
    )
