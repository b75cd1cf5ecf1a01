"""Where a step leads. Pure functions over a compiled spec; a run's position is stored by the layer above."""

from enum import StrEnum

from funnels.spec import FunnelSpec, StepKind, StepSpec


class Move(StrEnum):
    PAID = "paid"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SKIPPED = "skipped"
    PAYMENT_DECLINED = "payment_declined"


def next_step(spec: FunnelSpec, step: StepSpec, move: Move) -> StepSpec:
    """The step after `step`. A missing edge leads to the thank-you step, which leads to itself.

    Two edges are optional: without its own, an offer that is not shown leads where a no does, and one whose payment is
    declined stays.
    """
    match move:
        case Move.PAID | Move.ACCEPTED:
            key = step.on_accept
        case Move.DECLINED:
            key = step.on_decline
        case Move.SKIPPED:
            key = step.on_skip or step.on_decline
        case Move.PAYMENT_DECLINED:
            key = step.on_payment_declined or step.key
    return spec.steps.get(key) or thank_you(spec)


def thank_you(spec: FunnelSpec) -> StepSpec:
    """The funnel's thank-you step; a published funnel has exactly one reachable end of this kind."""
    return next(step for step in spec.steps.values() if step.kind is StepKind.THANK_YOU)
