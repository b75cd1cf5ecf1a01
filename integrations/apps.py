from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from integrations.trail import watching


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Plumbing")

    def ready(self) -> None:
        # Upper layers register what they do for jobs and inbound events, as they register their admin pages.
        autodiscover_modules("jobs", "inbound")
        # And say which of their tables are on the audit trail, whose triggers know every column after each migration.
        autodiscover_modules("watched")
        post_migrate.connect(_install_trail, sender=self)


def _install_trail(*, using: str, **_signal: Any) -> None:
    watching.install(using=using)
