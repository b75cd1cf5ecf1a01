"""Loaded by pytest before Django's settings: gives each test process its own ports, keys and provider addresses."""

import os
from pathlib import Path

from tests.ports import free_port

SANDBOX_PORT = free_port()
SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings.test",
    "DATA_DIR": os.environ.get("TEST_DATA_DIR", ".data/test"),
    "SECRET_KEY": "test-key-that-protects-nothing-but-is-long-enough-to-please-the-checks",
    "FIELD_ENCRYPTION_KEYS": "c3RlcHdlbGwtdGVzdC1rZXktbm90LWEtc2VjcmV0ISE=",
    "SITE_URL": "http://127.0.0.1:8000",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    "STRIPE_API_BASE": f"{SANDBOX_URL}/stripe",
    "STRIPE_JS_URL": f"{SANDBOX_URL}/stripe/js/stripe.js",
    "NMI_BASE_URL": f"{SANDBOX_URL}/nmi",
    "PAYPAL_API_BASE": f"{SANDBOX_URL}/paypal",
    "PAYPAL_TEST_API_BASE": f"{SANDBOX_URL}/paypal",
    "PAYPAL_SDK_URL": f"{SANDBOX_URL}/paypal/sdk/js",
    "PAYPAL_CERT_BASE": f"{SANDBOX_URL}/paypal",
    "KONNEKTIVE_BASE_URL": f"{SANDBOX_URL}/konnektive",
    "RESEND_API_URL": f"{SANDBOX_URL}/resend/",
    "SENDGRID_API_URL": f"{SANDBOX_URL}/sendgrid/v3/",
    "GATEWAY_TIMEOUT_SECONDS": "5",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "WARNING",
    "STAFF_SECOND_FACTOR": "offered",
    # No provider here speaks TLS: a directory without certificates spares each new client reading all of the world's.
    "SSL_CERT_DIR": str(Path(__file__).parent),
    # Playwright keeps an event loop in the thread of the tests, which Django would take for asynchronous code.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}
os.environ.pop("SSL_CERT_FILE", None)
os.environ.update(ENVIRONMENT)
# The tests bring their own server unless one is named for them; they never touch a real installation's.
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
