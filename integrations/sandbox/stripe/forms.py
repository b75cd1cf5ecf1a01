"""Stripe's form encoding: bracket nesting in, typed parameters out, unknown ones refused.

A shape maps each parameter name to how it is read: a reader function, or a nested shape.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from integrations.sandbox.stripe.errors import unreadable

type Reader = Callable[[Any, str], Any]
type Shape = Mapping[str, Reader | "Shape"]

INTEGER_TEXT = re.compile(r"-?\d+")
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500


def parse(encoded: str) -> dict[str, Any]:
    """`a[b][0]=x&c=y` as nested dicts; lists stay dicts keyed by position."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        if "[" not in name:
            root[name] = value
            continue
        head, *rest = name.replace("]", "").split("[")
        here, last = root, head
        for part in rest:
            inner = here.setdefault(last, {})
            if not isinstance(inner, dict):
                raise unreadable(f"Invalid {head}: it is given both as a value and as an object", param=head)
            here, last = inner, part or str(len(inner))
        here[last] = value
    return root


def read(raw: Mapping[str, Any], shape: Shape, within: str = "") -> dict[str, Any]:
    """Typed parameters. Raises StripeError for the first unknown or malformed one."""
    params: dict[str, Any] = {}
    for name, value in raw.items():
        where = f"{within}[{name}]" if within else name
        reader = shape.get(name)
        if reader is None:
            raise unreadable(f"Received unknown parameter: {where}", code="parameter_unknown", param=where)
        if callable(reader):
            params[name] = reader(value, where)
        elif isinstance(value, dict):
            params[name] = read(value, reader, where)
        elif value == "":
            params[name] = None
        else:
            raise unreadable(f"Invalid object: {value}", param=where)
    return params


def string(value: Any, where: str) -> str | None:
    """Text; an empty string unsets."""
    if not isinstance(value, str):
        raise unreadable(f"Invalid string: {value}", param=where)
    return value or None


def integer(value: Any, where: str) -> int:
    if not isinstance(value, str) or not INTEGER_TEXT.fullmatch(value):
        raise unreadable(f"Invalid integer: {value}", code="parameter_invalid_integer", param=where)
    return int(value)


def boolean(value: Any, where: str) -> bool:
    if value not in ("true", "false"):
        raise unreadable(f"Invalid boolean: {value}", param=where)
    return bool(value == "true")


def one_of(*choices: str) -> Reader:
    def read_choice(value: Any, where: str) -> str | None:
        if value == "" or value in choices:
            return value or None
        raise unreadable(f"Invalid {where}: must be one of {', '.join(choices[:-1])} or {choices[-1]}", param=where)

    return read_choice


def strings(value: Any, where: str) -> list[str]:
    if value == "":
        return []
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise unreadable("Invalid array", param=where)
    return list(value.values())


def metadata(value: Any, where: str) -> dict[str, str]:
    """Up to 50 pairs; values may be empty, which removes the key on update. An empty string removes all."""
    if value == "":
        return {"": ""}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise unreadable("Invalid metadata: metadata must be a hash of strings", param=where)
    if len(value) > METADATA_KEYS:
        raise unreadable(f"Metadata can have at most {METADATA_KEYS} keys", param=where)
    for key, text in value.items():
        if len(key) > METADATA_KEY_LENGTH:
            raise unreadable(f"Metadata keys can have up to {METADATA_KEY_LENGTH} characters: {key}", param=where)
        if len(text) > METADATA_VALUE_LENGTH:
            raise unreadable(
                f"Metadata values can have up to {METADATA_VALUE_LENGTH} characters, but you passed in a value that is "
                f"{len(text)} characters. Invalid value: {text[:20]}…",
                param=where,
            )
    return value


def merge_metadata(old: Mapping[str, str], new: Mapping[str, str] | None) -> dict[str, str]:
    """Stripe's update rule: given keys replace, empty values remove, an empty string removes everything."""
    if new is None:
        return dict(old)
    if "" in new:
        return {}
    return {key: text for key, text in {**old, **new}.items() if text != ""}


def require(params: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if params.get(name) in (None, "", []):
            raise unreadable(f"Missing required param: {name}.", code="parameter_missing", param=name)
