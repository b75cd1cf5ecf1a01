"""`manage.py rotate_secrets`: encrypt every stored secret with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from integrations.connections import Connection


class Command(BaseCommand):
    help = "Encrypt every connection's secrets with the first of FIELD_ENCRYPTION_KEYS; then older keys can be removed."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with transaction.atomic():
            connections = list(Connection.objects.select_for_update().order_by("pk"))
            for connection in connections:
                connection.reencrypt()
                connection.save(update_fields=["secrets_encrypted"])
        self.stdout.write(f"{len(connections)} connections now use the newest key.")
