"""The fonts that a theme may choose are those that are served here, declared as the designs declare them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from checkout.page.presenting import shell
from checkout.theme_kit.shops import parcel_shop
from funnels import fonts
from funnels.spec import ThemeSpec

STATIC = Path(settings.BASE_DIR) / "static"
FACE = re.compile(r"@font-face \{[^}]*\}")


def test_the_sheet_of_all_fonts_declares_each_as_its_design_does() -> None:
    own = [
        face.replace('url("fonts/', f'url("../themes/{design}/fonts/')
        for design in ("botanica", "marquee", "quiet")
        for face in FACE.findall((STATIC / f"themes/{design}/theme.css").read_text())
    ]
    assert FACE.findall((STATIC / "css/fonts.css").read_text()) == own


@pytest.mark.parametrize("family", fonts.DISPLAY)
def test_every_font_and_its_stand_in_are_declared(family: str) -> None:
    sheet = (STATIC / "css/fonts.css").read_text()
    for name in fonts.DISPLAY[family].split(", ")[:2]:
        assert f'font-family: "{name}"' in sheet


def test_only_a_page_whose_theme_chooses_another_font_asks_for_the_sheet() -> None:
    def asks(tokens: dict[str, str]) -> bool:
        return shell(replace(parcel_shop("quiet"), theme=ThemeSpec("quiet", tokens)), title="x").fonts

    assert asks({"font-display": fonts.DISPLAY["Cormorant Garamond"]})
    assert not asks({})
    assert not asks({"font-text": "system-ui, sans-serif", "color-accent": "#7a1f3d"})
