"""Asset: a picture that a merchant uploaded. Its address is made of its content, so that it never shows anything else."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from funnels.models.merchant import MerchantOwned

FOLDER = "/assets/"


class Asset(MerchantOwned):
    """In the database, so that every web node has it and one dump holds the whole shop. Kept for good once it is in use:
    published versions and mails that were sent refer to it by its address.
    """

    class ContentType(models.TextChoices):
        PNG = "image/png", "PNG"
        JPEG = "image/jpeg", "JPEG"
        WEBP = "image/webp", "WebP"

    sha256 = models.CharField(max_length=64, editable=False)
    content_type = models.CharField(max_length=10, choices=ContentType, editable=False)
    content = models.BinaryField(editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    name = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("picture")
        constraints = [models.UniqueConstraint(fields=["sha256", "merchant"], name="asset_unique")]

    def __str__(self) -> str:
        return self.name or self.path

    @property
    def path(self) -> str:
        return path_of(self.sha256, self.content_type)


def path_of(sha256: str, content_type: str) -> str:
    """Where a picture is served, below the site's own address."""
    return f"{FOLDER}{sha256}.{content_type.removeprefix('image/')}"
