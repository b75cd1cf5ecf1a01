"""ImportFile: an exported funnel between the page that tells what it holds and the page that brings it in."""

import hashlib

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models


class ImportFile(models.Model):
    """One a person, the latest that they chose; gone once it is brought in. It is read anew whenever it is taken up."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="import_file"
    )
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.person)

    @classmethod
    def lay_by(cls, person: User, content: bytes) -> str:
        """Keep the file in place of the one before; its name is the hash that `take_up` wants."""
        sha256 = hashlib.sha256(content).hexdigest()
        cls.objects.update_or_create(person=person, defaults={"sha256": sha256, "content": content})
        return sha256

    @classmethod
    def take_up(cls, person: User, sha256: str) -> bytes | None:
        """The file that the person laid by under this name; None once another one took its place or it was brought in."""
        content = cls.objects.filter(person=person, sha256=sha256).values_list("content", flat=True).first()
        return bytes(content) if content is not None else None
