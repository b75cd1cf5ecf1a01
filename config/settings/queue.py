"""django-q2: carries jobs and inbound events; the rows themselves live in our own tables."""

from config.settings.env import env

QUEUE_WORKERS = env.int("QUEUE_WORKERS", default=2)

# How many jobs of one merchant may be at one of these sorts of destination at once (`integrations/outbox/crowding.py`).
_at_once = env.int("JOBS_PER_DESTINATION", default=max(1, QUEUE_WORKERS - 1))
JOBS_AT_ONCE = dict.fromkeys(("crm", "mail", "analytics", "payment", "refund"), _at_once)
# A shopper waits for each of these: no worker is kept free of them.
JOBS_AT_ONCE["payment.charge"] = QUEUE_WORKERS

Q_CLUSTER = {
    "name": "stepwell",
    "orm": "default",
    "workers": QUEUE_WORKERS,
    "recycle": 2000,
    # A job's own limit (its HTTP calls time out far sooner); `retry` must exceed it or a slow task runs twice.
    "timeout": env.int("QUEUE_TIMEOUT", default=90),
    "retry": env.int("QUEUE_RETRY", default=180),
    "max_attempts": 3,
    "ack_failures": True,
    "bulk": 10,
    "poll": env.float("QUEUE_POLL", default=0.2),
    "save_limit": -1,
    "catch_up": False,
    "label": "Queue",
    "log_level": "WARNING",
}
# How much longer than `timeout` a job stays claimed before another worker may take it over.
QUEUE_CLAIM_MARGIN = env.int("QUEUE_CLAIM_MARGIN", default=30)
