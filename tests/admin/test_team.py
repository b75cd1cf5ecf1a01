"""An owner manages who works for the merchant, and reaches nobody else's people or passwords."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funnels.access.roles import Role
from funnels.models import Membership
from tests import factories, working
from tests.admin.conftest import Shop, client_of
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "admin:funnels_membership_add"


def owner_of(shop: Shop, name: str = "olga") -> Client:
    person = factories.user(name)
    Membership.objects.create(user=person, merchant=shop.merchant, role=Role.OWNER)
    return client_of(person)


def test_a_new_colleague_chooses_a_password_by_mail_and_sees_what_their_role_allows(
    fern: Shop, sandbox: Sandbox
) -> None:
    factories.connection("resend", merchant=fern.merchant)
    answer = owner_of(fern).post(reverse(ADD), {"email": "Sam@Example.com", "role": "support"})
    assert answer.status_code == 302
    assert "choose" not in str(answer.cookies)
    assert working.do("mail.invitation") == "done"

    [sent] = sandbox.books("resend")["mails"].values()
    assert sent["to"] == ["sam@example.com"]
    path = re.search(r"http://127\.0\.0\.1:8000(/admin/password/\S+/)", sent["text"])
    assert path is not None
    client = Client()
    form = client.get(path[1], follow=True)
    address = form.redirect_chain[-1][0]
    client.post(address, {"new_password1": "visibly-fake-42", "new_password2": "visibly-fake-42"})
    client.post(reverse("admin:login"), {"username": "sam@example.com", "password": "visibly-fake-42"})

    assert client.get(reverse("admin:orders_order_changelist")).status_code == 200
    assert client.get(reverse("admin:funnels_membership_changelist")).status_code == 403
    again = Client().get(path[1], follow=True)
    assert "has been used" in again.content.decode()


def test_without_an_account_that_sends_mail_nobody_new_is_invited(fern: Shop) -> None:
    answer = owner_of(fern).post(reverse(ADD), {"email": "sam@example.com", "role": "support"})
    assert "Connect an account that sends mail first" in answer.content.decode()
    assert not User.objects.filter(username="sam@example.com").exists()


def test_the_answer_is_the_same_whether_or_not_the_person_has_an_account(
    fern: Shop, moss: Shop, sandbox: Sandbox
) -> None:
    known = factories.user("known@example.com", merchant=moss.merchant, first_name="Kay", last_login=timezone.now())
    User.objects.filter(pk=known.pk).update(email="known@example.com")
    client = owner_of(fern)

    def invited(email: str) -> tuple[str, ...]:
        page = client.post(reverse(ADD), {"email": email, "role": "support"}, follow=True)
        told = [re.sub(r"/\d+/", "/…/", str(each).replace(email, "…")) for each in page.context["messages"]]
        return (*told, *re.findall("Connect an account that sends mail first", page.content.decode()))

    assert invited("known@example.com") == invited("new@example.com") == ("Connect an account that sends mail first",)
    factories.connection("resend", merchant=fern.merchant)
    assert invited("known@example.com") == invited("new@example.com")
    assert [working.do("mail.invitation") for _ in range(2)] == ["done", "done"]
    letters = {mail["to"][0]: mail["text"] for mail in sandbox.books("resend")["mails"].values()}
    assert "Sign in here with the account that you have:" in letters["known@example.com"]
    assert "/admin/password/" not in letters["known@example.com"]
    assert "/admin/password/" in letters["new@example.com"]

    listed = client.get(reverse("admin:funnels_membership_changelist")).content.decode()
    assert "Kay" not in listed
    Client().login(username="known@example.com", password=factories.PASSWORD)
    assert "Kay" in client.get(reverse("admin:funnels_membership_changelist")).content.decode()


def test_an_owner_sees_and_changes_only_the_own_team(fern: Shop, moss: Shop) -> None:
    client = owner_of(fern)
    owner_of(moss, "oleg")
    theirs = Membership.objects.get(user__username="oleg")
    listed = client.get(reverse("admin:funnels_membership_changelist")).context["cl"].result_list
    assert {member.merchant_id for member in listed} == {fern.merchant.pk}

    address = reverse("admin:funnels_membership_change", args=[theirs.pk])
    assert client.post(address, {"role": "read_only"}).headers["Location"] == "/admin/"
    client.post(reverse(ADD), {"merchant": moss.merchant.pk, "email": "oleg", "role": "owner"})
    assert client.post(reverse("admin:funnels_membership_invite", args=[theirs.pk])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.role == Role.OWNER


def test_the_last_owner_stays_until_there_is_another(fern: Shop) -> None:
    client = owner_of(fern)
    mine = Membership.objects.get(user__username="olga")
    address = reverse("admin:funnels_membership_change", args=[mine.pk])
    refused = client.post(address, {"role": "support"})
    assert "Somebody has to be the owner" in refused.content.decode()
    assert client.post(reverse("admin:funnels_membership_delete", args=[mine.pk]), {"post": "yes"}).status_code == 403

    owner_of(fern, "otto")
    assert client.post(address, {"role": "support"}).status_code == 302
    mine.refresh_from_db()
    assert mine.role == Role.SUPPORT
