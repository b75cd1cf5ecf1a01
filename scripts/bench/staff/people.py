"""Who sits at the desks, and their sessions, as signing in would have made them."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from funnels.access.roles import Role
from funnels.models import Membership, Merchant


def works_for(merchant: Merchant, role: Role) -> User:
    """Somebody with this role at this merchant and nowhere else."""
    person, _ = User.objects.get_or_create(
        username=f"bench-{merchant.slug}-{role.value}", defaults={"is_staff": True, "is_active": True}
    )
    Membership.objects.get_or_create(user=person, merchant=merchant, defaults={"role": role.value})
    return person


def cookies(person: User) -> Mapping[str, str]:
    """The cookies of a new browser in which this person is signed in."""
    browser = Client()
    browser.force_login(person)
    return {name: browser.cookies[name].value for name in (settings.SESSION_COOKIE_NAME,)}
