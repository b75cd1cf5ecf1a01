"""Every text that shoppers read is there in Spanish, with the same places to fill in."""

import re

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo

from scripts import translations

PLACE = re.compile(r"%(?:\([a-z_]+\))?[sd]|%%|<[^>]*>|\{[^}]*\}")


def texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[1]


@pytest.fixture(scope="module")
def spanish() -> dict[str, Message]:
    return {key(message): message for message in translations.stored() if message.id}


def test_nothing_that_shoppers_read_is_missing_and_nothing_is_left_over(spanish: dict[str, Message]) -> None:
    wanted = {key(message) for message in translations.extracted() if message.id}

    assert set(spanish) == wanted
    assert [name for name, message in spanish.items() if message.fuzzy or not all(texts(message))] == []


def test_the_places_to_fill_in_are_the_same(spanish: dict[str, Message]) -> None:
    for english, message in spanish.items():
        *singular, text = texts(message)
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(english)), english
        assert all(set(PLACE.findall(one)) <= set(PLACE.findall(english)) for one in singular), english


def test_what_is_compiled_is_what_is_written(spanish: dict[str, Message]) -> None:
    with translations.CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = {key(message): texts(message) for message in read_mo(file) if message.id}

    assert compiled == {name: texts(message) for name, message in spanish.items()}
