from django.apps import AppConfig
from django.db.models.signals import post_migrate

from config import checks, monitoring, schedules


class RootConfig(AppConfig):
    name = "config"
    verbose_name = "Stepwell"

    def ready(self) -> None:
        assert checks  # importing it registers the checks
        monitoring.start()
        post_migrate.connect(schedules.ensure, sender=self)
