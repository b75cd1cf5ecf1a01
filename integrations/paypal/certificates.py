"""PayPal's signing certificates: fetched from addresses that are PayPal's own, kept while they are valid."""

from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from django.conf import settings

from integrations.errors import OutcomeUnknown, ProviderUnavailable, SignatureInvalid
from integrations.http import send
from integrations.paypal.client import PROVIDER

_HOST = "paypal.com"
_FOLDER = "/v1/notifications/certs/"


def certificate(url: str) -> x509.Certificate:
    """The certificate at an address of PayPal's; SignatureInvalid for any other address or one out of its time."""
    if not is_paypals(url):
        raise SignatureInvalid(PROVIDER, "the certificate's address is not PayPal's")
    found = _fetch(url)
    if not found.not_valid_before_utc <= datetime.now(UTC) <= found.not_valid_after_utc:
        _fetch.cache_clear()
        raise SignatureInvalid(PROVIDER, "the certificate is not valid now")
    return found


def is_paypals(url: str) -> bool:
    """Whether certificates from here may be believed: PayPal's own hosts over https, or the address of the settings."""
    parts = urlsplit(url)
    if not parts.path.partition(_FOLDER)[2] or ".." in parts.path:
        return False
    if settings.PAYPAL_CERT_BASE and url.startswith(f"{settings.PAYPAL_CERT_BASE}{_FOLDER}"):
        return True
    host = parts.hostname or ""
    plain = parts.port in (None, 443) and parts.username is None
    return parts.scheme == "https" and plain and (host == _HOST or host.endswith(f".{_HOST}"))


@lru_cache(maxsize=16)
def _fetch(url: str) -> x509.Certificate:
    response = send(PROVIDER, "GET", url)
    if response.is_client_error:
        raise SignatureInvalid(PROVIDER, "there is no such certificate")
    if response.status_code != httpx.codes.OK:
        raise ProviderUnavailable(PROVIDER, f"HTTP {response.status_code} for a certificate")
    try:
        return x509.load_pem_x509_certificate(response.content)
    except ValueError:
        raise OutcomeUnknown(PROVIDER, "unreadable certificate") from None
