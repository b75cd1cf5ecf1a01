"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from checkout.reports import views as reports
from checkout.views.tickets import download
from checkout.views.withdrawing import withdraw
from config import health_page, refused_pages, second_factor
from config.browser_errors import receive
from config.health import alive, ready
from config.home import home
from config.metrics import metrics
from funnels.pictures import serving
from orders.admin import check_in

handler403 = refused_pages.forbidden
handler404 = refused_pages.not_found
urlpatterns = [
    path("", home, name="home"),
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("monitoring/", receive, name="monitoring"),
    path("admin/health/", admin.site.admin_view(health_page.page), name="health"),
    path(
        "admin/health/<int:tenant>/<slug:destination>/run/",
        admin.site.admin_view(health_page.run_now),
        name="health-run",
    ),
    path("admin/reports/", admin.site.admin_view(reports.page), name="reports"),
    path("admin/reports.csv", admin.site.admin_view(reports.download), name="reports-csv"),
    path("admin/second-factor/", include(second_factor.urlpatterns)),
    path("admin/password/<uidb64>/<token>/", second_factor.choose_password, name="choose-password"),
    path("admin/check-in/", admin.site.admin_view(check_in.events), name="check-in"),
    path("admin/check-in/<int:event_id>/", admin.site.admin_view(check_in.door), name="check-in-door"),
    path("admin/check-in/<int:event_id>/undo/", admin.site.admin_view(check_in.undo), name="check-in-undo"),
    path("admin/", admin.site.urls),
    path("assets/<str:sha256>.<str:extension>", serving.asset, name="asset"),
    path("f/", include("checkout.urls")),
    path("withdraw/", withdraw, name="withdraw"),
    path("tickets/<str:token>.pdf", download, name="tickets"),
    path("webhooks/", include("integrations.inbox.urls")),
]
