"""Theme: a template set and the tokens that a merchant may turn."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from funnels.models.merchant import MerchantOwned


class Theme(MerchantOwned):
    """`slug` names the template set (`templates/themes/<slug>`, `static/themes/<slug>`); `tokens` override its defaults."""

    class Design(models.TextChoices):
        BOTANICA = "botanica", _("Botanica: physical goods, warm paper and deep green")
        QUIET = "quiet", _("Quiet: software and courses, neutral with one accent")

    name = models.CharField(max_length=80)
    slug = models.CharField(max_length=30, choices=Design, verbose_name=_("design"))
    tokens = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("CSS custom properties by name without the dashes, for example {“accent”: “#1f4d3a”}."),
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="theme_name_unique")]

    def __str__(self) -> str:
        return self.name
