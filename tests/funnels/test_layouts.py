"""Layouts: what each design offers, what a theme may choose of it, and how that reads on a page and to a merchant."""

import pytest
from django.core.exceptions import ValidationError

from funnels import layouts
from funnels.models import Theme

ABOVE = {"checkout": "above"}


@pytest.mark.parametrize(
    ("design", "offered"),
    [
        ("botanica", {"checkout": ("end", "above"), "offer": ("start", "above"), "header": ("start", "centre")}),
        ("marquee", {"checkout": ("end", "above"), "offer": ("end", "below"), "header": ("start", "centre")}),
        ("quiet", {"checkout": ("start", "above"), "offer": ("among", "start"), "header": ("start", "centre")}),
        ("of-nobody", {}),
    ],
)
def test_a_design_offers_what_its_manifest_names_its_own_first(design: str, offered: object) -> None:
    assert layouts.offered(design) == offered


@pytest.mark.parametrize(
    ("chosen", "worn"),
    [
        ({}, ""),
        (ABOVE, "checkout-above"),
        ({"header": "centre", "checkout": "above"}, "checkout-above header-centre"),
        ({"checkout": "end"}, ""),
        ({"offer": "below", "sidebar": "left"}, ""),
    ],
)
def test_a_page_carries_what_differs_from_its_design_and_what_the_design_has(chosen: dict[str, str], worn: str) -> None:
    assert layouts.worn("botanica", chosen) == worn


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (
            {"checkout": "diagonal"},
            "This design has no layout “diagonal” here. It has: end (Summary on the right), above (Summary above the form).",
        ),
        ({"checkout": ["above"]}, "This design has no layout “['above']” here."),
        ({"sidebar": "left"}, "This design has no layouts of “sidebar” to choose from."),
        (["above"], "Layouts are named by the part of the pages."),
    ],
)
def test_what_the_design_has_not_is_refused_with_what_it_has(chosen: object, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Theme(name="Fern", slug="botanica", layouts=chosen).clean()
    [told] = refused.value.messages
    assert told.startswith(sentence)


def test_what_the_design_has_is_accepted() -> None:
    Theme(name="Fern", slug="botanica", layouts=ABOVE | {"header": "start"}).clean()


def test_a_layout_is_told_in_words_also_where_it_is_the_designs_own() -> None:
    assert layouts.said("quiet", "checkout", "above") == "Summary above the form"
    assert layouts.said("quiet", "checkout", None) == "Summary on the left"
    assert layouts.said("quiet", "sidebar", "left") == "left"
