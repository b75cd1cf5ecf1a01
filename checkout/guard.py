"""Who may act on a run: the browser that started it, proved by a secret cookie that only goes to that run's pages."""

import uuid
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from checkout.models import Run
from checkout.page import languages
from funnels.models import FunnelVersion

COOKIE_AGE = 60 * 60 * 24 * 30
SECRET_COOKIE = "run-secret"  # noqa: S105 - a cookie's name
POINTER_COOKIE = "run"


@dataclass
class OtherBrowser(Exception):
    """The run was started in another browser; nothing of it may be shown or done here."""

    run: Run


def own_run(request: HttpRequest, handle: str, run_id: uuid.UUID) -> Run:
    """The run of this address, for the browser that started it; Http404 or OtherBrowser for anybody else."""
    try:
        run = Run.objects.select_related("order").get(pk=run_id)
    except Run.DoesNotExist:
        raise Http404 from None
    if run.spec.handle != handle:
        raise Http404
    own = run.belongs_to(request.COOKIES.get(SECRET_COOKIE))
    languages.follow(request, run, may_choose=own)
    if not own:
        raise OtherBrowser(run)
    structlog.contextvars.bind_contextvars(run=str(run.pk), **({"order": run.order.number} if run.order else {}))
    return run


def open_run(request: HttpRequest, version: FunnelVersion) -> Run | None:
    """The unfinished run of this funnel that this browser began, if any."""
    try:
        run_id = uuid.UUID(request.COOKIES.get(POINTER_COOKIE, ""))
    except ValueError:
        return None
    return Run.objects.filter(pk=run_id, status=Run.Status.OPEN, version__funnel_id=version.funnel_id).first()


def bind(response: HttpResponse, run: Run, secret: str) -> None:
    """Give the browser the run's secret, for that run's pages only, and a pointer to find the run again."""
    shared = {"max_age": COOKIE_AGE, "secure": settings.HTTPS, "httponly": True, "samesite": "Lax"}
    handle = run.spec.handle
    response.set_cookie(SECRET_COOKIE, secret, path=reverse("resume", args=[handle, run.pk]), **shared)
    response.set_cookie(POINTER_COOKIE, str(run.pk), path=reverse("start", args=[handle]), **shared)
