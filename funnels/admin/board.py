"""What the drawing of a funnel shows: a card for each step with its exits, and the lines between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from funnels.admin.prices import shown_amount
from funnels.admin.rules import in_words
from funnels.editor import edges, editing
from funnels.editor.edges import Exit
from funnels.editor.layout import Layout, Place
from funnels.models import Funnel, Price, Step
from funnels.numbers import StepNumbers
from funnels.soundness.problems import Problem
from integrations.money import Money


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """`url` leads to where it is mended; `in_panel` tells that this is a step's own form, `for_editors` that
    only who may change the funnel can open it.
    """

    message: str
    mend: str
    url: str
    url_label: str
    in_panel: bool = False
    for_editors: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One exit of a card: `look` names its line's style, `target` is empty where it leads nowhere yet, `note` says when
    it is taken where that is not plain.
    """

    look: str
    label: Any
    target: str
    note: str = ""
    share: str = ""
    shoppers: str = ""
    add_url: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A step as it is drawn. `style` places it; `picture` is empty where a miniature of the page is drawn instead."""

    anchor: str
    kind: str
    kind_name: str
    title: str
    sells: str
    picture: str
    url: str
    preview_url: str
    remove_url: str
    edges: tuple[Way, ...]
    problems: tuple[ShownProblem, ...]
    style: str
    reachable: bool
    visits: str = ""
    revenue: str = ""


@dataclass(frozen=True, slots=True)
class DrawnLine:
    look: str
    path: str
    back: bool


@dataclass(frozen=True, slots=True)
class Board:
    """`style` and `box` size the drawing, in rem; `looks` are the lines' styles. `counted`: the cards carry numbers."""

    style: str
    box: str
    cards: tuple[Card, ...]
    lines: tuple[DrawnLine, ...]
    looks: tuple[str, ...]
    counted: bool


LOOKS = {"on_accept": "accept", "on_decline": "decline", "on_skip": "skip", "on_payment_declined": "refused"}


def board(steps: Sequence[Step], found: Sequence[Problem], numbers: Mapping[str, StepNumbers]) -> Board:
    """The drawing of these steps, which carry their prices with products."""
    drawn = editing.drawn(list(steps))
    by_id = {step.pk: step for step in steps}
    currency = next((step.price.currency for step in steps if step.price is not None), "USD")
    return Board(
        style=f"--w:{drawn.width:g}rem;--h:{drawn.height:g}rem",
        box=f"0 0 {drawn.width:g} {drawn.height:g}",
        cards=tuple(
            _card(by_id, place, [p for p in found if p.step is not None and p.step.pk == place.key], numbers, currency)
            for place in drawn.places
        ),
        lines=_lines(drawn),
        looks=tuple(dict.fromkeys(LOOKS[out.field] for step in steps for out in edges.exits(step))),
        counted=bool(numbers),
    )


def _lines(drawn: Layout) -> tuple[DrawnLine, ...]:
    return tuple(DrawnLine(LOOKS[line.exit], line.path, line.back) for line in drawn.lines)


def _card(
    steps: Mapping[int, Step],
    place: Place,
    found: Sequence[Problem],
    numbers: Mapping[str, StepNumbers],
    currency: str,
) -> Card:
    step = steps[place.key]
    counted = numbers.get(step.key)
    address = [step.funnel_id, step.pk]
    return Card(
        anchor=anchor(step),
        kind=step.kind,
        kind_name=step.get_kind_display(),
        title=step.title,
        sells=" + ".join(shown_price(price) for price in step.prices),
        picture=step.price.product.image if step.price is not None else "",
        url=reverse("admin:funnels_funnel_step", args=address),
        preview_url=f"{reverse('admin:funnels_funnel_preview', args=address[:1])}?step={step.pk}",
        remove_url=reverse("admin:funnels_funnel_remove_step", args=address),
        edges=tuple(_way(step, out, steps, counted) for out in edges.exits(step)),
        problems=tuple(shown_problem(problem) for problem in found),
        style=f"--x:{place.x:g}rem;--y:{place.y:g}rem;--h:{place.height:g}rem",
        reachable=place.reachable,
        visits=_visits(counted),
        revenue=_money(counted.revenue, currency) if counted and counted.revenue else "",
    )


def _note(step: Step, steps: Mapping[int, Step]) -> str:
    """When an offer is not shown; a rule that cannot be read is told by its problem."""
    told = in_words(step.rule, [price for other in steps.values() for price in other.prices]) if step.rule else ""
    return _("unless %s") % told if told else ""


def _way(step: Step, out: Exit, steps: Mapping[int, Step], counted: StepNumbers | None) -> Way:
    target = steps.get(edges.target_id(step, out) or 0)
    share = counted.share(out.counted) if counted is not None else None
    count = counted.moves.get(out.counted, 0) if counted is not None else 0
    address = reverse("admin:funnels_funnel_add_step", args=[step.funnel_id])
    return Way(
        look=LOOKS[out.field],
        label=out.label,
        target=target.title if target is not None else "",
        note=_note(step, steps) if out is edges.SKIPPED else "",
        share="" if share is None else f"{share:.0%}",
        shoppers="" if share is None else ngettext("%d shopper", "%d shoppers", count) % count,
        add_url=f"{address}?after={step.pk}&exit={out.field}",
    )


def _visits(counted: StepNumbers | None) -> str:
    if counted is None:
        return ""
    return ngettext("%s visit", "%s visits", counted.visits) % f"{counted.visits:,}"


def _money(amount: int, currency: str) -> str:
    return Money(amount, currency).format(get_language() or "en")


def shown_problem(problem: Problem) -> ShownProblem:
    """A problem with the address of the page where it is mended."""
    if problem.texts_of is not None:
        url = reverse("admin:funnels_funnel_languages", args=[problem.texts_of.pk])
        return ShownProblem(problem.message, problem.mend, url, _("Open the languages"), for_editors=True)
    place = problem.place
    if isinstance(place, Funnel):
        url = reverse("admin:funnels_funnel_settings", args=[place.pk])
        return ShownProblem(problem.message, problem.mend, url, _("Open the settings"))
    if isinstance(place, models.Model):
        options = place._meta
        url = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[place.pk])
        return ShownProblem(problem.message, problem.mend, url, _("Open “%s”") % place)
    if problem.step is not None:
        url = reverse("admin:funnels_funnel_step", args=[problem.step.funnel_id, problem.step.pk])
        return ShownProblem(problem.message, problem.mend, url, _("Edit the step"), in_panel=True, for_editors=True)
    return ShownProblem(problem.message, problem.mend, "", _("Open the settings"))


def anchor(step: Step) -> str:
    return f"step-{step.pk}"


def shown_price(price: Price) -> str:
    return f"{price.product.name} · {shown_amount(price)}"
