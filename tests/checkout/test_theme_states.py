"""The theme kit's pages are those that shoppers get: every state renders in every theme, in its language's direction."""

import re

import pytest
from django.core.management import CommandError, call_command

from checkout.theme_kit import pages
from checkout.theme_kit.shops import TELLINGS
from checkout.theme_kit.states import BY_NAME, STATES
from funnels.models import Theme


@pytest.mark.parametrize("design", Theme.Design.values)
def test_every_state_renders_in_every_theme_without_the_database(design: str) -> None:
    for state in STATES:
        response = pages.answer(pages.page_path(design, "english", state))
        assert response.status_code == 200, response.content
        assert f'data-theme="{design}"' in response.text


@pytest.mark.parametrize(
    ("telling", "attributes", "total"),
    [
        ("english", 'lang="en" dir="ltr"', "$57.92"),
        ("long words", 'lang="de" dir="ltr"', "1.323.005,00\xa0€"),
        ("right to left", 'lang="ar" dir="rtl"', "57.92\xa0US$"),
        ("yen", 'lang="ja" dir="ltr"', "￥11,084"),
    ],
)
def test_a_telling_changes_language_direction_and_currency(telling: str, attributes: str, total: str) -> None:
    text = pages.answer(pages.page_path("quiet", telling, BY_NAME["thank-you"])).text
    assert attributes in text
    [shown] = re.findall(r"<dd data-total>(.*?)</dd>", text)
    assert shown.replace("\u200f", "") == total
    assert set(TELLINGS) >= {telling}


def test_a_theme_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        CommandError, match=r"no static/themes/nowhere/theme\.css\. Themes here: botanica, marquee, quiet"
    ):
        call_command("check_theme", "nowhere")


def test_what_is_not_the_kits_is_not_found() -> None:
    for path in (
        "/",
        "/botanica/own/english/nothing/",
        "/botanica/own/latin/note/",
        "/botanica/checkout-diagonal/english/note/",
        "/botanica/sidebar/english/note/",
        "/botanica/english/note/",
        "/static/nothing.css",
    ):
        assert pages.answer(path).status_code == 404
