"""An order's tickets as a PDF, by the link of its mail and its thank-you page; no login, and no link can be guessed."""

from io import BytesIO

from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.tickets import ticketing
from orders.tickets.printing import tickets as printing


@never_cache
@require_safe
def download(request: HttpRequest, token: str) -> FileResponse:  # noqa: ARG001 - Django's signature
    """The tickets that are valid now; 404 for a link that is not ours, and where no ticket is valid any more."""
    order = ticketing.order_of(token)
    tickets = ticketing.valid_of(order) if order is not None else []
    if order is None or not tickets:
        raise Http404(_("There is no valid ticket behind this link."))
    content = BytesIO(printing.pdf(order, tickets))
    response = FileResponse(content, content_type=printing.CONTENT_TYPE, filename=printing.file_name(order))
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
