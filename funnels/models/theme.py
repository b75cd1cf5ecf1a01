"""Theme: a template set, and the tokens and layouts that a merchant may turn."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from funnels import layouts
from funnels.models.merchant import MerchantOwned


def designs() -> list[tuple[str, str | Promise]]:
    """The shipped designs, then those that stand in the installation's own `THEMES_DIR`."""
    sheets = settings.THEMES_DIR.glob("static/themes/*/theme.css") if settings.THEMES_DIR else ()
    own = sorted({sheet.parent.name for sheet in sheets} - set(Theme.Design.values))
    return [*Theme.Design.choices, *((slug, slug.replace("-", " ").capitalize()) for slug in own)]


class Theme(MerchantOwned):
    """`slug` names the template set (`templates/themes/<slug>`, `static/themes/<slug>`); `tokens` override its defaults, and
    `layouts` how its pages are laid out, by part (`funnels/layouts.py`).
    """

    class Design(models.TextChoices):
        BOTANICA = "botanica", _("Botanica: physical goods, warm paper and deep green")
        MARQUEE = "marquee", _("Marquee: events, bold capitals and a ticket stub")
        QUIET = "quiet", _("Quiet: software and courses, neutral with one accent")

    name = models.CharField(max_length=80)
    slug = models.CharField(max_length=30, choices=designs, verbose_name=_("design"))
    tokens = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("CSS custom properties by name without the dashes, for example {“accent”: “#1f4d3a”}."),
    )
    layouts = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text=_("Layouts by the part of the pages, for example {“checkout”: “above”}."),
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="theme_name_unique")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if flaws := [sentence for _part, sentence in layouts.flaws(self.slug, self.layouts)]:
            raise ValidationError(flaws)
