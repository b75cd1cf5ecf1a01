"""The graph that the steps of a draft make: every path ends, and every step can be reached."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from funnels.models import Step
from funnels.soundness.problems import Problem


def graph_problems(steps: list[Step]) -> Iterator[Problem]:
    """Reachable steps, no dead ends, no cycles: walks the edges from the checkout."""
    by_id = {step.pk: step for step in steps}
    entry = next((step for step in steps if step.kind == Step.Kind.CHECKOUT), None)
    for step in steps:
        for target_id, edge in edges(step):
            target = by_id.get(target_id) if target_id else None
            if target is None:
                yield Problem(step, _("Nothing follows after “%s”.") % edge, _("Choose the step it leads to."))
            elif target.kind == Step.Kind.CHECKOUT:
                yield Problem(
                    step, _("“%s” leads back to the checkout.") % edge, _("Lead it to an offer or the thank-you step.")
                )
    if entry is None:
        return
    reached = reachable(entry, by_id)
    for step in steps:
        if step.pk not in reached and step.kind != Step.Kind.CHECKOUT:
            yield Problem(step, _("No shopper can get to this step."), _("Lead another step to it, or remove it."))
    for step in _on_cycle(steps, by_id):
        yield Problem(step, _("This step can be reached from itself."), _("Change an edge so that the path ends."))


def edges(step: Step) -> list[tuple[int | None, str]]:
    """Where a step leads, by primary key, and on what; None where an edge that every such step has leads nowhere yet."""
    if step.kind == Step.Kind.THANK_YOU:
        return []
    if step.kind == Step.Kind.CHECKOUT:
        return [(step.on_accept_id, _("paid"))]
    own = [(step.on_skip_id, _("not shown")), (step.on_payment_declined_id, _("payment declined"))]
    required = [(step.on_accept_id, _("accept")), (step.on_decline_id, _("decline"))]
    return [*required, *((target, edge) for target, edge in own if target is not None)]


def reachable(start: Step, by_id: dict[int, Step]) -> set[int]:
    reached: set[int] = set()
    waiting = [start]
    while waiting:
        step = waiting.pop()
        if step.pk in reached:
            continue
        reached.add(step.pk)
        waiting += [by_id[target] for target, _edge in edges(step) if target in by_id]
    return reached


def _on_cycle(steps: list[Step], by_id: dict[int, Step]) -> list[Step]:
    return [
        step
        for step in steps
        if step.pk in {pk for target, _edge in edges(step) if target in by_id for pk in reachable(by_id[target], by_id)}
    ]
