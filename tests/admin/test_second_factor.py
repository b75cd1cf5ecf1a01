"""The second factor: asked for before anything of the admin is shown, good once, locked after wrong tries."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from funnels.access import second_factor
from funnels.models import SecondFactor
from tests import factories, racing
from tests.admin.conftest import Shop, client_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PROVE, SET_UP, MANAGE = "second-factor", "second-factor-set-up", "second-factor-manage"


@pytest.fixture
def ada(db: None) -> User:
    return factories.superuser("ada")


def code_of(user: User, at: datetime = NOON) -> str:
    return pyotp.TOTP(second_factor.secret(SecondFactor.objects.get(user=user))).at(at)


def enrol(user: User) -> list[str]:
    """A factor in force since a minute before noon; returns its backup codes."""
    earlier = NOON - timedelta(minutes=1)
    with time_machine.travel(earlier, tick=False):
        second_factor.begin(user)
        return second_factor.confirm(user, code_of(user, earlier))


def sign_in(user: User) -> Client:
    client = Client()
    client.post(reverse("admin:login"), {"username": user.get_username(), "password": factories.PASSWORD})
    return client


def test_who_has_none_is_let_in_where_it_is_only_offered(ada: User) -> None:
    assert sign_in(ada).get("/admin/").status_code == 200


def test_who_has_none_sets_one_up_before_anything_else_where_it_is_required(ada: User, settings: object) -> None:
    settings.STAFF_SECOND_FACTOR = "required"  # type: ignore[attr-defined]
    client = sign_in(ada)
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0] == f"{reverse(SET_UP)}?next=%2Fadmin%2F"
    assert "<svg" in page.content.decode()

    with time_machine.travel(NOON, tick=False):
        kept = client.post(reverse(SET_UP), {"code": code_of(ada), "next": "/admin/"})
    assert len(kept.context["codes"]) == 10
    assert client.get("/admin/").status_code == 200


def test_the_password_alone_opens_nothing_once_there_is_a_factor(ada: User) -> None:
    enrol(ada)
    client = sign_in(ada)
    for address in ("/admin/", reverse("admin:orders_order_changelist"), reverse(MANAGE), reverse("health")):
        assert client.get(address).status_code == 302
    page = client.get(reverse("admin:orders_order_changelist"), follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse(PROVE))

    with time_machine.travel(NOON, tick=False):
        done = client.post(reverse(PROVE), {"code": code_of(ada), "next": reverse("admin:orders_order_changelist")})
    assert done.headers["Location"] == reverse("admin:orders_order_changelist")
    assert client.get(reverse("admin:orders_order_changelist")).status_code == 200


def test_a_code_is_good_once_and_a_wrong_one_opens_nothing(ada: User) -> None:
    enrol(ada)
    with time_machine.travel(NOON, tick=False):
        sign_in(ada).post(reverse(PROVE), {"code": code_of(ada)})
        other = sign_in(ada)
        for code in (code_of(ada), "000000", "", "ÄÖÜ", "1" * 400):
            page = other.post(reverse(PROVE), {"code": code})
            assert "not right" in page.context["error"] or "Too many" in page.context["error"]
        assert other.get("/admin/").status_code == 302


def test_two_requests_at_once_cannot_use_the_same_code(transactional_db: None) -> None:
    ada = factories.superuser("ada")
    enrol(ada)

    def check() -> bool:
        try:
            second_factor.check(ada, code)
        except second_factor.WrongCode:
            return False
        return True

    with time_machine.travel(NOON, tick=False):
        code = code_of(ada)
        assert sorted(racing.at_once(check, check)) == [False, True]


def test_after_five_wrong_codes_the_right_one_is_not_looked_at_for_a_minute(ada: User) -> None:
    enrol(ada)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(5):
            with pytest.raises(second_factor.WrongCode):
                second_factor.check(ada, "000000")
        with pytest.raises(second_factor.Locked):
            second_factor.check(ada, code_of(ada))
        clock.shift(61)
        assert second_factor.check(ada, code_of(ada, NOON + timedelta(seconds=61))).failures == 0


def test_a_backup_code_stands_in_once(ada: User) -> None:
    first, *rest = enrol(ada)
    with time_machine.travel(NOON, tick=False):
        second_factor.check(ada, first.upper().replace("-", " "))
        with pytest.raises(second_factor.WrongCode):
            second_factor.check(ada, first)
        assert second_factor.check(ada, rest[0]).user == ada
    assert len(SecondFactor.objects.get(user=ada).backup_codes) == 8


def test_neither_the_secret_nor_a_backup_code_is_stored_readable(ada: User) -> None:
    codes = enrol(ada)
    factor = SecondFactor.objects.get(user=ada)
    assert second_factor.secret(factor).encode() not in bytes(factor.secret_encrypted)
    assert not set(codes) & set(factor.backup_codes)


def test_a_removed_factor_closes_the_sessions_that_it_opened_where_one_is_required(ada: User, settings: object) -> None:
    enrol(ada)
    client = sign_in(ada)
    with time_machine.travel(NOON, tick=False):
        client.post(reverse(PROVE), {"code": code_of(ada)})
    settings.STAFF_SECOND_FACTOR = "required"  # type: ignore[attr-defined]
    assert client.get("/admin/").status_code == 200
    root = client_of(factories.superuser("root"))
    enrol(User.objects.get(username="root"))
    second_factor.remove(ada)

    assert client.get("/admin/").status_code == 302
    assert root.get("/admin/").status_code == 302


def test_a_secret_that_another_session_was_shown_is_never_the_one_that_is_confirmed(ada: User) -> None:
    thief, owner = sign_in(ada), sign_in(ada)
    stolen = thief.get(reverse(SET_UP)).context["secret"]
    own = owner.get(reverse(SET_UP)).context["secret"]
    assert own != stolen

    with time_machine.travel(NOON, tick=False):
        page = thief.post(reverse(SET_UP), {"code": pyotp.TOTP(stolen).at(NOON)})
        assert "not the code" in page.context["error"]
        assert page.context["secret"] != own
        own = owner.get(reverse(SET_UP)).context["secret"]
        owner.post(reverse(SET_UP), {"code": pyotp.TOTP(own).at(NOON)})
    assert second_factor.secret(SecondFactor.objects.get(user=ada)) == own


def test_the_session_gets_a_new_key_with_the_proof(ada: User) -> None:
    enrol(ada)
    client = sign_in(ada)
    known = client.session.session_key
    with time_machine.travel(NOON, tick=False):
        client.post(reverse(PROVE), {"code": code_of(ada)})

    assert client.get("/admin/").status_code == 200
    client.cookies["sessionid"] = known
    assert client.get("/admin/").status_code == 302


def test_it_leads_on_only_to_addresses_of_this_site(ada: User) -> None:
    enrol(ada)
    with time_machine.travel(NOON, tick=False):
        done = sign_in(ada).post(reverse(PROVE), {"code": code_of(ada), "next": "https://evil.example/"})
        for address in ("//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"):
            assert sign_in(ada).get(reverse(PROVE), {"next": address}).context["next"] == "/admin/"
    assert done.headers["Location"] == "/admin/"


def test_shoppers_and_strangers_are_sent_to_the_sign_in(client: Client, fern: Shop) -> None:
    for name in (PROVE, SET_UP, MANAGE):
        assert client.get(reverse(name)).headers["Location"].startswith("/admin/login/")
