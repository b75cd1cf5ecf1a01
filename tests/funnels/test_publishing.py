"""A version is what shoppers get: compiled once, never changed, chosen for new runs only."""

from datetime import UTC
from typing import Any

import pytest

from funnels import publishing
from funnels.models import Funnel, FunnelVersion
from funnels.publishing import NotReady
from funnels.spec import BumpSpec, StepKind
from tests import factories

pytestmark = pytest.mark.django_db


def test_publishing_makes_a_numbered_version_that_new_runs_get() -> None:
    draft, editor = factories.funnel(), factories.superuser()
    version = publishing.publish(funnel=draft, by=editor, note="First")
    draft.refresh_from_db()
    assert (version.number, version.note, version.published_by) == (1, "First", editor)
    assert version.published_at.tzinfo is UTC
    assert draft.published == version
    assert str(version) == f"{draft.name}, version 1"


def test_the_second_version_has_the_next_number() -> None:
    draft = factories.funnel()
    assert [publishing.publish(funnel=draft, by=None).number for _ in range(3)] == [1, 2, 3]


def test_a_version_holds_everything_that_a_page_shows() -> None:
    owner = factories.merchant("Botanica", terms_url="https://example.com/terms", logo="/static/logo.svg")
    draft = factories.funnel(merchant=owner, bump_amount=900)
    step = draft.steps.get(key="night-cream")
    step.points, step.badges, step.deadline_minutes = "Rich\n\n  Vegan  \n", "30 days", 15
    step.save()
    spec = factories.published(draft).spec
    assert spec.merchant.name == "Botanica"
    assert (spec.merchant.terms_url, spec.theme.logo) == ("https://example.com/terms", "/static/logo.svg")
    assert (spec.entry, spec.countries, spec.currency, spec.gateway) == (
        "checkout",
        ("US", "DE"),
        "USD",
        draft.gateway_id,
    )
    assert list(spec.steps) == ["checkout", "night-cream", "travel-kit", "thanks"]
    offer = spec.steps["night-cream"]
    assert (offer.kind, offer.points, offer.badges, offer.deadline_minutes) == (
        StepKind.UPSELL,
        ("Rich", "Vegan"),
        ("30 days",),
        15,
    )
    assert (offer.on_accept, offer.on_decline) == ("thanks", "travel-kit")


def test_a_bump_is_compiled_with_its_words() -> None:
    draft = factories.funnel(bump_amount=900)
    draft.steps.filter(key="checkout").update(bump_headline="Add the stone", bump_text="Cool.")
    bump = factories.published(draft).spec.steps["checkout"].bump
    assert isinstance(bump, BumpSpec)
    assert (bump.item.name, bump.item.amount, bump.headline, bump.text) == (
        "Gua sha stone",
        900,
        "Add the stone",
        "Cool.",
    )


def test_a_changed_draft_leaves_the_version_as_it_was() -> None:
    draft = factories.funnel()
    version = FunnelVersion.objects.get(pk=factories.published(draft).pk)
    step = draft.steps.get(key="checkout")
    step.price = factories.price(9900, product=step.price.product)
    step.save()
    assert FunnelVersion.objects.get(pk=version.pk).compiled == version.compiled
    assert version.spec.steps["checkout"].item.amount == 4900


def test_a_run_keeps_the_version_that_it_began_with() -> None:
    draft = factories.funnel()
    run = factories.run(factories.published(draft))
    step = draft.steps.get(key="checkout")
    step.price = factories.price(9900, product=step.price.product)
    step.save()
    newer = factories.published(draft)
    run.refresh_from_db()
    assert run.current.item.amount == 4900
    assert newer.spec.steps["checkout"].item.amount == 9900


def test_rolling_back_gives_new_runs_the_older_version() -> None:
    draft = factories.funnel()
    first, _second = factories.published(draft), factories.published(draft)
    publishing.roll_back(funnel=draft, version=first)
    draft.refresh_from_db()
    assert draft.published == first


def test_after_rolling_back_the_next_version_has_a_new_number() -> None:
    draft = factories.funnel()
    first, _second = factories.published(draft), factories.published(draft)
    publishing.roll_back(funnel=draft, version=first)
    assert publishing.publish(funnel=draft, by=None).number == 3


def test_another_funnels_version_is_refused() -> None:
    draft = factories.funnel()
    version = factories.published(draft)
    with pytest.raises(ValueError, match="belongs to another funnel"):
        publishing.roll_back(funnel=draft, version=factories.published())
    draft.refresh_from_db()
    assert draft.published == version


def test_unpublishing_takes_the_funnel_off_sale_and_keeps_its_versions() -> None:
    draft = factories.funnel()
    version = factories.published(draft)
    publishing.unpublish(funnel=draft)
    draft.refresh_from_db()
    assert draft.published is None
    assert list(draft.versions.all()) == [version]


def test_a_draft_that_is_not_sound_is_refused_and_nothing_changes() -> None:
    draft = factories.funnel()
    version = factories.published(draft)
    draft.steps.filter(key="thanks").delete()
    with pytest.raises(NotReady, match="The funnel has no thank-you step") as refused:
        publishing.publish(funnel=draft, by=None)
    draft.refresh_from_db()
    assert draft.published == version
    assert draft.versions.count() == 1
    assert "The funnel has no thank-you step." in [problem.message for problem in refused.value.problems]


def test_a_half_made_draft_can_be_compiled_for_a_preview() -> None:
    draft = factories.funnel()
    draft.steps.all().delete()
    spec = publishing.compile_draft(draft)
    assert (spec.entry, spec.steps, spec.currency) == ("", {}, "USD")


def test_an_archived_price_stays_in_versions_that_have_it() -> None:
    draft = factories.funnel()
    version = factories.published(draft)
    price = draft.steps.get(key="checkout").price
    price.archive()
    archived_at = price.archived_at
    price.archive()
    assert price.archived_at == archived_at
    assert version.spec.steps["checkout"].item.price_id == price.pk
    with pytest.raises(NotReady, match="is archived"):
        factories.published(draft)


def test_a_draft_that_is_on_sale_as_it_stands_counts_as_unchanged() -> None:
    draft = factories.published(factories.funnel(bump_amount=900)).funnel
    assert publishing.changed([Funnel.objects.get(pk=draft.pk)]) == set()


def test_a_changed_draft_is_found_and_so_is_a_roll_back() -> None:
    edited, rolled_back, off_sale = factories.funnel(), factories.funnel(), factories.funnel()
    first = factories.published(rolled_back)
    for draft in (edited, rolled_back):
        factories.published(draft)
        draft.steps.filter(key="checkout").update(headline="New words")
    factories.published(rolled_back)
    publishing.roll_back(funnel=rolled_back, version=first)
    assert publishing.changed(Funnel.objects.all()) == {edited.pk, rolled_back.pk}
    assert off_sale.published is None


def test_many_drafts_are_compared_in_as_many_queries_as_one(django_assert_num_queries: Any) -> None:
    owner = factories.merchant()
    for _ in range(3):
        factories.published(factories.funnel(merchant=owner))
    funnels = list(Funnel.objects.select_related("merchant", "theme", "published"))
    with django_assert_num_queries(5):
        assert publishing.changed(funnels) == set()
