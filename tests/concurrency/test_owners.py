"""Two owners who take each other's role away at the same moment: one of them stays."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.urls import reverse

from funnels.access import owning
from funnels.access.roles import Role
from funnels.models import Membership, Merchant
from tests import factories, racing
from tests.admin.conftest import client_of
from tests.concurrency.conftest import Guards

pytestmark = pytest.mark.django_db(transaction=True)
DEMOTE, REMOVE = ("change", {"role": "support"}), ("delete", {"post": "yes"})


@pytest.fixture
def merchant() -> Merchant:
    return factories.merchant("Fern")


@pytest.fixture
def deeds(merchant: Merchant) -> Callable[..., list[Callable[[], int]]]:
    """What each of two owners does to the other one; each gives the status of the answer."""
    people = [factories.user(name, merchant=merchant) for name in ("olga", "otto")]
    Membership.objects.update(role=Role.OWNER)
    members = [Membership.objects.get(user=person) for person in reversed(people)]

    def prepared(*kinds: tuple[str, dict[str, str]]) -> list[Callable[[], int]]:
        def deed(place: int) -> Callable[[], int]:
            kind, data = kinds[place]
            client, address = (
                client_of(people[place]),
                reverse(f"admin:funnels_membership_{kind}", args=[members[place].pk]),
            )
            return lambda: client.post(address, data).status_code

        return [deed(0), deed(1)]

    return prepared


def owners() -> int:
    return Membership.objects.filter(role=Role.OWNER).count()


@pytest.mark.parametrize(
    "kinds", [(DEMOTE, DEMOTE), (REMOVE, REMOVE), (DEMOTE, REMOVE)], ids=["demote", "remove", "both"]
)
def test_one_of_two_owners_stays(
    merchant: Merchant, deeds: Callable[..., list[Callable[[], int]]], kinds: tuple[tuple[str, dict[str, str]], ...]
) -> None:
    prepared = deeds(*kinds)
    with transaction.atomic():
        Merchant.objects.select_for_update().get(pk=merchant.pk)
        begun = [racing.start(deed) for deed in prepared]
        racing.wait_until_blocked(2)
    answers = [deed.result(timeout=30) for deed in begun]
    assert answers.count(302) == 1
    assert owners() == 1


def test_control_without_the_lock_nobody_stays(
    deeds: Callable[..., list[Callable[[], int]]], guards: Guards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owning, "lock", lambda merchant_id: None)
    guards.line_up(owning, "is_last_owner", after=True)
    assert racing.at_once(*deeds(DEMOTE, DEMOTE)) == [302, 302]
    assert owners() == 0
