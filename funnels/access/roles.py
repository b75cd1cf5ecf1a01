"""What a member of a merchant may do there: one role for each membership.

A person may have one role at one merchant and another one elsewhere. `user.has_perm` tells whether somebody may do a thing
anywhere, which decides what the pages offer; `may` and `Merchant.objects.of(user, permission)` tell where, and decide.
Permissions that a superuser gives a person one by one, or through a group, hold at every merchant the person works for.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "owner", _("Owner: everything, and who works here")
    MERCHANDISER = "merchandiser", _("Merchandiser: funnels, themes, products, coupons, stock, reports")
    SUPPORT = "support", _("Support: orders, customers, refunds, check-in")
    FINANCE = "finance", _("Finance: orders, refunds, reconciliation, taxes, reports, exports")
    READ_ONLY = "read_only", _("Read only: sees orders and funnels, changes nothing")


_SEES_ORDERS = (
    "orders.view_*",
    "checkout.view_*",
    "funnels.view_funnel*",
    "funnels.view_step*",
    "funnels.view_product",
    "funnels.view_price",
    "funnels.view_coupon",
    "funnels.view_theme",
    "integrations.view_job",
    "integrations.view_inboundevent",
)
READ_REPORTS = "checkout.read_reports"
# Patterns of permission names. What no pattern names, only superusers and people who were given it may do.
GRANTS: Mapping[Role, tuple[str, ...]] = {
    Role.OWNER: ("funnels.*", "orders.*", "checkout.*", "integrations.*"),
    Role.MERCHANDISER: (
        *(
            f"funnels.{deed}_{thing}*"
            for deed in ("view", "add", "change", "delete")
            for thing in ("funnel", "step", "product", "price", "coupon", "theme", "asset", "ticket", "shippingrate")
        ),
        "funnels.view_merchant",
        "funnels.view_taxrate",
        # A funnel names the accounts that take its money and send its mail; their keys are never shown.
        "integrations.view_connection",
        "orders.view_stock*",
        "orders.change_stock",
        READ_REPORTS,
    ),
    Role.SUPPORT: (
        *_SEES_ORDERS,
        "orders.change_order",
        "orders.change_refund",
        "orders.add_refund",
        "orders.refund_*",
        "orders.cancel_*",
        "orders.resend_*",
        "orders.note_*",
        "orders.checkin_*",
        "orders.change_customer",
    ),
    Role.FINANCE: (
        *_SEES_ORDERS,
        "orders.change_order",
        "orders.change_refund",
        "orders.add_refund",
        "orders.refund_*",
        "orders.cancel_*",
        "orders.note_*",
        "orders.export_*",
        READ_REPORTS,
        "orders.change_difference",
        "funnels.view_taxrate",
        "funnels.add_taxrate",
        "funnels.change_taxrate",
        "integrations.view_*",
    ),
    Role.READ_ONLY: (*_SEES_ORDERS, READ_REPORTS),
}


@cache
def roles_with(permission: str) -> frozenset[Role]:
    """The roles that may do a thing, such as "orders.view_order"."""
    return frozenset(role for role, patterns in GRANTS.items() if any(fnmatchcase(permission, it) for it in patterns))


def granted_directly(user: User | AnonymousUser, permission: str) -> bool:
    """Whether a superuser gave the person the permission by itself or through a group; it then holds wherever they work."""
    return bool(user.is_active and (user.is_superuser or permission in ModelBackend().get_all_permissions(user)))


def roles_of(user: Any) -> Mapping[int, str]:
    """A person's role by merchant; asked once for each request."""
    if not user.is_authenticated or not user.is_active:
        return {}
    known: Mapping[int, str] | None = getattr(user, "roles_by_merchant", None)
    if known is None:
        known = dict(user.memberships.values_list("merchant_id", "role"))
        user.roles_by_merchant = known
    return known


def may(user: Any, permission: str, merchant_id: int | None) -> bool:
    """Whether somebody may do a thing at this merchant; never at one where they do not work."""
    if user.is_active and user.is_superuser:
        return True
    role = roles_of(user).get(merchant_id or 0)
    if role is None:
        return False
    return (role != "" and Role(role) in roles_with(permission)) or granted_directly(user, permission)


def reads_reports(user: Any, merchant_id: int) -> bool:
    """Whether somebody may read what a merchant sold in all: in reports, on the start page, on funnels and coupons.

    To see each order, as support does, is another permission, and not enough.
    """
    return may(user, READ_REPORTS, merchant_id)


class RoleBackend(BaseBackend):
    """Adds what a person's roles allow anywhere to what `user.has_perm` and templates are told."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return obj is None and not roles_with(perm).isdisjoint(roles_of(user_obj).values())

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        roles = {Role(role) for role in roles_of(user_obj).values() if role}
        return any(pattern.startswith(f"{app_label}.") for role in roles for pattern in GRANTS[role])
