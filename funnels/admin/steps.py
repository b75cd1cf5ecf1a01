"""The steps of a funnel, on its page: sorted by hand, each showing what it lacks."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet, TextField
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import StackedInline
from unfold.decorators import display

from funnels.admin.page import anchor, shown_price, shown_problem
from funnels.admin.scoping import MerchantScoped
from funnels.models import Funnel, Price, Step
from funnels.readiness import Problem, problems


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    """`get_inline_title` is what the page shows of a step that is folded up."""

    found: list[Problem] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.instance.get_inline_title = self._title()

    def _title(self) -> SafeString:
        step = self.instance
        count = sum(problem.step == step for problem in self.found)
        chip = (
            format_html(
                ' <span class="sw-chip sw-danger">{}</span>', ngettext("%d problem", "%d problems", count) % count
            )
            if count
            else ""
        )
        return format_html(
            '<span id="{}" class="sw-step-title"><span class="sw-chip sw-neutral">{}</span> {}{}</span>',
            anchor(step),
            step.get_kind_display(),
            step.title,
            chip,
        )


class PriceChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, price: Price) -> str:
        return shown_price(price)


class StepInline(MerchantScoped, StackedInline):
    merchant_path = "funnel__merchant"
    model = Step
    fk_name = "funnel"
    extra = 0
    form = StepForm
    ordering_field = "position"
    hide_ordering_field = True
    collapsible = True
    readonly_fields = ("problems",)
    prepopulated_fields = {"key": ("title",)}
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "problems",
                    "position",
                    ("kind", "title", "key"),
                    ("price", "max_quantity"),
                    ("on_accept", "on_decline"),
                )
            },
        ),
        (
            _("Words"),
            {
                "fields": (
                    ("headline", "subheadline"),
                    "body",
                    ("points", "badges"),
                    ("accept_label", "decline_label"),
                    ("deadline_minutes", "ask_phone"),
                )
            },
        ),
        (_("Order bump (on the checkout)"), {"fields": (("bump_price", "bump_headline"), "bump_text")}),
    )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # One inline instance serves one request; its choices depend on the funnel whose page this is.
        self.funnel: Funnel | None = obj
        self.found = problems(obj) if obj is not None else []
        kwargs["form"] = type("FunnelStepForm", (self.form,), {"found": self.found})
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        return super().get_queryset(request).select_related("funnel", "price__product")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Edges lead to steps of this funnel; prices are its merchant's current ones, and those already chosen."""
        if db_field.name in ("on_accept", "on_decline"):
            steps = Step.objects.filter(funnel=self.funnel) if self.funnel else Step.objects.none()
            return super(MerchantScoped, self).formfield_for_foreignkey(db_field, request, queryset=steps, **kwargs)
        if db_field.name in ("price", "bump_price"):
            kwargs |= {"queryset": self._prices(), "form_class": PriceChoice}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, TextField) and field is not None:
            field.widget.attrs["rows"] = 3
        return field

    def _prices(self) -> QuerySet[Price]:
        if self.funnel is None:
            return Price.objects.none()
        steps = Step.objects.filter(funnel=self.funnel)
        chosen = Q(pk__in=steps.values("price")) | Q(pk__in=steps.values("bump_price"))
        mine = Price.objects.filter(product__merchant=self.funnel.merchant_id).select_related("product")
        return mine.filter(Q(archived_at=None) | chosen).order_by("product__name", "amount")

    @display(description=_("To mend"))
    def problems(self, step: Step) -> str | SafeString:
        mine = [shown_problem(problem) for problem in self.found if step.pk and problem.step == step]
        if not mine:
            return str(_("Nothing."))
        rows = ((p.message, p.mend, p.url, p.url_label) for p in mine)
        return format_html_join("", '<p class="sw-problem">{} {} <a class="sw-link" href="{}">{}</a></p>', rows)
