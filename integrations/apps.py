from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        # Upper layers register what they do for jobs and inbound events, as they register their admin pages.
        autodiscover_modules("jobs", "inbound")
