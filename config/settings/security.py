"""Secrets, hosts, cookies, headers and the content security policy."""

from urllib.parse import urlsplit

from django.utils.csp import CSP

from config.settings.base import DEBUG, SITE_URL
from config.settings.env import env
from config.settings.gateways import NMI_BASE_URL, PAYPAL_SDK_URL, STRIPE_API_BASE, STRIPE_JS_URL

SECRET_KEY = env("SECRET_KEY")
# Newest first; older keys still decrypt. `manage.py rotate_secrets` re-encrypts everything with the first.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(SITE_URL).hostname or "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

HTTPS = urlsplit(SITE_URL).scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin-allow-popups"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


_stripe = {origin(STRIPE_JS_URL), origin(STRIPE_API_BASE)}
if "js.stripe.com" in STRIPE_JS_URL:
    _stripe |= {"https://*.js.stripe.com", "https://hooks.stripe.com"}
_paypal = {origin(PAYPAL_SDK_URL)}
if "paypal.com" in PAYPAL_SDK_URL:
    _paypal |= {"https://*.paypal.com", "https://*.paypalobjects.com"}
GATEWAY_ORIGINS = sorted(_stripe | _paypal | {origin(NMI_BASE_URL)})

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE, *GATEWAY_ORIGINS],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:", *sorted(_paypal)],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF, *GATEWAY_ORIGINS],
    "frame-src": [CSP.SELF, *GATEWAY_ORIGINS],
    "form-action": [CSP.SELF, *GATEWAY_ORIGINS],
    "manifest-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
# The admin's own front end (Alpine.js) evaluates expressions and sets inline styles.
ADMIN_CSP = {
    **SECURE_CSP,
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL, CSP.UNSAFE_INLINE],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "connect-src": [CSP.SELF],
    "frame-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.SELF],
}

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "funnels.access.roles.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# "required": who has no second factor sets one up at the next sign-in. "offered": who has one is asked for it.
STAFF_SECOND_FACTOR = env("STAFF_SECOND_FACTOR", default="required")
if DEBUG:
    AUTH_PASSWORD_VALIDATORS = []
