"""Reading JSON request bodies field by field; what is wrong is said with the field's path."""

import json
from collections.abc import Mapping
from typing import Any


class FieldError(ValueError):
    """A field that the provider refuses; `field` is its path, None for the body as a whole."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def json_body(text: str) -> Any:
    """The body, whatever JSON it is."""
    try:
        return json.loads(text)
    except ValueError:
        raise FieldError(None, "Bad Request") from None


def json_object(text: str) -> dict[str, Any]:
    """The body as a JSON object."""
    value = json_body(text)
    if not isinstance(value, dict):
        raise FieldError(None, "Bad Request")
    return value


def only(value: Any, allowed: frozenset[str], where: str) -> None:
    """Refuse anything but an object with none but the allowed names."""
    if not isinstance(value, dict):
        raise FieldError(where or None, "The value must be an object.")
    for name in value:
        if name not in allowed:
            raise FieldError(f"{where}.{name}" if where else name, f"Unknown parameter {name}.")


def strings(holder: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    """An object whose values are all strings; empty when absent."""
    value = holder.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise FieldError(f"{where}.{name}" if where else name, f"The {name} values must be strings.")
    return value


def string_list(holder: Mapping[str, Any], name: str) -> list[str]:
    """An array of strings, or one string as an array; empty when absent."""
    value = holder.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise FieldError(name, f"The {name} field must be a string or an array of strings.")
    return values
