"""Previews of a draft: every step as shoppers would see it, reached by a signed link, with nothing stored or charged."""

from django.core import signing
from django.urls import reverse

from funnels.models import Funnel, Step
from funnels.publishing import compile_draft
from funnels.spec import FunnelSpec

SALT = "stepwell.preview"
MAX_AGE_SECONDS = 60 * 60 * 24


class PreviewExpired(ValueError):
    """The link is too old or was altered."""


def preview_url(funnel: Funnel, step: Step | None = None) -> str:
    """A link that shows the draft for a day, to whoever holds it; a step's own link opens there."""
    token = signing.dumps(funnel.pk, salt=SALT)
    key = step.key if step is not None else compile_draft(funnel).entry
    return reverse("preview", args=[funnel.handle, token, key or "checkout"])


def read(handle: str, token: str) -> FunnelSpec:
    """The draft that a link shows, compiled afresh; PreviewExpired for a bad link."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature as error:
        raise PreviewExpired(str(error)) from error
    funnel = Funnel.objects.select_related("merchant", "theme", "gateway").filter(pk=pk, handle=handle).first()
    if funnel is None:
        raise PreviewExpired("no such funnel")
    return compile_draft(funnel)
