"""Merchant: the tenant. Everything that is sold, and every query, belongs to one."""

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.utils.translation import gettext_lazy as _

from funnels.access.roles import Role, granted_directly, roles_with
from integrations.connections import Connection


def time_zones() -> list[tuple[str, str]]:
    """UTC, and the places of the world by region."""
    places = sorted(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
    )
    return [(name, name.replace("_", " ")) for name in ("UTC", *places)]


class MerchantQuerySet(models.QuerySet["Merchant"]):
    def of(self, user: User | AnonymousUser, permission: str = "") -> "MerchantQuerySet":
        """The merchants a person works for, and, with a permission, those where they may do that; all for a superuser."""
        if user.is_active and user.is_superuser:
            return self.all()
        memberships = Membership.objects.filter(user=user.pk or 0)
        if permission and not granted_directly(user, permission):
            memberships = memberships.filter(role__in=roles_with(permission))
        return self.filter(pk__in=memberships.values("merchant"))


class Merchant(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(
        unique=True, help_text=_("Tells the merchant from others in files and commands."), verbose_name=_("short name")
    )
    support_email = models.EmailField(
        help_text=_("Shown to shoppers; replies to receipts go here."), verbose_name=_("e-mail for shoppers")
    )
    sender_name = models.CharField(
        max_length=80, help_text=_("The name receipts come from."), verbose_name=_("sender’s name")
    )
    sender_email = models.EmailField(
        help_text=_("The address receipts come from; its domain must be verified."), verbose_name=_("sender’s e-mail")
    )
    logo = models.CharField(max_length=200, blank=True, help_text=_("Path of a served picture, for example /static/…"))
    terms_url = models.URLField(
        blank=True, help_text=_("The address of the page that has them."), verbose_name=_("terms and conditions")
    )
    privacy_url = models.URLField(
        blank=True, help_text=_("The address of the page that has it."), verbose_name=_("privacy policy")
    )
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(
        max_length=40, choices=time_zones, default="UTC", help_text=_("Its days begin at midnight here, in reports.")
    )
    prices_include_tax = models.BooleanField(
        default=False, help_text=_("Prices contain the tax that is due; otherwise it is added at the checkout.")
    )
    queue_payments = models.BooleanField(
        default=False,
        help_text=_(
            "A worker of the queue takes them while the shopper waits: the shop stays quick when a gateway is slow."
        ),
        verbose_name=_("take payments in the background"),
    )
    withdrawal_days = models.PositiveSmallIntegerField(
        default=14,
        db_default=14,
        help_text=_("How long shoppers may withdraw from a purchase; 14 in the EU."),
        verbose_name=_("days to withdraw"),
    )
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("added"))

    objects = MerchantQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def connections(self) -> models.QuerySet[Connection]:
        return Connection.objects.filter(tenant=self.pk)


class Membership(models.Model):
    """A person who works for a merchant, and what they may do there."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(
        max_length=12,
        choices=Role,
        blank=True,
        help_text=_("Without a role a person may do here what a superuser has allowed them one by one."),
    )
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("joined"))

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [models.UniqueConstraint(fields=["user", "merchant"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} at {self.merchant}"

    @property
    def has_come(self) -> bool:
        """Whether the person has signed in since they work here; before that nothing of their account is told."""
        return self.user.last_login is not None and self.user.last_login >= self.created_at


class MerchantOwned(models.Model):
    """A row that belongs to one merchant."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


def scope(
    queryset: models.QuerySet[Any],
    user: User | AnonymousUser,
    path: str = "merchant",
    permission: str = "",
    *,
    by_keys: bool = False,
) -> models.QuerySet[Any]:
    """Narrow any queryset to merchants a user works for, and where they have the permission if one is named.

    `path` leads from its rows to the merchant. `by_keys` reads the merchants first, which is one more query: then the
    planner knows how many of millions of rows are theirs, and takes the right index.
    """
    if user.is_active and user.is_superuser:
        return queryset
    merchants = Merchant.objects.of(user, permission)
    return queryset.filter(**{f"{path}__in": list(merchants.values_list("pk", flat=True)) if by_keys else merchants})
