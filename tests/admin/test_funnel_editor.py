"""The funnel's page draws the draft; every deed of the editor keeps the path whole and stays within the merchant."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from funnels.editor import edges, editing
from funnels.models import Funnel, Price, Step
from funnels.numbers import StepNumbers
from funnels.readiness import problems
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.admin.test_scoping import step_form

PANEL = {"HTTP_X_PANEL": "1"}


@pytest.fixture
def funnel(fern: Shop) -> Funnel:
    return fern.version.funnel


def step(funnel: Funnel, key: str) -> Step:
    return funnel.steps.get(key=key)


def url(name: str, funnel: Funnel, *more: object) -> str:
    return reverse(f"admin:funnels_funnel_{name}", args=[funnel.pk, *more])


def leads(funnel: Funnel) -> dict[str, tuple[str, ...]]:
    """Where each step's exits lead, along the path."""
    found = list(funnel.steps.order_by("position"))
    keys = {step.pk: step.key for step in found}
    return {s.key: tuple(keys.get(edges.target_id(s, out) or 0, "") for out in edges.exits(s)) for s in found}


def test_a_new_funnel_is_begun_with_three_answers_and_shows_what_it_lacks(fern: Shop) -> None:
    used = fern.version.funnel
    mailer = factories.connection("resend", merchant=fern.merchant)
    asked = fern.client.get(reverse("admin:funnels_funnel_add")).context["adminform"].form
    assert {name: asked.initial.get(name) or field.initial for name, field in asked.fields.items()} == {
        "merchant": fern.merchant.pk, "name": None, "theme": used.theme_id, "gateway": used.gateway_id,
    }  # fmt: skip

    data = {"name": "Autumn", "theme": used.theme_id, "gateway": used.gateway_id}
    for _time in range(2):
        response = fern.client.post(reverse("admin:funnels_funnel_add"), data)

    first, second = Funnel.objects.filter(name="Autumn").order_by("pk")
    assert (first.handle, second.handle, first.merchant, first.mailer) == ("autumn", "autumn-2", fern.merchant, mailer)
    assert response.headers["Location"] == url("change", second)
    assert leads(first) == {"checkout": ("thank-you",), "thank-you": ()}
    page = fern.client.get(url("change", first)).context["page"]
    assert [[p.message for p in card.problems] for card in page.steps] == [["This step has no price."], []]


def test_the_page_draws_every_step_with_where_it_leads(fern: Shop, funnel: Funnel) -> None:
    response = fern.client.get(url("change", funnel))
    cards = response.context["page"].steps
    assert [(card.title, card.sells) for card in cards] == [
        ("Checkout", "Night serum · $49.00"),
        ("Night cream", "Night cream · $39.00"),
        ("Travel kit", "Travel kit · $19.00"),
        ("Thank you", ""),
    ]
    assert [(str(way.label), way.target, way.look) for way in cards[1].edges] == [
        ("Yes", "Thank you", "accept"),
        ("No", "Travel kit", "decline"),
    ]
    assert response.content.decode().count('class="sw-line ') == 5


def test_the_numbers_of_the_last_days_stand_on_cards_and_exits(
    fern: Shop, funnel: Funnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = {"night-cream": StepNumbers(visits=1200, moves={"accept": 300, "decline": 900}, revenue=1_170_000)}
    monkeypatch.setattr("funnels.admin.page.lately", lambda _funnel: counted)

    card = fern.client.get(url("change", funnel)).context["page"].steps[1]

    assert (card.visits, card.revenue) == ("1,200 visits", "$11,700.00")
    assert [way.share for way in card.edges] == ["25%", "75%"]


def test_the_page_costs_the_same_number_of_queries_with_more_steps(
    fern: Shop, funnel: Funnel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = fern.client
    with CaptureQueriesContext(connection) as before:
        client.get(url("change", funnel))
    for number in range(6):
        editing.add_step(funnel=funnel, kind="upsell", title=f"Offer {number}", after=None, out=None)
    Step.objects.filter(funnel=funnel, price=None).update(price=step(funnel, "night-cream").price)
    with django_assert_num_queries(len(before)):
        client.get(url("change", funnel))


def test_a_step_is_saved_in_its_panel_and_the_log_tells_of_it(fern: Shop, funnel: Funnel) -> None:
    offer = step(funnel, "night-cream")
    response = fern.client.post(
        url("step", funnel, offer.pk), step_form(fern, offer) | {"headline": "Sleep on it"}, **PANEL
    )

    assert response.json() == {"told": "“Night cream” is saved.", "open": "", "focus": f"step-{offer.pk}"}
    offer.refresh_from_db()
    assert (offer.headline, offer.revision) == ("Sleep on it", 1)
    assert funnel.steps.exclude(pk=offer.pk).filter(revision=0).count() == 3


def test_without_scripts_the_same_form_is_a_page_and_leads_back(fern: Shop, funnel: Funnel) -> None:
    offer = step(funnel, "night-cream")
    page = fern.client.get(url("step", funnel, offer.pk)).content.decode()
    assert "<title>" in page
    assert "<title>" not in fern.client.get(url("step", funnel, offer.pk), **PANEL).content.decode()

    response = fern.client.post(url("step", funnel, offer.pk), step_form(fern, offer))

    assert response.headers["Location"] == url("change", funnel)


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(fern: Shop, funnel: Funnel) -> None:
    offer = step(funnel, "night-cream")
    data = step_form(fern, offer) | {"title": "", "headline": "Kept", "key": "travel-kit"}

    response = fern.client.post(url("step", funnel, offer.pk), data, **PANEL)

    assert response.status_code == 422
    form = response.context["form"]
    assert form.errors == {
        "title": ["This field is required."],
        "key": ["Another step of this funnel has this address."],
    }
    assert 'value="Kept"' in response.content.decode()
    offer.refresh_from_db()
    assert (offer.headline, offer.revision) == ("", 0)


def test_of_two_who_edit_a_step_the_second_is_told_and_loses_nothing(fern: Shop, funnel: Funnel) -> None:
    offer = step(funnel, "night-cream")
    mine, theirs = step_form(fern, offer), step_form(fern, offer)
    fern.client.post(url("step", funnel, offer.pk), theirs | {"headline": "Theirs"}, **PANEL)

    told = fern.client.post(url("step", funnel, offer.pk), mine | {"headline": "Mine"}, **PANEL)

    assert told.status_code == 422
    (error,) = told.context["form"].non_field_errors()
    assert error == (
        "Somebody else has saved this step since you opened it. “Headline” is now “Theirs”. "
        "What you typed is kept; save again to put it in place of theirs."
    )
    assert step(funnel, "night-cream").headline == "Theirs"

    again = {field.html_name: field.value() or "" for field in told.context["form"]}
    assert fern.client.post(url("step", funnel, offer.pk), again, **PANEL).status_code == 200
    assert step(funnel, "night-cream").headline == "Mine"


def test_a_step_is_put_on_a_line_and_opens_at_once(fern: Shop, funnel: Funnel) -> None:
    checkout = step(funnel, "checkout")
    asked = fern.client.get(url("add_step", funnel), {"after": checkout.pk, "exit": "on_accept"}, **PANEL)
    assert asked.context["form"].initial["after"] == f"{checkout.pk}.on_accept"

    data = {"kind": "upsell", "title": "Eye cream", "after": f"{checkout.pk}.on_accept"}
    response = fern.client.post(url("add_step", funnel), data, **PANEL)

    made = step(funnel, "eye-cream")
    assert response.json()["open"] == url("step", funnel, made.pk)
    assert leads(funnel) == {
        "checkout": ("eye-cream",),
        "eye-cream": ("night-cream", "night-cream"),
        "night-cream": ("thanks", "travel-kit"),
        "travel-kit": ("thanks", "thanks"),
        "thanks": (),
    }


def test_a_second_checkout_or_thank_you_is_not_offered(fern: Shop, funnel: Funnel) -> None:
    response = fern.client.post(url("add_step", funnel), {"kind": "checkout", "title": "Another", "after": ""}, **PANEL)
    assert "kind" in response.context["form"].errors
    assert funnel.steps.count() == 4


def test_a_removed_step_leaves_the_path_whole(fern: Shop, funnel: Funnel) -> None:
    kit = step(funnel, "travel-kit")
    asked = fern.client.get(url("remove_step", funnel, kit.pk), **PANEL)
    assert [(out["title"], str(out["exit"])) for out in asked.context["healed"]] == [("Night cream", "No")]
    assert asked.context["heir"] == "Thank you"
    assert funnel.steps.count() == 4

    fern.client.post(url("remove_step", funnel, kit.pk), **PANEL)

    assert leads(funnel) == {"checkout": ("night-cream",), "night-cream": ("thanks", "thanks"), "thanks": ()}
    assert problems(funnel) == []


def test_a_product_is_made_without_leaving(fern: Shop, funnel: Funnel) -> None:
    data = {"name": "Eye cream", "amount": "29.50", "currency": "usd", "ships": "on"}
    first = fern.client.post(url("add_product", funnel), data, **PANEL).json()["price"]
    offer = step(funnel, "night-cream")
    back = fern.client.post(f"{url('add_product', funnel)}?step={offer.pk}", data)

    price = Price.objects.get(pk=first["id"])
    assert (price.amount, price.currency, first["label"]) == (2950, "USD", "Eye cream · $29.50")
    assert (price.product.merchant, price.product.sku, price.product.ships) == (fern.merchant, "eye-cream", True)
    second = Price.objects.get(product__sku="eye-cream-2")
    assert back.headers["Location"] == f"{url('step', funnel, offer.pk)}?price={second.pk}"


def test_an_amount_that_is_too_fine_makes_no_product(fern: Shop, funnel: Funnel) -> None:
    data = {"name": "Eye cream", "amount": "29.505", "currency": "USD"}
    response = fern.client.post(url("add_product", funnel), data, **PANEL)
    assert response.context["form"].errors == {"amount": ["This is finer than the smallest unit of USD."]}
    assert not Price.objects.filter(product__name="Eye cream").exists()


def test_a_step_is_previewed_in_its_states_on_two_devices(fern: Shop, funnel: Funnel) -> None:
    offer = step(funnel, "night-cream")
    page = fern.client.get(url("preview", funnel), {"step": offer.pk, "state": "declined"})
    assert (page.context["step"], page.context["look"].state) == (offer, "declined")
    assert [look.state for look in page.context["looks"]] == [
        "first", "declined", "few-left", "sold-out", "confirming",
    ]  # fmt: skip
    assert page.content.decode().count("<iframe") == 2


ADDRESSES = ("change", "settings", "preview", "add_step", "add_product", "step", "remove_step")


def addresses(funnel: Funnel) -> list[str]:
    one = step(funnel, "night-cream").pk
    return [url(name, funnel, *([one] if name in ("step", "remove_step") else [])) for name in ADDRESSES]


def test_another_merchants_funnel_is_not_found_whatever_is_asked(fern: Shop, moss: Shop) -> None:
    theirs = moss.version.funnel
    before = leads(theirs)
    for address in addresses(theirs):
        assert fern.client.get(address).status_code == 404
        assert fern.client.post(address).status_code in (404, 405)
    crossed = url("step", fern.version.funnel, step(theirs, "night-cream").pk)
    assert fern.client.get(crossed).status_code == 404
    assert leads(theirs) == before


def test_who_may_only_look_sees_the_drawing_and_changes_nothing(fern: Shop, funnel: Funnel) -> None:
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("funnels.view_funnel",)))
    page = reader.get(url("change", funnel)).content.decode()
    assert "Night cream" in page
    assert "data-panel" not in page
    assert [reader.post(address).status_code for address in addresses(funnel)[3:]] == [403] * 4
    assert funnel.steps.count() == 4


def test_who_has_no_permission_is_refused(fern: Shop, funnel: Funnel) -> None:
    nobody: Client = client_of(factories.user(merchant=fern.merchant))
    assert {nobody.get(address).status_code for address in addresses(funnel)} == {403}
