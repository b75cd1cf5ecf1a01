"""The rule's form field, its builder's vocabulary, and the trace on a run's page."""

import json
from typing import Any

import pytest
from django import forms
from django.test import Client

from checkout.models import Run
from checkout.previews.preview import preview_url
from funnels.admin.rules import RuleField, vocabulary
from funnels.models import Funnel
from tests import factories
from tests.checkout.conftest import Shopper, text
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

BIG = {"fact": "total", "test": "at_least", "value": 6000}


@pytest.fixture
def draft() -> Funnel:
    return factories.funnel(currency="EUR")


def step_form(draft: Funnel, client: Client, **changes: str) -> Any:
    step = draft.steps.get(key="night-cream")
    client.force_login(factories.superuser())
    url = f"/admin/funnels/funnel/{draft.pk}/steps/{step.pk}/"
    shown = client.get(url).context["form"]
    given = {bound.name: bound.value() for bound in shown}
    data = {name: value for name, value in given.items() if value is not None and value is not False} | changes
    return client.post(url, data)


@pytest.mark.parametrize("typed", ["", "{}", " \n"])
def test_an_empty_field_is_a_rule_that_always_holds(draft: Funnel, typed: str) -> None:
    assert RuleField(funnel=draft).clean(typed) == {}


def test_a_single_condition_becomes_a_group(draft: Funnel) -> None:
    assert RuleField(funnel=draft).clean(json.dumps(BIG)) == {"match": "all", "rules": [BIG]}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("{\n  total > 60 }", "The rule is no JSON: look at line 2, column 3."),
        ('{"match": "all", "rules": []}', "In the rule: the group is empty. Add a condition, or remove the group."),
    ],
)
def test_what_cannot_be_read_is_told(draft: Funnel, typed: str, told: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        RuleField(funnel=draft).clean(typed)
    assert refused.value.messages == [told]


def test_the_builder_offers_the_funnels_own_products_and_currency(draft: Funnel) -> None:
    offered = vocabulary(draft)
    products = next(fact["options"] for fact in offered["facts"] if fact["key"] == "products")
    assert list(products.values()) == ["Night serum", "Night cream", "Travel kit"]
    assert (offered["currency"], offered["decimals"]) == ("EUR", 2)


def test_a_rule_is_saved_with_its_step(draft: Funnel, client: Client) -> None:
    assert step_form(draft, client, rule=json.dumps(BIG)).status_code == 302
    assert draft.steps.get(key="night-cream").rule == {"match": "all", "rules": [BIG]}


def test_a_rule_that_cannot_be_read_is_kept_as_it_was_typed(draft: Funnel, client: Client) -> None:
    response = step_form(draft, client, rule="{oops")
    assert "The rule is no JSON: look at line 1, column 2." in text(response)
    assert "{oops" in response.content.decode()
    assert draft.steps.get(key="night-cream").rule == {}


def test_a_previewed_offer_says_when_it_is_shown(draft: Funnel, client: Client) -> None:
    draft.steps.filter(key="night-cream").update(rule=BIG)
    said = text(client.get(preview_url(draft, draft.steps.get(key="night-cream"))))
    assert "Shown only if the order total is at least €60.00." in said


def test_a_runs_page_lists_each_condition_with_what_was_known_then(sandbox: Sandbox, client: Client) -> None:
    draft = factories.funnel()
    draft.steps.filter(key="night-cream").update(rule=BIG)
    shopper = Shopper(factories.published(draft), sandbox)
    shopper.pay()
    shopper.see("night-cream")
    client.force_login(factories.superuser())
    said = text(client.get(f"/admin/checkout/run/{Run.objects.get().pk}/change/"))
    assert "Night cream not shown the order total $49.00 is less than $60.00" in said
    assert "the order total is at least $60.00 $49.00 no" in said
    assert "Travel kit open It has no rule: it is always shown." in said
