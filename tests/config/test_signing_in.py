"""Guessing passwords of staff ends after a few tries."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "login_ip": "3/900", "login_user": "2/900"}
    factories.user("ada")
    factories.user("grace")


def sign_in(username: str, password: str = "wrong", *, ip: str = HERE) -> HttpResponse:
    return Client(REMOTE_ADDR=ip).post("/admin/login/", {"username": username, "password": password})


def test_after_so_many_wrong_passwords_of_one_name_not_even_the_right_one_is_looked_at() -> None:
    assert [sign_in("ada").status_code for _ in range(2)] == [200, 200]
    for name in ("ada", " ADA ", "Ada"):
        response = sign_in(name, factories.PASSWORD, ip=ELSEWHERE)
        assert response.status_code == 429
        assert 0 < int(response["Retry-After"]) <= 900
    assert sign_in("grace", factories.PASSWORD).status_code == 302


def test_after_so_many_wrong_names_from_one_address_nobody_signs_in_there() -> None:
    for number in range(3):
        sign_in(f"guess{number}")
    assert sign_in("grace", factories.PASSWORD).status_code == 429
    assert sign_in("grace", factories.PASSWORD, ip=ELSEWHERE).status_code == 302


def test_signing_in_rightly_counts_for_nothing() -> None:
    for _ in range(4):
        assert sign_in("ada", factories.PASSWORD).status_code == 302


def test_the_form_itself_is_shown_at_any_time() -> None:
    for _ in range(5):
        sign_in("ada")
    assert Client(REMOTE_ADDR=HERE).get("/admin/login/").status_code == 200
