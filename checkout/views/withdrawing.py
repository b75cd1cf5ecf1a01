"""The withdrawal page: a statement, then a confirmation; no login, and the same answer whether or not the order exists."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from checkout.page.context import Shell
from checkout.page.dressing import dressed
from checkout.page.forms import storable, tie_messages
from checkout.views.answering import render_page
from integrations import limits
from integrations.client_address import client_ip, visitor
from orders.rights import withdrawing


class WithdrawalForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )
    number = forms.CharField(
        label=_("Order number"),
        max_length=20,
        help_text=_("You find it in your receipt. It looks like K7M2-4QXD."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Enter the number of the order.")},
    )
    email = forms.EmailField(
        label=_("Email address of the order"),
        help_text=_("The confirmation goes there."),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={
            "required": _("Enter the email address that you ordered with."),
            "invalid": _("This email address looks incomplete. It should look like name@example.com."),
        },
    )
    wanted = forms.CharField(
        label=_("What you withdraw from"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Leave it empty for the whole order."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "%s", **kwargs})
        tie_messages(self)

    def clean(self) -> dict[str, str]:
        return {name: storable(value) for name, value in (super().clean() or {}).items()}


@dataclass(frozen=True, slots=True)
class WithdrawalPage:
    """`stage` is form, confirm, done or too_often."""

    shell: Shell
    stage: str
    headline: str
    form: WithdrawalForm
    action_url: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """Step one shows the statement again; step two, with `confirmed`, receives it."""
    if request.method != "POST":
        number = withdrawing.number_of(request.GET.get("order", ""))
        return _page(request, "form", WithdrawalForm(initial={"number": number}))
    form = WithdrawalForm(request.POST)
    if not form.is_valid() or "change" in request.POST:
        return _page(request, "form", form, status=200 if form.is_valid() else 422)
    if "confirmed" not in request.POST:
        return _page(request, "confirm", form)
    email = form.cleaned_data["email"].lower()
    subjects = (("withdrawal_ip", visitor(client_ip(request))), ("withdrawal_email", email))
    if refused := limits.refused(counting=subjects):
        response = _page(request, "too_often", form, status=HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = str(refused.seconds)
        return response
    withdrawing.receive(**form.cleaned_data)
    return _page(request, "done", form)


def _page(request: HttpRequest, stage: str, form: WithdrawalForm, *, status: int = 200) -> HttpResponse:
    headlines = {"confirm": gettext("Is this right?"), "done": gettext("Your withdrawal was sent")}
    title = gettext("Withdraw from a purchase")
    order = withdrawing.number_of(request.GET.get("order", ""))
    content = WithdrawalPage(
        shell=dressed(title, order=order, shop=request.GET.get("shop", "")),
        stage=stage,
        headline=headlines.get(stage, title),
        form=form,
        action_url=request.get_full_path(),
    )
    return render_page(request, "withdraw", content, status=status)
