"""Changing the draft: steps are added, led elsewhere and removed so that the path stays whole.

Each deed locks the funnel's row, so that two people who edit at once follow each other. Steps are numbered along the path.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from funnels.editor import edges, layout
from funnels.editor.edges import Exit
from funnels.models import Funnel, Step

KEY_LENGTH = 40


class Stale(Exception):
    """Somebody else has saved the step in the meantime; `step` is how it is now."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.title)
        self.step = step


@contextmanager
def changing(funnel: Funnel) -> Iterator[list[Step]]:
    """A transaction in which nobody else changes the funnel's steps; they are numbered anew when it ends."""
    with transaction.atomic():
        Funnel.objects.select_for_update(of=("self",)).get(pk=funnel.pk)
        yield list(funnel.steps.all())
        renumber(funnel)


def begin(funnel: Funnel) -> None:
    """The two steps that every funnel has: a checkout that leads to a thank-you page."""
    with changing(funnel):
        thanks = _create(funnel, Step.Kind.THANK_YOU, _("Thank you"), set())
        checkout = _create(funnel, Step.Kind.CHECKOUT, _("Checkout"), {thanks.key})
        Step.objects.filter(pk=checkout.pk).update(on_accept=thanks)


def add_step(*, funnel: Funnel, kind: str, title: str, after: Step | None, out: Exit | None) -> Step:
    """A new step at an exit of another one; it leads on to where that led. Without an exit nothing leads to it yet."""
    with changing(funnel) as steps:
        onward = edges.target_id(after, out) if after is not None and out is not None else None
        if onward is None:
            onward = next((step.pk for step in steps if step.kind == Step.Kind.THANK_YOU), None)
        made = _create(funnel, kind, title, {step.key for step in steps})
        leads = {f"{own.field}_id": onward for own in edges.exits(made)}
        Step.objects.filter(pk=made.pk).update(**leads)
        if after is not None and out is not None:
            Step.objects.filter(pk=after.pk).update(revision=F("revision") + 1, **{f"{out.field}_id": made.pk})
    made.refresh_from_db()
    return made


def heir(step: Step) -> int | None:
    """Where the steps before this one lead once it is removed: where most shoppers would have gone on."""
    onward = (edges.target_id(step, out) for out in edges.exits(step))
    return next((target for target in onward if target is not None and target != step.pk), None)


def remove_step(*, step: Step) -> None:
    """Remove a step; what led to it leads to its heir."""
    with changing(step.funnel) as steps:
        current = next((other for other in steps if other.pk == step.pk), None)
        if current is None:
            return
        for other, out in edges.leading_to(current, steps):
            target = heir(current)
            healed = {f"{out.field}_id": None if target == other.pk else target}
            Step.objects.filter(pk=other.pk).update(revision=F("revision") + 1, **healed)
        current.delete()


def claim(*, step: Step, revision: int) -> None:
    """Count a step's next revision, so that of two people who began with the same one the second is told; Stale then.

    Called while `changing` the funnel.
    """
    next_one = {"revision": F("revision") + 1}
    if not Step.objects.filter(pk=step.pk, revision=revision).update(**next_one):
        raise Stale(Step.objects.get(pk=step.pk))
    step.revision = revision + 1


def renumber(funnel: Funnel) -> None:
    """Number the steps as they stand along the path."""
    steps = {step.pk: step for step in funnel.steps.all()}
    for position, place in enumerate(drawn(list(steps.values())).places):
        if steps[place.key].position != position:
            Step.objects.filter(pk=place.key).update(position=position)


def drawn(steps: list[Step]) -> layout.Layout:
    """The layout of a draft's steps."""
    nodes = [
        layout.Node(step.pk, {out.field: edges.target_id(step, out) for out in edges.exits(step)}) for step in steps
    ]
    entry = next((step.pk for step in steps if step.kind == Step.Kind.CHECKOUT), None)
    return layout.lay_out(nodes, entry)


def _create(funnel: Funnel, kind: str, title: str, taken: set[str]) -> Step:
    return Step.objects.create(funnel=funnel, kind=kind, title=title, key=free_key(title, taken), position=0)


def free_key(title: str, taken: set[str]) -> str:
    """A key made of the title that no other step has."""
    base = slugify(title)[: KEY_LENGTH - 3] or "step"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key
