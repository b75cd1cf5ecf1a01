"""Who hears when something goes wrong, and from what point on."""

from config.settings.env import env

# Where alerts go: Apprise addresses (mailto://, slack://, ...), separated by blanks. Empty: only the admin shows them.
ALERT_URLS = env("ALERT_URLS", default="").split()
ALERT_WEBHOOK_LAG_SECONDS = env.int("ALERT_WEBHOOK_LAG_SECONDS", default=5)
ALERT_JOB_WAIT_MINUTES = env.int("ALERT_JOB_WAIT_MINUTES", default=10)
ALERT_QUEUE_DEPTH = env.int("ALERT_QUEUE_DEPTH", default=1000)
# Payments of a merchant: less success than this in 15 minutes, of at least so many; or so many failures in 5 minutes.
ALERT_PAYMENT_SUCCESS_PERCENT = env.float("ALERT_PAYMENT_SUCCESS_PERCENT", default=90)
ALERT_PAYMENTS_JUDGED = env.int("ALERT_PAYMENTS_JUDGED", default=10)
ALERT_PAYMENT_FAILURES = env.int("ALERT_PAYMENT_FAILURES", default=10)
# Checkouts of a merchant that fail through no fault of the shopper: more than this in 5 minutes, and at least so many.
ALERT_CHECKOUT_ERROR_PERCENT = env.float("ALERT_CHECKOUT_ERROR_PERCENT", default=5)
ALERT_CHECKOUT_ERRORS = env.int("ALERT_CHECKOUT_ERRORS", default=3)

# Errors and traces go to Sentry where this is set; the browser's too, unless it has a project of its own.
SENTRY_DSN = env("SENTRY_DSN", default="")
SENTRY_DSN_BROWSER = env("SENTRY_DSN_BROWSER", default=SENTRY_DSN)
SENTRY_ENVIRONMENT = env("SENTRY_ENVIRONMENT", default="production")
SENTRY_RELEASE = env("SENTRY_RELEASE", default="stepwell")
SENTRY_TRACES_SAMPLE_RATE = env.float("SENTRY_TRACES_SAMPLE_RATE", default=0.05)

# /metrics answers whoever brings this token ("Authorization: Bearer ..."), and these addresses; nobody where both are empty.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
METRICS_ALLOWED = env.list("METRICS_ALLOWED", default=[])
