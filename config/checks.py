"""What must hold before an installation is trusted with money; run by every `manage.py` command and by `check --deploy`."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name

from integrations import limits
from integrations.client_address import is_count, networks

PROVIDER_ADDRESSES = (
    "STRIPE_API_BASE",
    "STRIPE_JS_URL",
    "NMI_BASE_URL",
    "PAYPAL_API_BASE",
    "PAYPAL_TEST_API_BASE",
    "PAYPAL_SDK_URL",
    "KONNEKTIVE_BASE_URL",
    "SENDGRID_API_URL",
    "RESEND_API_URL",
)


@register(Tags.compatibility)
def queue_settings(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """django-q2 hands a task out again after `retry` seconds: it must not do so while the first worker is at it."""
    if settings.Q_CLUSTER["retry"] > settings.Q_CLUSTER["timeout"]:
        return []
    return [Error("QUEUE_RETRY must be greater than QUEUE_TIMEOUT, or slow jobs run twice.", id="stepwell.E001")]


@register(Tags.security)
def encryption_keys(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Secrets of connections can be encrypted."""
    try:
        keys = [Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS]
    except ValueError:
        keys = []
    if keys:
        return []
    return [
        Error(
            "FIELD_ENCRYPTION_KEYS must hold at least one Fernet key.",
            hint='python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
            id="stepwell.E002",
        )
    ]


@register(Tags.compatibility)
def limits_and_proxies(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """What is written in the environment can be read."""
    return list(_unreadable())


def _unreadable() -> Iterator[CheckMessage]:
    for name, text in settings.LIMITS.items():
        try:
            limits.parse(text)
        except ValueError:
            hint = "Write it as times/seconds, for example 8/3600, or 0 for no limit."
            yield Error(f"LIMIT_{name.upper()} is {text!r}.", hint=hint, id="stepwell.E004")
    for name in ("TRUSTED_PROXIES", "LIMITS_EXEMPT"):
        values = tuple(getattr(settings, name))
        try:
            networks(() if name == "TRUSTED_PROXIES" and is_count(values) else values)
        except ValueError as error:
            yield Error(f"{name}: {error}.", id="stepwell.E005")


@register(Tags.security, deploy=True)
def proxies(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Behind a proxy that is not named, all shoppers would share its address."""
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXIES:
        text = "BEHIND_PROXY is set and TRUSTED_PROXIES is not: limits by address and orders see the proxy's address."
        return [Warning(text, id="stepwell.W006")]
    return []


@register(Tags.security, deploy=True)
def provider_addresses(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Real money does not go to a sandbox, nor over plain HTTP."""
    return list(_insecure_addresses())


def _insecure_addresses() -> Iterator[CheckMessage]:
    for name in PROVIDER_ADDRESSES:
        address = urlsplit(getattr(settings, name))
        if address.scheme != "https" or address.hostname in ("127.0.0.1", "localhost"):
            yield Error(f"{name} points at {address.geturl()!r}, which is not a provider.", id="stepwell.E003")
    if settings.PAYPAL_CERT_BASE:
        yield Error("PAYPAL_CERT_BASE makes webhooks believable that PayPal has not signed.", id="stepwell.E003")
