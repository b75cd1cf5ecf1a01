"""Who hears when something goes wrong, and from what point on."""

from config.settings.env import env

# Where alerts go: Apprise addresses (mailto://, slack://, ...), separated by blanks. Empty: only the admin shows them.
ALERT_URLS = env("ALERT_URLS", default="").split()
ALERT_WEBHOOK_LAG_SECONDS = env.int("ALERT_WEBHOOK_LAG_SECONDS", default=5)
ALERT_JOB_WAIT_MINUTES = env.int("ALERT_JOB_WAIT_MINUTES", default=10)
ALERT_QUEUE_DEPTH = env.int("ALERT_QUEUE_DEPTH", default=1000)
