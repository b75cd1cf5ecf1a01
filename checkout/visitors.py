"""Who a visit counts as: their device's class, where they came from, a pseudonym that tells two visitors of a day apart."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from checkout.models import Run

# Link previews of messengers and mail scanners open pages too; none of them buys.
_BOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|headless|monitor|uptime|lighthouse|python|curl|wget|httpx"
    r"|go-http|java/|okhttp",
    re.IGNORECASE,
)
_TABLET = re.compile(r"ipad|tablet|kindle|silk/|playbook|android(?!.*mobile)", re.IGNORECASE)
_PHONE = re.compile(r"iphone|ipod|mobile|windows phone|opera mini", re.IGNORECASE)
_DESKTOP = re.compile(r"windows|macintosh|x11|linux|cros", re.IGNORECASE)
_CLASSES = (
    (_BOT, Run.Device.BOT),
    (_TABLET, Run.Device.TABLET),
    (_PHONE, Run.Device.PHONE),
    (_DESKTOP, Run.Device.DESKTOP),
)


def device(user_agent: str) -> Run.Device:
    """What a browser says that it runs on. An iPad that asks for desktop pages calls itself a Macintosh."""
    return next((kind for pattern, kind in _CLASSES if pattern.search(user_agent)), Run.Device.UNKNOWN)


def pseudonym(ip: str | None, user_agent: str) -> str:
    """The same for one address and browser within a day (UTC), another one on the next day; empty without an address.

    A keyed hash: without the installation's secret neither the address nor the browser can be read out of it, and nothing
    joins the days of one visitor. No cookie is set for it.
    """
    if not ip:
        return ""
    text = f"{timezone.now():%Y-%m-%d}|{ip}|{user_agent}"
    key = hashlib.sha256(b"visitor|" + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, text.encode("utf-8", "replace"), hashlib.sha256).hex()[:16]


def source(attribution: Mapping[str, str], *, own_host: str) -> str:
    """Where a visit came from in one word: the campaign's source, else the site that linked here; empty for neither."""
    named = attribution.get("utm_source", "").strip()
    if not named and attribution.get("affid"):
        named = f"affiliate {attribution['affid'].strip()}"
    for parameter, advertiser in (("gclid", "google ads"), ("fbclid", "facebook")):
        if not named and attribution.get(parameter):
            named = advertiser
    return (named or _site(attribution.get("referrer", ""), own_host)).lower()[:60]


def _site(referrer: str, own_host: str) -> str:
    try:
        parts = urlsplit(referrer)
        return "" if parts.netloc == own_host else (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
