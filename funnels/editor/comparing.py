"""What differs between two compiled funnels, in a merchant's words: pure functions, no query.

Every field of the spec's dataclasses is walked, so that nothing which shoppers could notice is passed over.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from funnels import layouts
from funnels.rules import Group
from funnels.speaking import Translations
from funnels.spec import FunnelSpec, ItemSpec, StepSpec, ThemeSpec
from funnels.spec_words import Speaker, label

_COLOUR = re.compile(r"^#(?:[0-9a-f]{3}|[0-9a-f]{6})$", re.IGNORECASE)


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One field. An empty side is nothing; `colour` tells that both sides can be shown as swatches."""

    label: str
    before: str
    after: str

    @property
    def colour(self) -> bool:
        sides = [side for side in (self.before, self.after) if side]
        return bool(sides) and all(_COLOUR.match(side) for side in sides)

    @property
    def long(self) -> bool:
        return max(len(self.before), len(self.after)) > 60 or "\n" in self.before + self.after

    def __str__(self) -> str:
        nothing = _("nothing")
        return f"{self.label}: {self.before or nothing} → {self.after or nothing}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one part of the funnel: a step (`step` is its key), or what concerns the whole.

    `shop` tells that the part belongs to the merchant, not to the funnel's own draft.
    """

    title: str
    kind: Kind
    changes: tuple[Change, ...] = ()
    step: str = ""
    shop: bool = False


def compare(before: FunnelSpec | None, after: FunnelSpec, accounts: Mapping[int, str]) -> tuple[Difference, ...]:
    """The differences in the order in which a shopper would meet them; empty for two equal funnels.

    Without `before` every step is new. `accounts` names connections by primary key.
    """
    new = Speaker(after, accounts)
    if before is None:
        return tuple(_whole_step(new, step, Kind.ADDED) for step in after.steps.values())
    old = Speaker(before, accounts)
    return (*_steps(old, new), *_parts(old, new))


def only_funnel(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Without what belongs to the merchant."""
    return tuple(difference for difference in differences if not difference.shop)


def _steps(old: Speaker, new: Speaker) -> Iterator[Difference]:
    for key, step in new.spec.steps.items():
        was = old.spec.steps.get(key)
        if was is None:
            yield _whole_step(new, step, Kind.ADDED)
        elif changes := tuple(_changes(_Sides(old, new), was, step)):
            yield Difference(step.title, Kind.CHANGED, changes, step=key)
    for key, step in old.spec.steps.items():
        if key not in new.spec.steps:
            yield _whole_step(old, step, Kind.REMOVED)


def _whole_step(speaker: Speaker, step: StepSpec, kind: Kind) -> Difference:
    """A step that only one side has, by what it sells, to whom, and where it leads."""
    told = ("replaces_main", "rule", "bump", "on_accept", "on_decline", "on_skip", "on_payment_declined")
    given = {name: value for name in told if (value := getattr(step, name))}
    shown = [
        (label(StepSpec, "kind"), speaker.shown(StepSpec, "kind", step.kind)),
        (label(StepSpec, "item"), "; ".join(speaker.item(item) for item in step.goods)),
        *((label(StepSpec, name), speaker.shown(StepSpec, name, value)) for name, value in given.items()),
    ]
    sides: Callable[[str], tuple[str, str]] = (
        (lambda text: ("", text)) if kind is Kind.ADDED else (lambda text: (text, ""))
    )
    return Difference(
        step.title, kind, tuple(Change(name, *sides(text)) for name, text in shown if text), step=step.key
    )


def _parts(old: Speaker, new: Speaker) -> Iterator[Difference]:
    """The funnel's own fields together; each nested part (the look, the shop, delivery, taxes) by itself."""
    sides = _Sides(old, new)
    own: list[Change] = []
    parts: list[Difference] = []
    for each in fields(FunnelSpec):
        if each.name == "steps":
            continue
        changes = tuple(
            _field(sides, FunnelSpec, each.name, getattr(old.spec, each.name), getattr(new.spec, each.name))
        )
        if each.name not in _titles():
            own.extend(changes)
        elif changes:
            title, shop = _titles()[each.name]
            parts.append(Difference(title, Kind.CHANGED, changes, shop=shop))
    if own:
        yield Difference(_("Funnel"), Kind.CHANGED, tuple(own))
    yield from parts


def _titles() -> Mapping[str, tuple[str, bool]]:
    """Parts with a heading of their own, and whether they belong to the shop."""
    return {
        "theme": (_("Look"), False),
        "merchant": (_("Shop"), True),
        "locale": (_("Shop"), True),
        "shipping": (_("Delivery"), True),
        "tax": (_("Taxes"), True),
    }


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both funnels' speakers; `prefix` names the nested part that is being walked."""

    old: Speaker
    new: Speaker
    prefix: str = ""

    def change(self, owner: type, name: str, before: Any, after: Any) -> Change:
        title = f"{self.prefix} · {label(owner, name)}" if self.prefix else label(owner, name)
        return Change(title, self.old.shown(owner, name, before), self.new.shown(owner, name, after))

    def within(self, prefix: str) -> "_Sides":
        return replace(self, prefix=prefix)


def _changes(sides: _Sides, before: Any, after: Any) -> Iterator[Change]:
    for each in fields(after):
        yield from _field(sides, type(after), each.name, getattr(before, each.name), getattr(after, each.name))


def _field(sides: _Sides, owner: type, name: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, ItemSpec) and isinstance(after, ItemSpec):
        yield from _item(sides, before, after)
    elif _is_part(before) and _is_part(after):
        yield from _changes(sides if owner is FunnelSpec else sides.within(label(owner, name)), before, after)
    elif _are_rows(before) or _are_rows(after):
        yield from _rows(sides, before, after)
    elif name == "translations":
        yield from _translations(sides, owner, before, after)
    elif owner is ThemeSpec and name == "layouts":
        yield from _layouts(sides, before, after)
    elif owner is ThemeSpec and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                yield sides.change(dict, str(key).replace("-", " "), before.get(key), after.get(key))
    else:
        yield sides.change(owner, name, before, after)


def _layouts(sides: _Sides, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """Each part by its layouts' names; a side that chooses none wears its design's own."""
    for part in sorted({*before, *after}):
        was = layouts.said(sides.old.spec.theme.slug, part, before.get(part))
        now = layouts.said(sides.new.spec.theme.slug, part, after.get(part))
        if was != now:
            yield Change(str(layouts.PARTS.get(part, part)), was, now)


def _translations(sides: _Sides, owner: type, before: Translations, after: Translations) -> Iterator[Change]:
    for language in sorted({*before, *after}):
        was, now = before.get(language, {}), after.get(language, {})
        for name in [name for name in {**was, **now} if was.get(name, "") != now.get(name, "")]:
            yield sides.within(f"{sides.prefix} {language}".strip()).change(
                owner, name, was.get(name, ""), now.get(name, "")
            )


def _item(sides: _Sides, before: ItemSpec, after: ItemSpec) -> Iterator[Change]:
    """Another product is told as such; of the same product, what differs. Its price-list entry only if nothing else."""
    if before.product_id != after.product_id:
        told = Change(sides.prefix or label(StepSpec, "item"), sides.old.item(before), sides.new.item(after))
        same = told.before == told.after
        yield sides.change(ItemSpec, "product_id", before.product_id, after.product_id) if same else told
        return
    changes = [
        change
        for each in fields(ItemSpec)
        if each.name != "price_id"
        for change in _field(sides, ItemSpec, each.name, getattr(before, each.name), getattr(after, each.name))
    ]
    yield from changes or [sides.change(ItemSpec, "price_id", before.price_id, after.price_id)]


def _rows(sides: _Sides, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Change]:
    """Two lists of rows, matched by what identifies a row; a new order alone is told once."""
    old, new = {_identity(row): row for row in before}, {_identity(row): row for row in after}
    for key, row in new.items():
        if key in old:
            yield from _changes(sides.within(_row_name(row)), old[key], row)
        else:
            yield Change(_row_name(row), "", _row_summary(sides.new, row))
    for key, row in old.items():
        if key not in new:
            yield Change(_row_name(row), _row_summary(sides.old, row), "")
    if old == new and list(old) != list(new):
        yield Change(_("Order"), *(", ".join(map(_row_name, rows)) for rows in (before, after)))


def _identity(row: Any) -> Any:
    """A row's primary key; for rows without one, what the database keeps unique."""
    return row.id if hasattr(row, "id") else tuple(getattr(row, n, "") for n in ("country", "region", "tax_class"))


def _row_name(row: Any) -> str:
    place = getattr(row, "region", "") or getattr(row, "country", "")
    return f"{row.name} {place}".strip()


def _row_summary(speaker: Speaker, row: Any) -> str:
    told = ((label(type(row), each.name), speaker.shown(type(row), each.name, getattr(row, each.name)))
            for each in fields(row) if each.name not in ("id", "name") and getattr(row, each.name) is not False)  # fmt: skip
    return ", ".join(f"{name}: {text}" for name, text in told if text)


def _is_part(value: Any) -> bool:
    """A nested part of the spec; a rule is one value, told as one sentence."""
    return is_dataclass(value) and not isinstance(value, type | Group)


def _are_rows(value: Any) -> bool:
    return isinstance(value, tuple) and any(_is_part(row) for row in value)
