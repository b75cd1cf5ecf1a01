"""Where the payment and CRM providers are, how long we wait for them, and what their manuals leave open."""

from config.settings.env import env

STRIPE_API_BASE = env("STRIPE_API_BASE", default="https://api.stripe.com").rstrip("/")
STRIPE_JS_URL = env("STRIPE_JS_URL", default="https://js.stripe.com/endive/stripe.js")
STRIPE_WEBHOOK_TOLERANCE_SECONDS = env.int("STRIPE_WEBHOOK_TOLERANCE_SECONDS", default=300)

# White-label NMI accounts have transact.php, query.php and Collect.js on a host of their own.
NMI_BASE_URL = env("NMI_BASE_URL", default="https://secure.nmi.com").rstrip("/")
# `dup_seconds` of a sale. 0 turns NMI's own check off, which needs "Allow Merchant Override" on the account; our unique
# index and the look-up by order id protect the shopper instead. An empty value leaves NMI's default of 1200 s.
NMI_DUPLICATE_SECONDS = env("NMI_DUPLICATE_SECONDS", default="0")

# PayPal keeps accounts that are for tests on a host of their own; a connection that is not live goes there.
PAYPAL_API_BASE = env("PAYPAL_API_BASE", default="https://api-m.paypal.com").rstrip("/")
PAYPAL_TEST_API_BASE = env("PAYPAL_TEST_API_BASE", default="https://api-m.sandbox.paypal.com").rstrip("/")
PAYPAL_SDK_URL = env("PAYPAL_SDK_URL", default="https://www.paypal.com/sdk/js")
# Webhook certificates are believed from *.paypal.com over https; a local sandbox's only from this address.
PAYPAL_CERT_BASE = env("PAYPAL_CERT_BASE", default="").rstrip("/")

KONNEKTIVE_BASE_URL = env("KONNEKTIVE_BASE_URL", default="https://api.checkoutchamp.com").rstrip("/")
# Externally charged orders may wait in the CRM's QA queue; whether `skipQA` passes it is not documented.
KONNEKTIVE_SKIP_QA = env.bool("KONNEKTIVE_SKIP_QA", default=True)

GATEWAY_CONNECT_TIMEOUT_SECONDS = env.float("GATEWAY_CONNECT_TIMEOUT_SECONDS", default=5.0)
GATEWAY_TIMEOUT_SECONDS = env.float("GATEWAY_TIMEOUT_SECONDS", default=20.0)
# How long a shopper waits for a gateway to tell which payment method it stored, before offers are passed over.
METHOD_PATIENCE_SECONDS = env.int("METHOD_PATIENCE_SECONDS", default=15)
# An account that fails this often in a row is left alone for so long; then one call tries it (`integrations/breaker.py`).
BREAKER_FAILURES = env.int("BREAKER_FAILURES", default=5)
BREAKER_REST_SECONDS = env.int("BREAKER_REST_SECONDS", default=60)
# A queued payment that no worker has taken after this long is called off, and the shopper may try again.
QUEUED_PAYMENT_MINUTES = env.int("QUEUED_PAYMENT_MINUTES", default=10)
# How long after an attempt a gateway's "no such transaction" is believed.
LOOKUP_HORIZON_SECONDS = env.int("LOOKUP_HORIZON_SECONDS", default=120)
# An attempt that is still `sent` after this long has lost its process, not just its patience: a job asks about it.
ORPHANED_AFTER_SECONDS = env.int("ORPHANED_AFTER_SECONDS", default=60)
# A payment or a refund whose outcome nobody has known for longer than this is shown to staff and raises an alert.
UNCERTAIN_ALERT_MINUTES = env.int("UNCERTAIN_ALERT_MINUTES", default=30)
# Movements younger than this may still be on their way into our books: no comparison judges them.
RECONCILE_MARGIN_SECONDS = env.int("RECONCILE_MARGIN_SECONDS", default=600)
