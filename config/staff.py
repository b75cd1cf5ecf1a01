"""The admin as an application: its site is ours, and it finds every layer's admin pages."""

from django.apps import apps
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class StaffAdminConfig(AdminConfig):
    default = False
    default_site = "config.admin.StaffSite"

    def ready(self) -> None:
        super().ready()
        apps.get_app_config("auth").verbose_name = _("House")
        # django-q2 registers raw queue rows, which belong to no merchant; staff work with our own jobs instead.
        site = self.module.site  # type: ignore[union-attr]
        site.unregister([model for model in apps.get_app_config("django_q").get_models() if site.is_registered(model)])
