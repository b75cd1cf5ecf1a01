"""The form: few fields, messages tied to them, nothing lost, and no card numbers outside the gateway's fields."""

from typing import Any

import pytest
from django.apps import apps
from playwright.sync_api import expect

from e2e.demo import APPROVED, Funnel
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console

REQUIRED = {
    "email": "Enter your email address, so that we can send your receipt.",
    "firstName": "Enter your first name.",
    "lastName": "Enter your last name.",
    "address": "Enter the street and number we should deliver to.",
    "city": "Enter the city.",
    "state": "Enter the state or region.",
    "zipCode": "Enter the ZIP or postal code.",
}
INCOMPLETE_CARD = {
    "nmi": "Check your card details: something is missing or mistyped.",
    "stripe": "Your card number is incomplete.",
}


def test_the_checkout_shows_at_most_eight_fields(checkout: CheckoutPage) -> None:
    assert checkout.page.locator("[data-field] :is(input, select)").filter(visible=True).count() <= 8


def test_a_digital_checkout_has_at_most_eight_fields_with_those_of_the_card(course: CheckoutPage) -> None:
    expect(course.page.locator("[data-field] :is(input, select)").filter(visible=True)).to_have_count(4)
    for name in ("number", "expiry", "cvc"):
        expect(course.card_field(name)).to_be_visible()


def test_an_empty_form_is_answered_with_a_summary_that_has_the_focus(
    checkout: CheckoutPage, shop: Shop, funnel: Funnel
) -> None:
    expect(checkout.card_ready).to_be_attached()
    checkout.pay()
    wanted = [text for name, text in REQUIRED.items() if checkout.field(name).count()]
    links = checkout.error_summary.get_by_role("link")
    expect(links).to_have_count(len(wanted) + 1)
    assert sorted(links.all_inner_texts()) == sorted([*wanted, INCOMPLETE_CARD[funnel.provider]])
    expect(checkout.error_summary).to_be_focused()
    assert shop.payments() == []


def test_a_card_and_a_field_that_are_wrong_are_told_of_in_one_round(checkout: CheckoutPage, funnel: Funnel) -> None:
    checkout.fill_contact(lastName="").fill_card("4242")
    checkout.pay()
    expect(checkout.error).to_have_text(INCOMPLETE_CARD[funnel.provider])
    expect(checkout.error_summary.get_by_role("link")).to_have_text(
        [REQUIRED["lastName"], INCOMPLETE_CARD[funnel.provider]]
    )
    expect(checkout.error_summary).to_be_focused()
    checkout.fill_card(APPROVED)
    expect(checkout.error_summary.get_by_role("link")).to_have_text([REQUIRED["lastName"]])
    checkout.field("lastName").fill("Lovelace")
    expect(checkout.error_summary).to_be_hidden()
    checkout.pay()
    checkout.as_offer()


def test_the_entry_of_the_card_leads_to_its_fields(checkout: CheckoutPage, funnel: Funnel) -> None:
    checkout.fill_contact().fill_card("4242")
    checkout.pay()
    expect(checkout.error_summary).to_be_focused()
    checkout.error_summary.get_by_role("link", name=INCOMPLETE_CARD[funnel.provider]).click()
    expect(checkout.page.locator("#card-fields iframe").first).to_be_focused()


def test_each_message_is_tied_to_its_field(checkout: CheckoutPage, funnel: Funnel) -> None:
    checkout.pay()
    for name in funnel.contact.keys() & REQUIRED.keys():
        expect(checkout.field(name)).to_have_attribute("aria-invalid", "true")
        expect(checkout.field(name)).to_have_accessible_description(REQUIRED[name])


def test_an_entry_of_the_summary_leads_to_its_field(checkout: CheckoutPage) -> None:
    checkout.pay()
    checkout.error_summary.get_by_role("link", name=REQUIRED["lastName"]).click()
    expect(checkout.field("lastName")).to_be_focused()


def test_a_message_goes_away_as_soon_as_its_field_is_right(checkout: CheckoutPage) -> None:
    checkout.field("email").fill("ada@")
    checkout.field("email").blur()
    expect(checkout.message("email")).to_have_text(
        "This email address looks incomplete. It should look like name@example.com."
    )
    checkout.field("email").fill("ada@example.com")
    expect(checkout.message("email")).to_be_empty()
    expect(checkout.field("email")).not_to_have_attribute("aria-invalid", "true")


def test_what_was_typed_stays_when_something_else_is_wrong(checkout: CheckoutPage, funnel: Funnel) -> None:
    checkout.fill_contact(email="ada@").fill_card()
    checkout.pay()
    expect(checkout.error_summary).to_be_focused()
    for name in funnel.contact.keys() - {"email"}:
        expect(checkout.field(name)).to_have_value(funnel.contact[name])
    expect(checkout.card_field("number")).not_to_be_empty()
    checkout.field("email").fill("ada@example.com")
    checkout.pay()
    checkout.as_offer()


def test_a_card_that_is_incomplete_is_noticed_before_anything_is_sent(checkout: CheckoutPage, shop: Shop) -> None:
    checkout.fill_contact().fill_card("4242")
    checkout.pay()
    expect(checkout.error).not_to_be_empty()
    checkout.expect_contact_kept()
    assert shop.payments() == []
    checkout.fill_card(APPROVED).pay()
    checkout.as_offer()


def test_a_card_number_in_another_field_is_refused_and_kept_nowhere(
    course: CheckoutPage, shop: Shop, console: Console, capfd: pytest.CaptureFixture[str]
) -> None:
    number = "4242 4242 4242 4242"
    console.expect("422")
    course.fill_contact(lastName=number).fill_card("5555555555554444")
    with course.page.expect_navigation() as navigation:
        course.pay()
    answer = navigation.value
    assert answer is not None
    assert answer.status == 422
    expect(course.message("lastName")).to_contain_text("This is a card number.")
    expect(course.field("lastName")).to_have_value("")
    expect(course.field("email")).to_have_value("ada@example.com")
    assert number not in course.page.content()
    assert not [row for row in every_row() if number in row or APPROVED in row]
    logged = "".join(capfd.readouterr())
    assert number not in logged
    assert APPROVED not in logged
    shop.assert_nothing_charged()


def every_row() -> list[str]:
    """Every row of every table, as text."""
    return [str(row) for model in apps.get_models() for row in rows(model)]


def rows(model: Any) -> Any:
    return model.objects.values() if hasattr(model, "objects") else model._default_manager.values()
