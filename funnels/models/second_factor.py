"""SecondFactor: what a person proves besides their password."""

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """`secret` of an authenticator app is encrypted at rest, backup codes are hashed. It counts once it is confirmed.

    `last_step` is the time step of the last code that was accepted: no code is good twice.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="second_factor"
    )
    secret_encrypted = models.BinaryField()
    backup_codes = models.JSONField(default=list)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.user)
