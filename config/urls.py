"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from config.browser_errors import receive
from config.health import alive
from config.home import home

urlpatterns = [
    path("", home, name="home"),
    path("healthz", alive, name="healthz"),
    path("monitoring/", receive, name="monitoring"),
    path("admin/", admin.site.urls),
    path("f/", include("checkout.urls")),
    path("webhooks/", include("integrations.inbox.urls")),
]
