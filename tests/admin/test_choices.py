"""What a checkout offers to choose from, as rows of its step's panel: arranged without saving, saved with the step."""

from typing import Any

import pytest

from funnels.models import Step
from funnels.readiness import problems
from tests import factories
from tests.admin.conftest import Shop, open_shop
from tests.admin.test_funnel_editor import PANEL, step, url
from tests.admin.test_scoping import step_form

KINDS = {"Weekend": 18900, "Saturday": 8900, "Sunday": 7900}


@pytest.fixture
def festival(db: None) -> tuple[Shop, Step]:
    """A shop whose funnel's checkout offers three kinds."""
    shop = open_shop("Nightjar")
    return shop, step(factories.with_choices(KINDS, merchant=shop.merchant).funnel, "checkout")


def send(shop: Shop, checkout: Step, **changes: object) -> Any:
    data = step_form(shop, checkout) | {name.replace("__", "-"): value for name, value in changes.items()}
    return shop.client.post(url("step", checkout.funnel, checkout.pk), data, **PANEL)


def stored(checkout: Step) -> list[tuple[str, int, str]]:
    return [(each.price.product.name, each.max_quantity, each.note) for each in checkout.choices.all()]


def typed(answer: Any) -> list[tuple[str, str, str]]:
    names = ("price", "max_quantity", "note")
    return [tuple(str(row[name].value()) for name in names) for row in answer.context["form"].choices]


def test_rows_are_changed_and_saved_with_their_step(festival: tuple[Shop, Step]) -> None:
    shop, checkout = festival
    ids = list(checkout.choices.values_list("pk", flat=True))
    changes = {"choices__1__max_quantity": 4, "choices__1__note": "One day", "choices__2__price": ""}

    assert send(shop, checkout, headline="Come", **changes).status_code == 200

    assert stored(checkout) == [("Weekend", 10, ""), ("Saturday", 4, "One day")]
    assert list(checkout.choices.values_list("pk", flat=True)) == ids[:2]
    checkout.refresh_from_db()
    assert (checkout.headline, checkout.revision) == ("Come", 1)


def test_the_first_row_takes_over_what_the_step_sold(fern: Shop) -> None:
    checkout = step(fern.version.funnel, "checkout")
    answer = send(fern, checkout, arrange="add", max_quantity=3)

    assert typed(answer) == [(str(checkout.price_id), "3", ""), ("", "10", "")]
    assert answer.context["form"].choices.focus == "id_choices-1-price"
    assert stored(checkout) == []

    rows = {"choices__TOTAL_FORMS": 2, "choices__0__price": checkout.price_id, "choices__0__max_quantity": 3}
    assert send(fern, checkout, **rows, choices__1__max_quantity=10, price="").status_code == 200
    assert stored(checkout) == [("Night serum", 3, "")]
    assert problems(checkout.funnel) == []


@pytest.mark.parametrize(
    ("button", "left", "focus"),
    [
        ("down.0", ["Saturday", "Weekend", "Sunday"], "id_choices-1-price"),
        ("up.2", ["Weekend", "Sunday", "Saturday"], "id_choices-1-price"),
        ("up.0", ["Weekend", "Saturday", "Sunday"], "id_choices-0-price"),
        ("remove.1", ["Weekend", "Sunday"], "add-choice"),
        ("remove.9", ["Weekend", "Saturday", "Sunday"], "add-choice"),
        ("dance", ["Weekend", "Saturday", "Sunday"], ""),
    ],
)
def test_a_button_rearranges_the_form_and_saves_nothing(
    festival: tuple[Shop, Step], button: str, left: list[str], focus: str
) -> None:
    shop, checkout = festival
    names = {str(each.price_id): each.price.product.name for each in checkout.choices.all()}

    answer = send(shop, checkout, arrange=button)

    assert [names[price] for price, _most, _note in typed(answer)] == left
    assert answer.context["form"].choices.focus == focus
    assert [name for name, _most, _note in stored(checkout)] == list(KINDS)


def test_rows_that_cannot_be_say_so_at_their_fields(festival: tuple[Shop, Step], moss: Shop) -> None:
    shop, checkout = festival
    twice = checkout.choices.all()[0].price_id
    theirs = step(moss.version.funnel, "checkout").price_id
    wrong = {"choices__0__max_quantity": 0, "choices__1__price": theirs, "choices__2__price": twice}

    answer = send(shop, checkout, **wrong)
    again = send(shop, checkout, choices__2__price=twice)

    assert answer.status_code == again.status_code == 422
    assert [row.errors for row in answer.context["form"].choices] == [
        {"max_quantity": ["Ensure this value is greater than or equal to 1."]},
        {"price": ["Select a valid choice. That choice is not one of the available choices."]},
        {},
    ]
    assert again.context["form"].choices[2].errors == {"price": ["This price is among the choices already."]}
    assert [name for name, _most, _note in stored(checkout)] == list(KINDS)


def test_of_two_who_edit_the_rows_the_second_is_told_of_the_firsts(festival: tuple[Shop, Step]) -> None:
    shop, checkout = festival
    mine = step_form(shop, checkout) | {"choices-0-note": "Mine"}
    send(shop, checkout, choices__0__note="Theirs", choices__TOTAL_FORMS=1)

    told = shop.client.post(url("step", checkout.funnel, checkout.pk), mine, **PANEL)

    assert told.status_code == 422
    assert "“Choices” is now “Weekend · $189.00 × 10 (Theirs)”." in str(told.context["form"].non_field_errors())
    assert stored(checkout) == [("Weekend", 10, "Theirs")]


def test_without_scripts_a_new_product_becomes_one_more_row(festival: tuple[Shop, Step]) -> None:
    shop, checkout = festival
    address = f"{url('add_product', checkout.funnel)}?step={checkout.pk}&for=choice"
    back = shop.client.post(address, {"name": "Parking", "amount": "15", "currency": "USD"})

    page = shop.client.get(back.headers["Location"])

    assert [row["price"].value() for row in page.context["form"].choices][3:] == [
        back.headers["Location"].rpartition("?choice=")[2]
    ]
    assert 'name="choices-3-price"' in page.content.decode()


def test_offers_have_no_rows(fern: Shop) -> None:
    offer = step(fern.version.funnel, "night-cream")
    page = fern.client.get(url("step", fern.version.funnel, offer.pk), **PANEL)
    assert page.context["form"].choices is None
    assert "arrange" not in page.content.decode()
