from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class FunnelsConfig(AppConfig):
    name = "funnels"
    verbose_name = _("Shop")

    def ready(self) -> None:
        # Upper layers add what they know of a draft that cannot be sold, and count what its steps did.
        autodiscover_modules("readiness", "numbers")
