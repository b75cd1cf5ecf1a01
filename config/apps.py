from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from config import checks, monitoring, schedules


class RootConfig(AppConfig):
    name = "config"
    verbose_name = "Stepwell"

    def ready(self) -> None:
        assert checks  # importing it registers the checks
        monitoring.start()
        # Django tells only applications that have models, which this one has not.
        post_migrate.connect(schedules.ensure, sender=apps.get_app_config("django_q"))
