"""Builds HTML out of nested calls; text is escaped unless it was built here."""

from collections.abc import Iterable
from html import escape

type Child = Html | str | Iterable[Html] | None

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Html(str):
    """Text that is already HTML."""

    __slots__ = ()


def tag(name: str, /, *children: Child, **attributes: str | bool | None) -> Html:
    """An element. `class_` and `for_` lose their underscore, others turn theirs into hyphens; None and False vanish."""
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    if name in VOID:
        return Html(opening)
    return Html(f"{opening}{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """The children one after the other, without an element around them."""
    return Html("".join(_child(child) for child in children))


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return str(child)
    if isinstance(child, str):
        return escape(child)
    return "".join(child)


def _attribute(key: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
