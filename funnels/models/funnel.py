"""Funnel and Step, the draft that merchants edit; FunnelVersion, what shoppers get."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from funnels.models.merchant import MerchantOwned
from funnels.models.product import Price
from funnels.models.theme import Theme
from funnels.speaking import CHOICE_TEXTS, STEP_TEXTS, KnownTexts
from funnels.spec import FunnelSpec, StepKind, specs
from integrations.connections import Connection


class Funnel(MerchantOwned):
    """`published` is the version that new runs get; None keeps the funnel off sale."""

    name = models.CharField(max_length=120)
    handle = models.SlugField(
        unique=True, help_text=_("The word after /f/ in the funnel's address."), verbose_name=_("address")
    )
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="funnels")
    gateway = models.ForeignKey(
        Connection,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The account that takes the money."),
        verbose_name=_("payment account"),
    )
    other_gateways = models.ManyToManyField(
        Connection,
        blank=True,
        related_name="+",
        verbose_name=_("other ways to pay"),
        help_text=_("Shown as a choice beside the first: a wallet, or a card account that steps in when it is out."),
    )
    crm = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="CRM"
    )
    crm_campaign = models.CharField(max_length=40, blank=True, verbose_name=_("CRM campaign"))
    mailer = models.ForeignKey(
        Connection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Sends the receipts."),
        verbose_name=_("mail account"),
    )
    countries = ArrayField(
        models.CharField(max_length=2),
        default=list,
        blank=True,
        help_text=_("Where it can be delivered: country codes, separated by commas."),
        verbose_name=_("delivers to"),
    )
    languages = ArrayField(
        models.CharField(max_length=10, choices=settings.LANGUAGES),
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=10))),
        blank=True,
        help_text=_("What shoppers may read it in, the first one first. Empty: the shop's language."),
    )
    published = models.ForeignKey(
        "FunnelVersion", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("added"))

    def __str__(self) -> str:
        return self.name

    @property
    def spoken(self) -> tuple[str, ...]:
        """The languages it is to be read in, the first one first."""
        return tuple(dict.fromkeys(self.languages)) or (self.merchant.language,)

    @property
    def gateways(self) -> list[Connection]:
        """Every account that may take the money, the first choice first, then in the order in which they were added."""
        others = Funnel.other_gateways.through.objects.filter(funnel=self).order_by("pk")
        return [self.gateway, *(row.connection for row in others.select_related("connection"))]


class StepQuerySet(models.QuerySet["Step"]):
    def with_prices(self) -> "StepQuerySet":
        """With everything that `Step.prices` and `Step.ships` read."""
        return self.select_related("price__product", "bump_price__product").prefetch_related(
            models.Prefetch("choices", StepChoice.objects.select_related("price__product"))
        )


class Step(models.Model):
    """One page of the draft. `on_accept` is also where a checkout leads once it is paid.

    `revision` counts its changes, so that nobody overwrites what they have not seen.
    """

    class Kind(models.TextChoices):
        CHECKOUT = StepKind.CHECKOUT, _("Checkout")
        UPSELL = StepKind.UPSELL, _("Upsell")
        DOWNSELL = StepKind.DOWNSELL, _("Downsell")
        THANK_YOU = StepKind.THANK_YOU, _("Thank-you")

    funnel = models.ForeignKey(Funnel, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    key = models.SlugField(max_length=40, help_text=_("Its part of the address."))
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=120, help_text=_("The page's title, and its name for staff."))
    price = models.ForeignKey(Price, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    max_quantity = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text=_("1 hides the choice.")
    )
    bump_price = models.ForeignKey(
        Price, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("order bump")
    )
    bump_headline = models.CharField(max_length=120, blank=True)
    bump_text = models.TextField(blank=True)
    ask_phone = models.BooleanField(default=False, help_text=_("Offer an optional phone number on the checkout page."))
    ask_coupon = models.BooleanField(
        default=True, db_default=True, help_text=_("Have a field for a coupon code, folded up, on the checkout page.")
    )
    headline = models.CharField(max_length=160, blank=True)
    subheadline = models.CharField(max_length=240, blank=True)
    body = models.TextField(blank=True, help_text=_("Paragraphs, separated by an empty line."))
    points = models.TextField(blank=True, help_text=_("Short points, one a line."))
    badges = models.TextField(blank=True, help_text=_("Trust marks, one a line."))
    accept_label = models.CharField(max_length=60, blank=True)
    decline_label = models.CharField(max_length=60, blank=True)
    deadline_minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("How long the offer stands, from when the shopper first sees it; it then ends."),
    )
    on_accept = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    on_decline = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    rule = models.JSONField(
        default=dict, blank=True, verbose_name=_("shown if"), help_text=_("Without a condition it is always shown.")
    )
    on_skip = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("if not shown"),
        help_text=_("Where the shopper goes if the offer is not shown. Empty: where a no leads."),
    )
    on_payment_declined = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("if the payment is declined"),
        help_text=_("For example something that costs less. Empty: the shopper stays and may try again."),
    )
    replaces_main = models.BooleanField(
        default=False,
        db_default=False,
        verbose_name=_("upgrade"),
        help_text=_("Takes the place of what the checkout sold; only the difference is charged."),
    )

    translations = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True, validators=[KnownTexts(STEP_TEXTS)]
    )
    revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["funnel", "key"], name="step_key_unique")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_offer(self) -> bool:
        return StepKind(self.kind).is_offer

    @property
    def prices(self) -> list[Price]:
        """Everything that this step sells, the order bump last."""
        sold = [self.price, *(choice.price for choice in self.choices.all()), self.bump_price]
        return [price for price in sold if price is not None]

    @property
    def ships(self) -> bool:
        """Whether something that this step sells is delivered."""
        return any(price.product.ships for price in self.prices)


class StepChoice(models.Model):
    """One of several prices that a checkout step offers in place of a single one, each in its own quantity from 0."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField(default=0)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    max_quantity = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text=_("The most in one order.")
    )
    note = models.CharField(
        max_length=160, blank=True, help_text=_("A few words under its name, such as what is included.")
    )

    translations = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True, validators=[KnownTexts(CHOICE_TEXTS)]
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["step", "price"], name="step_choice_unique")]

    def __str__(self) -> str:
        return str(self.price)

    def clean(self) -> None:
        """A choice sells what belongs to the merchant of its funnel."""
        if self.step_id and self.price_id and self.price.product.merchant_id != self.step.funnel.merchant_id:
            raise ValidationError({"price": _("This price belongs to another merchant.")})


class FunnelVersion(models.Model):
    """A published funnel, immutable. `compiled` is read through `spec` only."""

    funnel = models.ForeignKey(Funnel, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    compiled = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["funnel", "number"], name="funnel_version_unique")]

    def __str__(self) -> str:
        return f"{self.funnel.name}, version {self.number}"

    @property
    def spec(self) -> FunnelSpec:
        return specs.get(self.pk) or specs.put(self.pk, self.compiled)


def spec_of(version_id: int, language: str = "") -> FunnelSpec:
    """The spec of a version by its primary key, in a language of the funnel; asks the database once per process."""
    return specs.get(version_id, language) or specs.put(
        version_id, FunnelVersion.objects.values_list("compiled", flat=True).get(pk=version_id), language
    )
