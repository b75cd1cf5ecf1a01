"""Why each offer of a run was shown or not, for staff: what was decided, what was known then, and how the shopper left it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.models import Run
from checkout.offering import Reason, decision_on
from funnels.flow import Move

OUTCOMES = {
    Move.ACCEPTED: (gettext_lazy("accepted"), "sw-positive"),
    Move.DECLINED: (gettext_lazy("declined"), "sw-neutral"),
    Move.SKIPPED: (gettext_lazy("not shown"), "sw-neutral"),
    Move.PAYMENT_DECLINED: (gettext_lazy("payment declined"), "sw-warning"),
}


@dataclass(frozen=True, slots=True)
class TracedOffer:
    """`tone` is the class of its chip; `because` and `reasons` are in the words of the moment of the decision."""

    title: str
    outcome: str
    tone: str
    because: str = ""
    reasons: tuple[Reason, ...] = ()


def trace(run: Run) -> list[TracedOffer]:
    """The offers that the run came to, in the order in which it did."""
    offers = [step for step in run.spec.steps.values() if step.kind.is_offer]
    left = {entry["step"]: entry for entry in run.path}
    came = [step for step in offers if step.key in left or step.key == run.step]
    order = [entry["step"] for entry in run.path] + [run.step]
    traced = []
    for step in sorted(came, key=lambda step: order.index(step.key)):
        outcome, tone = OUTCOMES[Move(left[step.key]["move"])] if step.key in left else (_("open"), "sw-info")
        decided = decision_on(run, step)
        shown_always = "" if step.rule else _("It has no rule: it is always shown.")
        because = decided.because if decided else left.get(step.key, {}).get("because", shown_always)
        traced.append(TracedOffer(step.title, str(outcome), tone, because, decided.reasons if decided else ()))
    return traced
