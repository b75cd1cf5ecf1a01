"""What a reader picks: the days, what they are compared with, what the numbers are narrowed to. Only their own is offered."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from checkout.models import Run
from checkout.reports import asking
from checkout.reports.asking import Narrowed, Period
from checkout.reports.counting import today
from checkout.reports.periods import LONGEST, Comparison, Preset, compared, period_of
from funnels.models import Funnel, FunnelVersion, Merchant
from funnels.models.merchant import scope

# In addresses the empty source and the unknown device have names, for an empty value asks for all of them.
UNNAMED = "-"
MOST_SOURCES = 50


class Picker(forms.Form):
    """Bound to the address's query. What is missing or not the reader's own falls back to the whole."""

    days = forms.ChoiceField(label=_("Days"), choices=Preset.choices, required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    beside = forms.ChoiceField(label=_("Compare with"), choices=Comparison.choices, required=False)
    merchant = forms.TypedChoiceField(label=_("Merchant"), required=False, coerce=int, empty_value=None)
    funnel = forms.TypedChoiceField(label=_("Funnel"), required=False, coerce=int, empty_value=None)
    version = forms.TypedChoiceField(label=_("Version"), required=False, coerce=int, empty_value=None)
    source = forms.ChoiceField(label=_("Source"), required=False)
    device = forms.ChoiceField(label=_("Device"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, user: User, given: Any) -> None:
        super().__init__({"days": Preset.MONTH, "beside": Comparison.PREVIOUS, **given.dict()})
        self.user = user
        merchants = list(Merchant.objects.of(user, asking.MAY_READ).order_by("name"))
        self.today = today(merchants[0]) if len(merchants) == 1 else timezone.now().date()
        self._offer("merchant", [(row.pk, row.name) for row in merchants])
        funnels = scope(Funnel.objects.order_by("name"), user, permission=asking.MAY_READ)
        self._offer("funnel", [(row.pk, row.name) for row in funnels])
        self._offer("version", self._versions(funnels))
        self.full_clean()
        self.period = self._period()
        facts = asking.steps(user, self.period, self._narrowed(currency=None))
        self._offer_what_happened(facts)
        self.full_clean()
        self.unit = self._currency(facts)

    @property
    def other(self) -> Period | None:
        return compared(self.period, self._given("beside") or Comparison.PREVIOUS)

    @property
    def narrowed(self) -> Narrowed:
        return self._narrowed(currency=self.unit)

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields that leave a choice."""
        hidden = {name for name in ("merchant", "currency", "version") if len(self._choices(name)) < 3}
        return [self[name] for name in self.fields if name not in hidden]

    def _given(self, name: str) -> Any:
        return self.cleaned_data.get(name)

    def _choices(self, name: str) -> list[Any]:
        field: Any = self.fields[name]
        return list(field.choices)

    def _offer(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = [("", _("All")), *choices]

    def _versions(self, funnels: Any) -> list[tuple[int, str]]:
        chosen = str(self.data.get("funnel", ""))
        if not chosen.isdecimal():
            return []
        versions = FunnelVersion.objects.filter(funnel__in=funnels, funnel=int(chosen)).order_by("-number")
        return [(row.pk, str(row.number)) for row in versions.only("pk", "number")]

    def _period(self) -> Period:
        since, until = self._given("since"), self._given("until")
        if since and until and self._given("days") in ("", Preset.CHOSEN):
            first, last = sorted((since, until))
            return Period(max(first, last - LONGEST), last)
        preset = self._given("days") or Preset.MONTH
        return period_of(Preset.MONTH if preset == Preset.CHOSEN else preset, self.today)

    def _offer_what_happened(self, facts: Any) -> None:
        """The sources, devices and currencies of the period; others that were picked stay to be picked."""
        seen = asking.by(facts, "source")
        sources = sorted(seen, key=lambda name: (-seen[name].orders, -seen[name].visits, name))[:MOST_SOURCES]
        picked = str(self.data.get("source") or "").removeprefix(UNNAMED)
        offered = dict.fromkeys((*sources, picked, ""))
        self._offer("source", [(name or UNNAMED, name or _("Direct")) for name in offered])
        self._offer("device", [(value or UNNAMED, label) for value, label in Run.Device.choices])
        self._offer("currency", [(code, code) for code in sorted(asking.by(facts, "currency"))])

    def _currency(self, facts: Any) -> str:
        """The picked one, else the one with most orders; amounts of different currencies are never added."""
        sums = asking.by(facts, "currency")
        if (picked := self._given("currency")) in sums:
            return str(picked)
        return max(sums, key=lambda code: (sums[code].orders, sums[code].visits, code), default="USD")

    def _narrowed(self, *, currency: str | None) -> Narrowed:
        def named(name: str) -> str | None:
            value = self._given(name)
            return ("" if value == UNNAMED else str(value)) if value else None

        return Narrowed(
            merchant=self._given("merchant"),
            funnel=self._given("funnel"),
            version=self._given("version"),
            source=named("source"),
            device=named("device"),
            currency=currency,
        )
