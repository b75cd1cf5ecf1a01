"""A card number in the wrong field of the checkout form: taken out at the door, told of at that field, kept nowhere."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from checkout.page.forms import CheckoutForm

TAKEN_OUT = "stepwell.card_numbers"


def take_out(request: HttpRequest, names: Iterable[str]) -> bool:
    """Empty these fields of a submission of a step, so that its page can be shown again; False where it is none."""
    fields = tuple(names)
    try:
        page = resolve(request.path_info).url_name
    except Resolver404:
        return False
    if page != "step" or request.FILES or not all(name in CheckoutForm.base_fields for name in fields):
        return False
    cleaned = request.POST.copy()
    for name in fields:
        cleaned[name] = ""
    request.POST = cleaned  # type: ignore[assignment]
    request._body = b""  # noqa: SLF001 - nobody after us reads what was sent
    request.META[TAKEN_OUT] = fields
    return True


def tell(request: HttpRequest, form: CheckoutForm) -> None:
    """Say at each field that held a card number where it belongs."""
    text = _("This is a card number. Enter it in the card fields of the payment form; it was not kept here.")
    for name in request.META.get(TAKEN_OUT, ()):
        if name in form.fields and not form.fields[name].widget.is_hidden:
            form.errors.pop(name, None)
            form.add_error(name, text)
            form.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{name}-error"}
        else:
            form.add_error(None, text)
