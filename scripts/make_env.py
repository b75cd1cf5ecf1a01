"""Write `.env` for work on this machine: fresh keys, every provider's address at the local sandbox. Never overwrites."""

import base64
import os
import pathlib
import secrets

TARGET = pathlib.Path(__file__).resolve().parent.parent / ".env"


def main() -> None:
    if TARGET.exists():
        return
    site = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    sandbox = f"http://127.0.0.1:{os.environ.get('SANDBOX_PORT', '8100')}"
    lines = [
        "# Made for this machine only. See .env.example for what else can be set.",
        f"SECRET_KEY={secrets.token_urlsafe(48)}",
        f"FIELD_ENCRYPTION_KEYS={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
        f"SITE_URL={site}",
        "LOG_FORMAT=console",
        f"STRIPE_API_BASE={sandbox}/stripe",
        f"STRIPE_JS_URL={sandbox}/stripe/js/stripe.js",
        f"NMI_BASE_URL={sandbox}/nmi",
        f"PAYPAL_API_BASE={sandbox}/paypal",
        f"PAYPAL_TEST_API_BASE={sandbox}/paypal",
        f"PAYPAL_SDK_URL={sandbox}/paypal/sdk/js",
        f"PAYPAL_CERT_BASE={sandbox}/paypal",
        f"KONNEKTIVE_BASE_URL={sandbox}/konnektive",
        f"SENDGRID_API_URL={sandbox}/sendgrid/v3/",
        f"RESEND_API_URL={sandbox}/resend/",
    ]
    TARGET.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
