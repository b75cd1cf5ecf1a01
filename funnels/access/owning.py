"""A merchant that has an owner always keeps one: whoever takes an owner away waits for everybody else who does."""

from funnels.access.roles import Role
from funnels.models import Membership, Merchant


def lock(merchant_id: int) -> None:
    """Let nobody else change who owns the merchant until the end of the transaction; what is read afterwards holds."""
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant_id)


def is_last_owner(member: Membership) -> bool:
    """Whether the merchant would be without an owner."""
    owners = Membership.objects.filter(merchant=member.merchant_id, role=Role.OWNER, user__is_active=True)
    return member.role == Role.OWNER and not owners.exclude(pk=member.pk).exists()
