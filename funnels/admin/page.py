"""What stands above and below a funnel's form: its state, what keeps it from being published, its path, its versions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from funnels.models import Funnel, Price, Step
from funnels.readiness import Problem, problems


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """`url` leads to where it is mended."""

    message: str
    mend: str
    url: str
    url_label: str


@dataclass(frozen=True, slots=True)
class Edge:
    label: str
    target: str


@dataclass(frozen=True, slots=True)
class StepRow:
    anchor: str
    kind: str
    title: str
    sells: str
    edges: tuple[Edge, ...]
    problems: tuple[ShownProblem, ...]


@dataclass(frozen=True, slots=True)
class VersionRow:
    pk: int
    number: int
    at: datetime
    by: str
    note: str
    current: bool


@dataclass(frozen=True, slots=True)
class FunnelPage:
    pk: int
    address: str
    on_sale: str
    ready: bool
    problem_count: int
    problems: tuple[ShownProblem, ...]
    steps: tuple[StepRow, ...]
    versions: tuple[VersionRow, ...]
    links: tuple[Link, ...]
    may_change: bool


type LinkMaker = Callable[[Funnel], Link]
_links: list[LinkMaker] = []


def adds_link(maker: LinkMaker) -> LinkMaker:
    """Decorator for layers above: put a button of theirs on the funnel's page."""
    _links.append(maker)
    return maker


def build(request: HttpRequest, funnel: Funnel) -> FunnelPage:
    found = problems(funnel)
    steps = list(funnel.steps.with_prices().select_related("on_accept", "on_decline"))
    versions = list(funnel.versions.select_related("published_by")[:20])
    current = next((v for v in versions if v.pk == funnel.published_id), funnel.published)
    return FunnelPage(
        pk=funnel.pk,
        address=f"/f/{funnel.handle}/",
        on_sale=_("On sale: version %d") % current.number if current else "",
        ready=not found,
        problem_count=len(found),
        problems=tuple(shown_problem(problem) for problem in found if problem.step is None),
        steps=tuple(_step(step, [p for p in found if p.step == step]) for step in steps),
        versions=tuple(
            VersionRow(
                pk=version.pk,
                number=version.number,
                at=version.published_at,
                by=version.published_by.get_username() if version.published_by else "–",
                note=version.note,
                current=version.pk == funnel.published_id,
            )
            for version in versions
        ),
        links=tuple(maker(funnel) for maker in _links),
        may_change=request.user.has_perm("funnels.change_funnel"),
    )


def shown_problem(problem: Problem) -> ShownProblem:
    """A problem with the address of the page, or the place on this page, where it is mended."""
    place = problem.place
    if isinstance(place, models.Model):
        options = place._meta
        url = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[place.pk])
        return ShownProblem(problem.message, problem.mend, url, _("Open “%s”") % place)
    if problem.step is not None:
        return ShownProblem(problem.message, problem.mend, f"#{anchor(problem.step)}", _("Go to the step"))
    return ShownProblem(problem.message, problem.mend, "#funnel_form", _("Go to the form"))


def anchor(step: Step) -> str:
    return f"step-{step.pk}"


def shown_price(price: Price) -> str:
    return f"{price.product.name} · {price.money.format(get_language() or 'en')}"


def _step(step: Step, found: list[Problem]) -> StepRow:
    edges = []
    if step.kind == Step.Kind.CHECKOUT:
        edges = [(_("Paid"), step.on_accept)]
    elif step.kind != Step.Kind.THANK_YOU:
        edges = [(_("Yes"), step.on_accept), (_("No"), step.on_decline)]
    sells = " + ".join(shown_price(price) for price in step.prices)
    return StepRow(
        anchor=anchor(step),
        kind=step.get_kind_display(),
        title=step.title,
        sells=sells,
        edges=tuple(Edge(label, target.title if target else _("nowhere yet")) for label, target in edges),
        problems=tuple(shown_problem(problem) for problem in found),
    )
