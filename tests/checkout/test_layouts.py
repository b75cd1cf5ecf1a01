"""A layout that a merchant chose is on the pages of what was published with it, and costs the others nothing."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from checkout.previews.preview import preview_url
from checkout.theme_kit import variants
from funnels.models import Funnel, Theme
from tests import factories

SHEET = "themes/botanica/layouts"
CHOSEN = {"checkout": "above", "header": "centre"}
WORN = 'data-layout="checkout-above header-centre"'


def checkout_of(client: Client, funnel: Funnel) -> str:
    return client.get(f"/f/{funnel.handle}/?new=1", follow=True).content.decode()


@pytest.mark.django_db
def test_published_pages_keep_their_layout_until_they_are_published_again(client: Client) -> None:
    funnel = factories.published().funnel
    before = checkout_of(client, funnel)
    Theme.objects.filter(pk=funnel.theme_id).update(layouts=CHOSEN)
    kept = checkout_of(client, funnel)
    factories.published(Funnel.objects.get(pk=funnel.pk))
    worn = checkout_of(client, funnel)

    assert all("data-layout" not in page and SHEET not in page for page in (before, kept))
    assert WORN in worn
    assert worn.count(SHEET) == 1


@pytest.mark.django_db
def test_a_preview_can_be_laid_out_otherwise_at_once(client: Client) -> None:
    draft = factories.funnel()
    plain = client.get(preview_url(draft)).content.decode()
    assert "data-layout" not in plain
    assert SHEET in plain

    Theme.objects.filter(pk=draft.theme_id).update(layouts=CHOSEN)
    assert WORN in client.get(preview_url(draft)).content.decode()
    other = client.get(preview_url(draft), {"design": "quiet"}).content.decode()
    assert "data-layout" not in other
    assert "themes/quiet/layouts" in other


def test_the_kit_shows_each_layout_of_a_design_once() -> None:
    assert variants.variants("quiet") == ("own", "checkout-above+offer-start+header-centre")
    assert variants.variants("of-nobody") == ("own",)


@pytest.mark.parametrize("design", Theme.Design.values)
def test_every_layout_that_ships_is_drawn(design: str) -> None:
    assert list(variants.flaws(design)) == []


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        (
            '{"layouts": {"checkout": ["end", "above"]}}',
            ["Nothing is drawn for “checkout-above”, which theme.json names."],
        ),
        (
            '{"layouts": {"offer": ["start", "diagonal"], "header": ["start", "centre"]}}',
            ["“offer: diagonal” is no layout."],
        ),
        ('{"layouts": {"sidebar": ["left"]}}', ["“sidebar: left” is no layout."]),
        ('{"layouts": ["above"]}', ["It cannot be read: "]),
        ("layouts", ["It cannot be read: "]),
        ("{}", []),
    ],
)
def test_the_author_of_a_manifest_is_told_what_nobody_could_choose_or_see(
    settings: Any, tmp_path: Path, manifest: str, told: list[str]
) -> None:
    folder = tmp_path / "themes/own"
    folder.mkdir(parents=True)
    (folder / "theme.json").write_text(manifest)
    (folder / "layouts.css").write_text('[data-layout~="header-centre"] .site-logo { margin: auto; }')
    settings.STATICFILES_DIRS = [tmp_path]

    found = [sighting.problem.what for sighting in variants.flaws("own")]

    assert len(found) == len(told)
    assert all(what.startswith(words) for what, words in zip(found, told, strict=True))
