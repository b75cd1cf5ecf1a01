"""The order summary for a choice, as scripts ask for it while a shopper is still choosing."""

import uuid
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from checkout.guard import own_run
from checkout.page import messages, presenting
from checkout.page.forms import CheckoutForm
from checkout.views import couponing
from checkout.views.answering import shopper_view
from funnels.pricing.quoting import NotForSale


@never_cache
@require_POST
@shopper_view
def summary(request: HttpRequest, handle: str, run_id: uuid.UUID, step: str) -> HttpResponse:
    """The order summary for a choice, as JSON {html, methods, submit_label, total_minor}; 422 {error, field} for none."""
    run = own_run(request, handle, run_id)
    spec = run.spec
    if step not in spec.steps:
        return JsonResponse({"error": "unknown step"}, status=HTTPStatus.NOT_FOUND)
    form = CheckoutForm(spec=spec, step=spec.steps[step])
    try:
        cart = couponing.priced(request, run, spec.steps[step], request.POST.dict())
    except NotForSale as error:
        field = {"field": "choices"} if spec.steps[step].choices else {}
        return JsonResponse({"error": messages.choice_error(error), **field}, status=HTTPStatus.UNPROCESSABLE_CONTENT)
    couponing.remember(run, cart)
    if cart.undeliverable:
        text = form.fields["country"].error_messages["invalid_choice"]
        return JsonResponse({"error": text, "field": "country"}, status=HTTPStatus.UNPROCESSABLE_CONTENT)
    content = presenting.checkout_page(spec, spec.steps[step], form, cart, urls=("", ""))
    return JsonResponse(
        {
            "html": render_to_string("components/summary.html", {"page": content}, request),
            "methods": render_to_string("components/methods.html", {"page": content}, request),
            "submit_label": content.submit_label,
            "total_minor": cart.quote.total,
        }
    )
