"""Jobs: what is owed to whom, why it failed, and what staff can do about a dead letter.

Registered by the layer that knows merchants.
"""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from integrations.listing import CountedSoFar, found_in
from integrations.outbox import queue
from integrations.outbox.models import Job
from integrations.outbox.registry import KINDS, title_of

LABELS = {
    Job.State.WAITING: "info",
    Job.State.RUNNING: "info",
    Job.State.DONE: "success",
    Job.State.DEAD: "danger",
    Job.State.DROPPED: "default",
}


class KindFilter(admin.SimpleListFilter):
    """By what a job does, in words, or by whom it is owed to: "crm" has all kinds that begin so."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return sorted(((kind, title_of(kind)) for kind in KINDS), key=lambda choice: choice[1])

    def queryset(self, _request: HttpRequest, jobs: QuerySet[Job]) -> QuerySet[Job]:
        wanted = self.value()
        if not wanted:
            return jobs
        return jobs.filter(kind=wanted) if "." in wanted else jobs.filter(kind__startswith=f"{wanted}.")


def as_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, sort_keys=False)


class ReadOnly(BaseModelAdmin):  # type: ignore[type-arg]
    """Rows that only deeds change; the permission to change them is the permission for the deeds."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def require(self, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied


class JobAdmin(ReadOnly, ModelAdmin):
    list_display = ("job", "chip", "attempts", "error", "run_at", "created_at")
    list_filter = ("state", KindFilter)
    search_fields = ("key", "lane", "last_error")
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    paginator = CountedSoFar
    sortable_by = ()
    search_help_text = _("Key or line; parts of them, and of errors, among the newest and the unfinished")
    actions = ("run_now", "replay", "drop")
    fields = (
        ("what", "key", "lane"),
        ("state", "attempts"),
        "last_error",
        ("created_at", "run_at", "finished_at"),
        "body",
    )
    readonly_fields = ("what", "body")
    change_form_outer_before_template = "admin/integrations/job_actions.html"

    def get_urls(self) -> list[URLPattern]:
        def route(name: str, view: Any) -> URLPattern:
            guarded: Any = self.admin_site.admin_view(require_POST(view))
            address: URLPattern = path(f"<int:pk>/{name}/", guarded, name=f"integrations_job_{name}")
            return address

        return [
            route("run", self.run_view),
            route("replay", self.replay_view),
            route("drop", self.drop_view),
            *super().get_urls(),
        ]

    def get_search_results(self, _request: HttpRequest, jobs: QuerySet[Job], term: str) -> tuple[QuerySet[Job], bool]:
        if not (term := term.strip()):
            return jobs, False
        part = Q(key__icontains=term) | Q(lane__icontains=term) | Q(last_error__icontains=term)
        exact = Q(kind__in=list(KINDS), key=term), Q(lane=term)
        return found_in(jobs, *exact, ~Q(state__in=Job.FINISHED) & part, newest=part), False

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["may_act"] = self.has_replay_permission(request, kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)

    def has_replay_permission(self, request: HttpRequest, _row: Any = None) -> bool:
        """Anywhere, or for one row; the page's scope knows whose rows are whose."""
        return request.user.has_perm("integrations.change_job")

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        queue.run_now(Job.objects.filter(pk=self._may_act_on(request, pk).pk))
        messages.success(request, _("The job runs now."))
        return redirect(reverse("admin:integrations_job_change", args=[pk]))

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        queue.replay(self._may_act_on(request, pk))
        messages.success(request, _("The job is tried again."))
        return redirect(reverse("admin:integrations_job_change", args=[pk]))

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        queue.drop(self._may_act_on(request, pk))
        messages.success(request, _("The job is given up; what waited behind it goes on."))
        return redirect(reverse("admin:integrations_job_change", args=[pk]))

    def _may_act_on(self, request: HttpRequest, pk: int) -> Job:
        """The job, if the person may see it; a deed that does not fit its state changes nothing."""
        job: Job = get_object_or_404(self.get_queryset(request), pk=pk)
        self.require(self.has_replay_permission(request, job))
        return job

    @admin.action(description=_("Run now"), permissions=["replay"])
    def run_now(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        count = queue.run_now(jobs)
        text = ngettext("%d job runs now.", "%d jobs run now.", count) % count
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Replay dead letters"), permissions=["replay"])
    def replay(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        dead = list(jobs.filter(state=Job.State.DEAD).order_by("pk"))
        for job in dead:
            queue.replay(job)
        text = ngettext("%d job is tried again.", "%d jobs are tried again.", len(dead)) % len(dead)
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Drop dead letters"), permissions=["replay"])
    def drop(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        dead = list(jobs.filter(state=Job.State.DEAD).order_by("pk"))
        for job in dead:
            queue.drop(job)
        text = ngettext("%d job was given up.", "%d jobs were given up.", len(dead)) % len(dead)
        self.message_user(request, text, messages.SUCCESS)

    @display(description=_("job"), header=True, ordering="kind")
    def job(self, job: Job) -> tuple[str, str]:
        return title_of(job.kind), job.lane or job.key

    @display(description=_("state"), ordering="state", label=LABELS)
    def chip(self, job: Job) -> tuple[str, Any]:
        return job.state, job.get_state_display()

    @display(description=_("kind"))
    def what(self, job: Job) -> str:
        return f"{title_of(job.kind)} ({job.kind})"

    @display(description=_("last error"))
    def error(self, job: Job) -> str:
        return Truncator(job.last_error).chars(80) or "–"

    @display(description=_("details"))
    def body(self, job: Job) -> SafeString:
        return format_html('<pre class="sw-plain" tabindex="0">{}</pre>', as_json(job.payload))
