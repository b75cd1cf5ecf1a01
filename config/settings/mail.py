"""Mail to shoppers goes through each merchant's own connection; these are the base addresses of the providers."""

from config.settings.env import env

RESEND_API_URL = env("RESEND_API_URL", default="https://api.resend.com/")
SENDGRID_API_URL = env("SENDGRID_API_URL", default="https://api.sendgrid.com/v3/")
MAIL_TIMEOUT_SECONDS = env.int("MAIL_TIMEOUT_SECONDS", default=20)
RECEIPT_GRACE_MINUTES = env.int("RECEIPT_GRACE_MINUTES", default=15)

# Mail to staff (password resets, alerts): one URL, for example smtp+tls://user:password@host:587
_email = env.email_url("EMAIL_URL", default="consolemail://")
_server = {
    "host": _email["EMAIL_HOST"],
    "port": _email["EMAIL_PORT"],
    "username": _email["EMAIL_HOST_USER"],
    "password": _email["EMAIL_HOST_PASSWORD"],
    "use_tls": _email.get("EMAIL_USE_TLS", False),
    "use_ssl": _email.get("EMAIL_USE_SSL", False),
    "timeout": MAIL_TIMEOUT_SECONDS,
}
MAILERS = {
    "default": {"BACKEND": _email["EMAIL_BACKEND"], "OPTIONS": _server if "smtp" in _email["EMAIL_BACKEND"] else {}}
}
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="stepwell@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
