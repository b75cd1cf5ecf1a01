"""Reads a JSON body against the shape of its operation: typed values out, unknown and malformed fields refused."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.sandbox.paypal.errors import malformed

type Reader = Callable[[Any, str], Any]


def text(longest: int, *, shortest: int = 1, pattern: str = "") -> Reader:
    def read(value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise malformed("INVALID_PARAMETER_SYNTAX", where, value)
        if not shortest <= len(value) <= longest:
            raise malformed("INVALID_STRING_LENGTH", where, value)
        if pattern and not re.fullmatch(pattern, value):
            raise malformed("INVALID_PARAMETER_SYNTAX", where, value)
        return value

    return read


def one_of(*choices: str) -> Reader:
    def read(value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise malformed("INVALID_PARAMETER_VALUE", where, value)
        return value

    return read


def flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise malformed("INVALID_PARAMETER_SYNTAX", where, value)
    return value


def anything(value: Any, _where: str) -> Any:
    return value


def record(fields: Mapping[str, Reader], *, required: Sequence[str] = ()) -> Reader:
    """A JSON object of these fields; null counts as left out."""

    def read(value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise malformed("INVALID_PARAMETER_SYNTAX", where or "/", value)
        for name in value:
            if name not in fields:
                raise malformed("INVALID_PARAMETER_SYNTAX", f"{where}/{name}", value[name])
        for name in required:
            if value.get(name) is None:
                raise malformed("MISSING_REQUIRED_PARAMETER", f"{where}/{name}")
        return {name: fields[name](item, f"{where}/{name}") for name, item in value.items() if item is not None}

    return read


def array(reader: Reader, *, longest: int, shortest: int = 1) -> Reader:
    def read(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise malformed("INVALID_PARAMETER_SYNTAX", where, value)
        if len(value) < shortest:
            raise malformed("INVALID_ARRAY_MIN_ITEMS", where)
        if len(value) > longest:
            raise malformed("INVALID_ARRAY_MAX_ITEMS", where)
        return [reader(item, f"{where}/{position}") for position, item in enumerate(value)]

    return read
