"""Inviting people to work for a merchant. The link that makes an account theirs goes to their mailbox and nowhere else:
whoever invited them must not be able to choose their password, nor learn whether they have an account already.
"""

from email.headerregistry import Address
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from funnels.models import Membership, Merchant
from integrations.connections import Connection
from integrations.email import sender
from integrations.email.message import OutgoingMail
from integrations.outbox import queue

KIND = "mail.invitation"


def invite(*, merchant: Merchant, email: str, role: str) -> Membership:
    """Let the person with this address work for the merchant, and tell them so; who has no account yet is made one."""
    name = email.lower()
    with transaction.atomic():
        person, made = User.objects.get_or_create(username=name, defaults={"email": name, "is_staff": True})
        if made:
            person.set_unusable_password()
            person.save(update_fields=["password"])
        member = Membership.objects.create(user=person, merchant=merchant, role=role)
        send_again(member)
    return member


def send_again(member: Membership) -> None:
    """Owe the person a mail: with a link that is good for three days, or with the way to sign in where they have a password."""
    key = f"{member.pk}:{timezone.now():%Y%m%d%H%M}"
    queue.put(KIND, key=key, tenant=member.merchant_id, payload={"member": member.pk}, lane=f"invitation:{member.pk}")


def mailer(merchant: Merchant) -> Connection | None:
    """The merchant's account that sends mail."""
    return merchant.connections().filter(provider__in=Connection.MAILERS, active=True).order_by("pk").first()


def link(person: User) -> str:
    """Where a person chooses their password: good once, and for PASSWORD_RESET_TIMEOUT."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    address = reverse("choose-password", args=[uid, default_token_generator.make_token(person)])
    return urljoin(f"{settings.SITE_URL}/", address)


def deliver(member: Membership, account: Connection, key: str) -> None:
    """Send the invitation. A second copy does no harm, so that an unknown outcome is simply tried again."""
    merchant, person = member.merchant, member.user
    with translation.override(merchant.language):
        known = person.has_usable_password()
        way = urljoin(f"{settings.SITE_URL}/", reverse("admin:index")) if known else link(person)
        context = {"merchant": merchant.name, "link": way, "name": person.get_username(), "known": known}
        message = OutgoingMail(
            key=f"invitation:{key}",
            sender=str(Address(merchant.sender_name, addr_spec=merchant.sender_email)),
            to=person.email,
            subject=_("%s invites you to Stepwell") % merchant.name,
            html=render_to_string("emails/invitation.html", context),
            text=render_to_string("emails/invitation.txt", context),
            reply_to=merchant.support_email,
        )
    sender.send(account, message)
