"""The system checks that keep a dangerous installation from starting."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids(*, deploy: bool = False) -> set[str]:
    return {str(m.id) for m in run_checks(include_deployment_checks=deploy) if str(m.id).startswith("stepwell.")}


def test_the_tests_own_settings_are_sound() -> None:
    assert ids() == set()


def test_a_retry_that_does_not_exceed_the_timeout_is_refused(settings: Settings) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "retry": 90, "timeout": 90}
    assert ids() == {"stepwell.E001"}


@pytest.mark.parametrize("keys", [[], ["not-a-fernet-key"]])
def test_missing_or_malformed_encryption_keys_are_refused(settings: Settings, keys: list[str]) -> None:
    settings.FIELD_ENCRYPTION_KEYS = keys
    assert ids() == {"stepwell.E002"}


def test_sandbox_addresses_are_refused_in_production_only() -> None:
    assert "stepwell.E003" not in ids()
    assert "stepwell.E003" in ids(deploy=True)


def test_real_provider_addresses_pass_in_production(settings: Settings) -> None:
    settings.STRIPE_API_BASE = "https://api.stripe.com"
    settings.STRIPE_JS_URL = "https://js.stripe.com/endive/stripe.js"
    settings.NMI_BASE_URL = "https://secure.nmi.com"
    settings.PAYPAL_API_BASE = "https://api-m.paypal.com"
    settings.PAYPAL_TEST_API_BASE = "https://api-m.sandbox.paypal.com"
    settings.PAYPAL_SDK_URL = "https://www.paypal.com/sdk/js"
    settings.PAYPAL_CERT_BASE = ""
    settings.KONNEKTIVE_BASE_URL = "https://api.checkoutchamp.com"
    settings.SENDGRID_API_URL = "https://api.sendgrid.com/v3/"
    settings.RESEND_API_URL = "https://api.resend.com/"
    assert "stepwell.E003" not in ids(deploy=True)


@pytest.mark.parametrize("text", ["8", "8/0", "often"])
def test_a_limit_that_cannot_be_read_is_refused(settings: Settings, text: str) -> None:
    settings.LIMITS = {**settings.LIMITS, "payment_run": text}
    assert ids() == {"stepwell.E004"}


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "LIMITS_EXEMPT"])
def test_a_network_that_is_none_is_refused(settings: Settings, name: str) -> None:
    setattr(settings, name, ["10.0.0.0/8", "proxy.example"])
    assert ids() == {"stepwell.E005"}


def test_a_proxy_that_nobody_has_named_is_told_of(settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert "stepwell.W006" in ids(deploy=True)
    settings.TRUSTED_PROXIES = ["1"]
    assert "stepwell.W006" not in ids(deploy=True)
