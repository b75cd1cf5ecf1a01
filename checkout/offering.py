"""Which offers a run shows: each judged once, when the run comes to it, by what is known then; kept with the reasons.

A reload, a second tab or a later webhook does not judge again, so a shopper who saw an offer keeps it, and the trace tells
what was known at that moment. Funnels without rules cost nothing here.
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from checkout.models import Run
from funnels.pricing.upgrading import Replaced
from funnels.rules import Fact, Facts, Group, Verdict, because, holds, sentence, was, with_fact
from funnels.rules.tree import NEW, RETURNING
from funnels.spec import StepSpec
from integrations.gateways.types import DeclineReason
from orders import upgrading
from orders.downgrading import units_left
from orders.history.timeline import SYSTEM, record
from orders.models import Order, OrderLine, Payment
from orders.payments.declines import NOT_THE_CARD
from orders.states import OrderState, PaymentState

# The shopper may still succeed with the very same card: these leave them on the offer.
STAYS = NOT_THE_CARD | {DeclineReason.AUTHENTICATION_FAILED}


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition of a rule, what was known of it then, and whether it held, in words for staff."""

    condition: str
    was: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an offer was shown, as a run keeps it. `because` is the conditions that decided it, in one sentence."""

    shown: bool
    at: str
    rule: str
    because: str
    reasons: tuple[Reason, ...]

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, data: dict[str, Any]) -> "Decision":
        return cls(**{**data, "reasons": tuple(Reason(**reason) for reason in data["reasons"])})


def decision_on(run: Run, step: StepSpec) -> Decision | None:
    """What was decided when the run came to this offer; None if it has not come there, or the offer has no rule."""
    stored = run.decisions.get(step.key)
    return Decision.load(stored) if stored is not None else None


def may_show(run: Run, step: StepSpec) -> bool:
    """Whether the offer may be taken: it has no rule, or its rule was judged to hold. Asks nothing."""
    decided = decision_on(run, step)
    return not step.rule or (decided is not None and decided.shown)


def decide(run: Run, step: StepSpec, payments: list[Payment]) -> Decision | None:
    """The decision on the offer where the run stands, made now if it is not made yet; None for an offer without a rule.

    Under the run's lock, so that of two tabs one judges and both act alike.
    """
    if not step.rule or step.key in run.decisions:
        return decision_on(run, step)
    with transaction.atomic():
        locked = Run.lock(run.pk)
        if locked.step == step.key and step.key not in locked.decisions:
            _judge(locked, step, payments)
    run.step, run.status, run.path, run.decisions = locked.step, locked.status, locked.path, locked.decisions
    return decision_on(run, step)


def _judge(run: Run, step: StepSpec, payments: list[Payment]) -> None:
    with translation.override(settings.LANGUAGE_CODE):  # Staff read it.
        facts = facts_of(run, step.rule, payments)
        decided = _in_words(run, step.rule, holds(step.rule, facts), facts)
    run.decisions[step.key] = decided.dump()
    run.save(update_fields=["decisions"])
    if decided.shown and run.order_id is not None:
        record(run.order_id, "offer.shown", actor=SYSTEM, step=run.called(step.key), reason=decided.because)


def facts_of(run: Run, rule: Group, payments: list[Payment]) -> Facts:
    """What is known of a run's order at this moment. Its products, and who is a returning customer, are asked only if the
    rule wants them.
    """
    order, bought = run.order, [payment for payment in payments if payment.state == PaymentState.APPROVED]
    first = next((payment for payment in bought if payment.kind == Payment.Kind.CHECKOUT), None)
    asks_who, asks_what = any(with_fact(rule, Fact.CUSTOMER)), any(with_fact(rule, Fact.PRODUCTS))
    return Facts(
        currency=run.spec.currency,
        total=sum(payment.amount for payment in bought),
        products=_in_possession(run) if asks_what else {},
        country=order.country if order else "",
        coupon=order.coupon if order else "",
        customer=RETURNING if asks_who and order and _bought_before(order) else NEW,
        gateway=first.connection.provider if first and first.connection else "",
        campaign={name: str(value) for name, value in run.attribution.items()},
        device=run.device,
    )


def replaced_in(run: Run, step: StepSpec) -> Replaced | None:
    """What this offer would take the place of in the run's order; None for an offer that is no upgrade."""
    if not step.replaces_main or run.order is None:
        return None
    line = upgrading.main_line(run.order, run.spec.steps[run.spec.entry])
    return upgrading.replaced_by_upgrade(line) if line is not None else None


def leads_elsewhere(step: StepSpec, latest: Payment | None) -> str:
    """Where a declined payment of this offer leads, as a step's key; empty where the shopper stays and may try again."""
    declined = latest is not None and latest.step == step.key and latest.state == PaymentState.FAILED
    return step.on_payment_declined if declined and latest and latest.decline_reason not in STAYS else ""


def _in_possession(run: Run) -> dict[str, str]:
    """What was bought and neither replaced nor given back since: names by SKU."""
    skus = {item.product_id: item.sku for step in run.spec.steps.values() for item in step.items}
    lines = OrderLine.objects.filter(order=run.order_id, replaced_by=None).select_related("payment").order_by("pk")
    return {skus[line.product_id]: line.name for line in lines if line.product_id in skus and units_left(line)}


def _bought_before(order: Order) -> bool:
    others = Order.objects.filter(customer_id=order.customer_id, state__in=OrderState.paid())
    return others.exclude(pk=order.pk).exists()


def _in_words(run: Run, rule: Group, verdict: Verdict, facts: Facts) -> Decision:
    names = {item.sku: item.name for step in run.spec.steps.values() for item in step.items}
    decisive = (because(reason.condition, facts, holds=reason.holds, names=names) for reason in verdict.decisive)
    return Decision(
        shown=verdict.holds,
        at=timezone.now().isoformat(),
        rule=sentence(rule, currency=facts.currency, names=names),
        because="; ".join(dict.fromkeys(decisive)),
        reasons=tuple(
            Reason(
                sentence(reason.condition, currency=facts.currency, names=names),
                was(reason.condition, facts),
                reason.holds,
            )
            for reason in verdict.reasons
        ),
    )
