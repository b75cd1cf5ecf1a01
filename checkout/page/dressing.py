"""In whose look a page appears that belongs to no run: the shop that its link names, else the only one here, else the house's."""

from dataclasses import replace

from babel import Locale
from django.utils.translation import get_language

from checkout.page import context
from checkout.page.presenting import shell
from funnels.models import Funnel, spec_of
from funnels.spec import FunnelSpec
from orders.models import Order

HOUSE_THEME = "quiet"


def dressed(title: str, *, order: str = "", shop: str = "") -> context.Shell:
    """The page's frame in the language of the request; `order` is a number that can be trusted, `shop` a funnel's handle."""
    language = get_language() or "en"
    spec = _of_order(order, language) or _of_shop(shop, language)
    worn = shell(spec, title=title) if spec is not None else _house(title)
    direction = Locale.parse(language, sep="-").text_direction
    return replace(worn, language=language, direction=direction, languages=())


def _of_order(number: str, language: str) -> FunnelSpec | None:
    version = Order.objects.filter(number=number).values_list("version_id", flat=True).first() if number else None
    return spec_of(version, language) if version is not None else None


def _of_shop(handle: str, language: str) -> FunnelSpec | None:
    """The named funnel, else the latest where all that is on sale is one merchant's."""
    on_sale = list(
        Funnel.objects.exclude(published=None).order_by("-pk").values_list("handle", "merchant_id", "published_id")
    )
    named = [published for name, _merchant, published in on_sale if name == handle]
    alone = [published for _name, _merchant, published in on_sale] if len({row[1] for row in on_sale}) == 1 else []
    version = next(iter(named + alone), None)
    return spec_of(version, language) if version is not None else None


def _house(title: str) -> context.Shell:
    return context.Shell(title=title, theme=HOUSE_THEME, tokens={}, merchant="", logo="", language="")
