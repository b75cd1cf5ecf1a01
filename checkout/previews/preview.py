"""Previews by a signed link, with nothing stored or charged: every step of a draft, and a made-up shop in a theme."""

from dataclasses import replace
from typing import Any

from django.core import signing
from django.urls import reverse

from checkout.theme_kit.shops import parcel_shop
from funnels.models import Funnel, Step, Theme
from funnels.publishing import compile_draft
from funnels.spec import FunnelSpec, MerchantSpec, ThemeSpec
from integrations.connections import Connection

SALT = "stepwell.preview"
SAMPLE_SALT = "stepwell.sample"
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
    pk = _signed(token, SALT)
    funnel = Funnel.objects.select_related("merchant", "theme", "gateway").filter(pk=pk, handle=handle).first()
    if funnel is None:
        raise PreviewExpired("no such funnel")
    return compile_draft(funnel)


def sample_urls(theme: Theme) -> list[tuple[str, str, str]]:
    """Titles, links and kinds of the pages of a made-up shop that wears the theme, for a day."""
    token = signing.dumps(theme.pk, salt=SAMPLE_SALT)
    return [(step.title, reverse("sample", args=[token, key]), step.kind) for key, step in _sample(theme).steps.items()]


def read_sample(token: str) -> FunnelSpec:
    """The made-up shop that a link shows; PreviewExpired for a bad link."""
    theme = Theme.objects.select_related("merchant").filter(pk=_signed(token, SAMPLE_SALT)).first()
    if theme is None:
        raise PreviewExpired("no such theme")
    return _sample(theme)


def _sample(theme: Theme) -> FunnelSpec:
    """Goods of the theme kit, in the merchant's name and logo, paid through the merchant's first account if there is one."""
    shop, merchant = parcel_shop(theme.slug), theme.merchant
    account = merchant.connections().filter(provider__in=Connection.GATEWAYS, active=True).order_by("pk").first()
    return replace(
        shop,
        gateway=account.pk if account is not None else 0,
        merchant=MerchantSpec(merchant.pk, merchant.name, merchant.support_email, "/terms/", "/privacy/"),
        theme=ThemeSpec(theme.slug, dict(theme.tokens), merchant.logo, dict(theme.layouts)),
    )


def _signed(token: str, salt: str) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature as error:
        raise PreviewExpired(str(error)) from error
