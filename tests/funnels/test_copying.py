"""A copy of a funnel sells the same under another address; a draft can be made again what a version was."""

from dataclasses import replace

import pytest

from funnels import publishing
from funnels.editor.copying import columns, duplicate, edges, free_handle, in_order, restore
from funnels.models import Funnel, Step, StepChoice, Theme
from funnels.publishing import compile_draft
from tests import factories
from tests.funnels import specs

pytestmark = pytest.mark.django_db


def whole() -> Funnel:
    """A draft that uses everything a funnel can have."""
    owner = factories.merchant()
    draft = factories.funnel(
        merchant=owner,
        bump_amount=900,
        upsell_amount=7900,
        crm=factories.connection("konnektive", merchant=owner),
        mailer=factories.connection("resend", merchant=owner),
    )
    draft.other_gateways.add(factories.connection("paypal", merchant=owner))
    rule = {"match": "all", "rules": [{"fact": "country", "test": "one_of", "value": ["US"]}]}
    kit = draft.steps.get(key="travel-kit")
    draft.steps.filter(key="night-cream").update(rule=rule, on_skip=kit, on_payment_declined=kit, replaces_main=True)
    draft.steps.filter(key="night-cream").update(
        points="Rich\nVegan", badges="30 days", deadline_minutes=15, body="A\n\nB"
    )
    return draft


def test_a_copy_compiles_to_the_same_funnel_under_another_address() -> None:
    draft = whole()

    copy = duplicate(funnel=draft, name="Serum again", handle="serum-again")

    original = compile_draft(draft)
    assert compile_draft(copy) == replace(original, funnel_id=copy.pk, name="Serum again", handle="serum-again")
    assert copy.published is None


def test_steps_of_a_copy_lead_to_each_other_and_never_back_to_the_original() -> None:
    copy = duplicate(funnel=whole(), name="Copy", handle="copy")

    targets = [getattr(step, name) for step in copy.steps.all() for name in edges()]
    assert {target.funnel_id for target in targets if target} == {copy.pk}


def test_a_free_address_is_the_wanted_one_or_gets_a_number() -> None:
    factories.funnel(handle="serum")
    assert (free_handle("cream"), free_handle("serum"), free_handle("¡!")) == ("cream", "serum-2", "funnel")
    factories.funnel(handle="serum-2")
    assert free_handle("serum") == "serum-3"


def test_a_restored_draft_compiles_to_what_the_version_was() -> None:
    draft = whole()
    version = factories.published(draft)
    before = version.spec
    draft.steps.get(key="travel-kit").delete()
    Step.objects.create(funnel=draft, key="new", kind=Step.Kind.UPSELL, title="New", position=5)
    draft.steps.filter(key="checkout").update(headline="Other words", max_quantity=1, bump_price=None)
    Funnel.objects.filter(pk=draft.pk).update(name="Renamed", countries=["FR"], crm=None, mailer=None)
    draft.other_gateways.clear()

    restore(funnel=draft, version=version)

    draft = Funnel.objects.get(pk=draft.pk)
    assert compile_draft(draft) == before
    assert [step.key for step in draft.steps.all()] == ["checkout", "night-cream", "travel-kit", "thanks"]
    assert publishing.changed([draft]) == set()


def test_choices_of_a_checkout_are_copied_and_restored() -> None:
    draft = factories.funnel(offers=False)
    checkout = draft.steps.get(key="checkout")
    first, second = checkout.price, factories.price(9900, product=factories.product("Set", merchant=draft.merchant))
    Step.objects.filter(pk=checkout.pk).update(price=None)
    for position, price in enumerate((second, first)):
        checkout.choices.create(position=position, price=price, max_quantity=4 + position, note="With case")
    version = factories.published(draft)
    before = version.spec

    copy = duplicate(funnel=draft, name="Copy", handle="copy")
    checkout.choices.all().delete()
    restore(funnel=draft, version=version)

    assert compile_draft(copy).steps == before.steps
    assert compile_draft(Funnel.objects.get(pk=draft.pk)) == before


def test_restoring_keeps_the_address_and_puts_nothing_on_sale() -> None:
    draft = factories.funnel(handle="first")
    version = factories.published(draft)
    newer = factories.published(draft)
    Funnel.objects.filter(pk=draft.pk).update(handle="second")

    restore(funnel=draft, version=version)

    draft.refresh_from_db()
    assert (draft.handle, draft.published) == ("second", newer)


def test_a_theme_that_was_recoloured_is_not_changed_for_other_funnels() -> None:
    draft = factories.funnel(name="Serum")
    version = factories.published(draft)
    Theme.objects.filter(pk=draft.theme_id).update(tokens={"color-accent": "#b3261e"})

    restore(funnel=draft, version=version)

    draft.refresh_from_db()
    assert (draft.theme.name, draft.theme.tokens) == ("Serum, version 1", {})
    assert Theme.objects.get(pk=version.funnel.theme_id).tokens == {"color-accent": "#b3261e"}


def test_a_version_is_restored_with_its_layouts() -> None:
    draft = factories.funnel(name="Serum")
    Theme.objects.filter(pk=draft.theme_id).update(layouts={"checkout": "above"})
    version = factories.published(Funnel.objects.get(pk=draft.pk))
    Theme.objects.filter(pk=draft.theme_id).update(layouts={})

    restore(funnel=draft, version=version)

    draft.refresh_from_db()
    assert (draft.theme.name, draft.theme.layouts) == ("Serum, version 1", {"checkout": "above"})
    assert Theme.objects.get(pk=version.funnel.theme_id).layouts == {}


def test_another_funnels_version_is_not_restored() -> None:
    draft, foreign = factories.funnel(), factories.published()
    before = compile_draft(draft)
    with pytest.raises(ValueError, match="another funnel"):
        restore(funnel=draft, version=foreign)
    assert compile_draft(draft) == before


def test_everything_of_a_step_is_in_a_version_so_that_it_can_be_restored() -> None:
    compiled = {"price", "bump_price", "bump_headline", "bump_text", "position"}
    spec = set(specs.checkout().__dataclass_fields__)
    assert {each.name for each in columns(Step)} - compiled <= spec
    assert set(edges()) <= spec
    assert {each.name for each in columns(StepChoice)} == {"position", "price", "max_quantity", "note", "translations"}


def test_nothing_but_edges_and_versions_hangs_on_a_step_or_funnel_so_that_a_copy_is_whole() -> None:
    def hanging(model: type) -> set[str]:
        found = model._meta.get_fields(include_hidden=True)
        return {
            each.related_model.__name__
            for each in found
            if each.auto_created and not each.concrete and each.related_model._meta.app_label == "funnels"
        }

    assert hanging(Step) == {"Step", "StepChoice"}
    assert hanging(Funnel) == {"Step", "FunnelVersion", "Funnel_other_gateways"}


def test_steps_are_ordered_as_a_shopper_may_meet_them() -> None:
    spec = specs.funnel()
    shuffled = replace(spec, steps=dict(sorted(spec.steps.items(), key=lambda pair: pair[0][-1])))
    assert [step.key for step in in_order(shuffled)] == ["checkout", "cream", "kit", "thanks"]
