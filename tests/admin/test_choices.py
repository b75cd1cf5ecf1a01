"""The choices of a checkout in the admin: a merchant's own, sold on their own steps only."""

import pytest

from funnels.models import StepChoice
from tests import factories
from tests.admin.conftest import Shop

CHOICE = {"position": "1", "max_quantity": "4", "note": "Friday to Sunday"}


def test_a_choice_is_added_to_a_checkout(fern: Shop) -> None:
    step = fern.version.funnel.steps.get(key="checkout")
    answer = fern.client.post("/admin/funnels/stepchoice/add/", {"step": step.pk, "price": step.price_id, **CHOICE})
    assert answer.status_code == 302
    made = StepChoice.objects.get()
    assert (made.step, made.price, made.max_quantity, made.note) == (step, step.price, 4, "Friday to Sunday")


@pytest.mark.parametrize("foreign", ["step", "price"])
def test_another_merchants_step_or_price_cannot_be_used(fern: Shop, moss: Shop, foreign: str) -> None:
    mine, theirs = (shop.version.funnel.steps.get(key="checkout") for shop in (fern, moss))
    given = {"step": mine.pk, "price": mine.price_id}
    given[foreign] = theirs.pk if foreign == "step" else theirs.price_id
    answer = fern.client.post("/admin/funnels/stepchoice/add/", {**given, **CHOICE})
    assert answer.status_code == 200
    assert not StepChoice.objects.exists()


def test_another_merchants_choices_are_not_there(fern: Shop, moss: Shop) -> None:
    theirs = factories.with_choices({"Moss weekend": 100}, merchant=moss.merchant).funnel.steps.get(key="checkout")
    assert "Moss weekend" not in fern.client.get("/admin/funnels/stepchoice/").content.decode()
    page = fern.client.get(f"/admin/funnels/stepchoice/{theirs.choices.get().pk}/change/")
    assert page.status_code == 302
