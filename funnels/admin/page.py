"""A funnel's page: its state, what keeps it from being published, its drawing, its versions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from funnels.access.roles import may, reads_reports
from funnels.admin.board import Board, Card, ShownProblem, board, shown_problem
from funnels.models import Funnel
from funnels.numbers import lately
from funnels.readiness import problems


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    icon: str
    url: str


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
    """`problems` are those of the funnel as a whole; each step's own are on its card."""

    pk: int
    address: str
    on_sale: str
    ready: bool
    problem_count: int
    problems: tuple[ShownProblem, ...]
    board: Board
    versions: tuple[VersionRow, ...]
    links: tuple[Link, ...]
    may_change: bool
    may_duplicate: bool

    @property
    def steps(self) -> tuple[Card, ...]:
        return self.board.cards


type LinkMaker = Callable[[Funnel], Link]
_links: list[LinkMaker] = []


def adds_link(maker: LinkMaker) -> LinkMaker:
    """Decorator for layers above: put a button of theirs on the funnel's page."""
    _links.append(maker)
    return maker


def build(request: HttpRequest, funnel: Funnel, *, with_numbers: bool = False) -> FunnelPage:
    found = problems(funnel)
    steps = list(funnel.steps.with_prices())
    versions = list(funnel.versions.select_related("published_by")[:20])
    current = next((v for v in versions if v.pk == funnel.published_id), funnel.published)
    settings = reverse("admin:funnels_funnel_settings", args=[funnel.pk])
    general = [shown_problem(problem) for problem in found if problem.step is None]
    numbers = lately(funnel) if with_numbers and reads_reports(request.user, funnel.merchant_id) else {}
    return FunnelPage(
        pk=funnel.pk,
        address=f"/f/{funnel.handle}/",
        on_sale=_("On sale: version %d") % current.number if current else "",
        ready=not found,
        problem_count=len(found),
        problems=tuple(problem if problem.url else replace(problem, url=settings) for problem in general),
        board=board(steps, found, numbers),
        versions=tuple(
            VersionRow(
                pk=version.pk,
                number=version.number,
                at=version.published_at,
                by=version.published_by.get_username() if version.published_by else "",
                note=version.note,
                current=version.pk == funnel.published_id,
            )
            for version in versions
        ),
        links=tuple(maker(funnel) for maker in _links),
        may_change=may(request.user, "funnels.change_funnel", funnel.merchant_id),
        may_duplicate=may(request.user, "funnels.add_funnel", funnel.merchant_id),
    )
