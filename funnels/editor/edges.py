"""The exits of a draft's steps: which fields of a step lead where, and when a shopper leaves by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from funnels.models import Step


@dataclass(frozen=True, slots=True)
class Exit:
    """`field` is the foreign key of the step that holds the target; `counted` its name in a funnel's numbers."""

    field: str
    counted: str
    label: Any


PAID = Exit("on_accept", "accept", _("Paid"))
YES = Exit("on_accept", "accept", _("Yes"))
NO = Exit("on_decline", "decline", _("No"))
SKIPPED = Exit("on_skip", "skip", _("Not shown"))
REFUSED = Exit("on_payment_declined", "payment_declined", _("Card declined"))
FIELDS = ("on_accept", "on_decline", "on_skip", "on_payment_declined")
BY_KIND: Mapping[str, tuple[Exit, ...]] = {
    Step.Kind.CHECKOUT: (PAID,),
    Step.Kind.UPSELL: (YES, NO),
    Step.Kind.DOWNSELL: (YES, NO),
    Step.Kind.THANK_YOU: (),
}


def exits(step: Step) -> tuple[Exit, ...]:
    """The exits of a step, the one that goes straight on first; an offer has more if it has a rule or such a route."""
    own = BY_KIND[step.kind]
    if step.is_offer and (step.rule or step.on_skip_id):
        own = (*own, SKIPPED)
    if step.is_offer and step.on_payment_declined_id:
        own = (*own, REFUSED)
    return own


def target_id(step: Step, out: Exit) -> int | None:
    """Where an exit leads; an offer that is not shown leads where a no does, unless it has a route of its own."""
    target: int | None = getattr(step, f"{out.field}_id")
    return step.on_decline_id if target is None and out is SKIPPED else target


def leading_to(step: Step, steps: Sequence[Step]) -> list[tuple[Step, Exit]]:
    """Every exit of other steps that leads to `step`."""
    others = [other for other in steps if other.pk != step.pk]
    return [(other, out) for other in others for out in exits(other) if getattr(other, f"{out.field}_id") == step.pk]
