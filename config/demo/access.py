"""The demo's login, printed when it starts."""

ADMIN_NAME = "admin"
ADMIN_PASSWORD = "stepwell-demo"  # noqa: S105 - public by design
