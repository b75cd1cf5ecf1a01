"""Reading an exported funnel: every value is checked before anything is made, and every problem is told with its place.

The file may come from anybody. Types are exact, unknown names are refused, sizes are limited, and nothing is looked up.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from funnels import layouts
from funnels.editor.copying import columns, edges
from funnels.exchange import pictures
from funnels.exchange.exporting import ACCOUNTS, FORMAT, FORMAT_VERSION
from funnels.models import Funnel, Merchant, Price, Product, Step, StepChoice, Theme
from funnels.pictures.uploading import Picture
from funnels.rules import RuleError, dump, parse

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 200
# The first one held no pictures.
READ_VERSIONS = (1, FORMAT_VERSION)
TOKEN_NAME = re.compile(r"^[a-z][a-z0-9-]{0,39}$")
TOKEN_VALUE = re.compile(r"^[^{};<>\"'\\@]{1,200}$")
_NULL = "\x00"


@dataclass(frozen=True, slots=True)
class Flaw:
    """`place` is a path such as steps[2].price."""

    place: str
    message: str


class Unreadable(ValueError):
    """The file cannot be imported; `flaws` tell why and where."""

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__("; ".join(f"{flaw.place}: {flaw.message}" for flaw in flaws))
        self.flaws = flaws


@dataclass(frozen=True, slots=True)
class PackagedPrice:
    sku: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PackagedStep:
    """`prices` are by field name; `leads` are keys of other steps by edge."""

    values: Mapping[str, Any]
    prices: Mapping[str, PackagedPrice]
    leads: Mapping[str, str]
    choices: tuple[tuple[PackagedPrice, Mapping[str, Any]], ...]

    @property
    def all_prices(self) -> list[PackagedPrice]:
        return [*self.prices.values(), *(price for price, _values in self.choices)]


@dataclass(frozen=True, slots=True)
class Account:
    provider: str
    name: str


@dataclass(frozen=True, slots=True)
class Package:
    """A funnel as its file tells it, every value checked by the model's own field.

    `pictures` are by the address that the file's rows know them by, drawn anew.
    """

    name: str
    handle: str
    values: Mapping[str, Any]
    accounts: Mapping[str, Account]
    other_gateways: tuple[Account, ...]
    theme: Mapping[str, Any]
    products: tuple[Mapping[str, Any], ...]
    steps: tuple[PackagedStep, ...]
    logo: str
    pictures: Mapping[str, Picture]

    @property
    def shown(self) -> set[str]:
        """The addresses of all pictures that the funnel shows."""
        return {self.logo, *(row["image"] for row in self.products)}


def read(text: str | bytes) -> Package:
    """The funnel of this file; Unreadable with everything that is wrong with it."""
    data = _json(text)
    reader = _Reader()
    package = reader.package(data)
    if reader.flaws:
        raise Unreadable(reader.flaws)
    return package


def _json(text: str | bytes) -> Mapping[str, Any]:
    if len(text) > MOST_BYTES:
        raise Unreadable([Flaw(_("the file"), _("It is larger than %d MB.") % (MOST_BYTES // 1024**2))])
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable([Flaw(_("the file"), _("This is no file of an exported funnel."))]) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise Unreadable([Flaw(_("the file"), _("This is no file of an exported funnel."))])
    if data.get("version") not in READ_VERSIONS:
        raise Unreadable(
            [Flaw("version", _("This version of Stepwell reads files up to version %d.") % FORMAT_VERSION)]
        )
    return data


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


@dataclass
class _Reader:
    flaws: list[Flaw] = field(default_factory=list)

    def package(self, data: Mapping[str, Any]) -> Package:
        self._known(data, {"format", "version", "funnel", "theme", "logo", "products", "steps", "pictures"}, "")
        funnel = self._object(data.get("funnel"), "funnel")
        steps = self._rows(data, "steps")
        read_steps = tuple(self._step(row, f"steps[{number}]") for number, row in enumerate(steps))
        products = tuple(
            self._fields(Product, row, f"products[{number}]") for number, row in enumerate(self._rows(data, "products"))
        )
        package = Package(
            name=str(self._field(Funnel, "name", funnel, "funnel") or ""),
            handle=str(self._field(Funnel, "handle", funnel, "funnel") or ""),
            values=self._fields(Funnel, funnel, "funnel", also={"name", "handle", "other_gateways"}),
            accounts={name: self._account(funnel[name], f"funnel.{name}") for name in ACCOUNTS if funnel.get(name)},
            other_gateways=tuple(
                self._account(row, f"funnel.other_gateways[{number}]")
                for number, row in enumerate(self._rows(funnel, "other_gateways", "funnel."))
            ),
            theme=self._theme(self._object(data.get("theme"), "theme")),
            products=products,
            steps=read_steps,
            logo=(logo := str(self._field(Merchant, "logo", data, "") or "")),
            pictures=self._pictures(data, logo, {str(row.get("image")) for row in products}),
        )
        self._fits_together(package)
        return package

    def _fits_together(self, package: Package) -> None:
        keys, skus = [step.values.get("key") for step in package.steps], [row.get("sku") for row in package.products]
        for place, names in (("steps", keys), ("products", skus)):
            for name in sorted({str(name) for name in names if names.count(name) > 1}):
                self._flaw(place, _("“%s” occurs twice.") % name)
        for number, step in enumerate(package.steps):
            for edge, key in step.leads.items():
                if key and key not in keys:
                    self._flaw(f"steps[{number}].{edge}", _("There is no step “%s” in the file.") % key)
            for price in step.all_prices:
                if price.sku not in skus:
                    self._flaw(f"steps[{number}]", _("There is no product with the SKU “%s” in the file.") % price.sku)

    def _step(self, data: Any, place: str) -> PackagedStep:
        row = self._object(data, place)
        own = {*edges(), "choices"}
        values = dict(self._fields(Step, row, place, also=own))
        try:
            values["rule"] = dump(parse(values.get("rule")))
        except RuleError as error:
            self._flaw(f"{place}.rule", str(error))
        prices = {
            column.name: self._price(row[column.name], f"{place}.{column.name}")
            for column in columns(Step)
            if column.related_model is Price and row.get(column.name) is not None
        }
        choices = [
            (self._price(self._object(choice, at).get("price"), f"{at}.price"), self._fields(StepChoice, choice, at))
            for number, choice in enumerate(self._rows(row, "choices", f"{place}."))
            for at in (f"{place}.choices[{number}]",)
        ]
        leads = {name: row.get(name, "") for name in edges()}
        for name, key in leads.items():
            if not isinstance(key, str):
                self._flaw(f"{place}.{name}", _("A step's name is expected."))
        return PackagedStep(values, prices, leads, tuple(choices))

    def _price(self, data: Any, place: str) -> PackagedPrice:
        row = self._object(data, place)
        sku = row.get("sku")
        if not isinstance(sku, str):
            self._flaw(f"{place}.sku", _("The SKU of its product is expected."))
        return PackagedPrice(str(sku), self._fields(Price, row, place, also={"sku"}))

    def _theme(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        values = self._fields(Theme, row, "theme")
        for name, value in (values.get("tokens") or {}).items():
            if not (TOKEN_NAME.match(name) and isinstance(value, str) and TOKEN_VALUE.match(value)):
                self._flaw(f"theme.tokens.{name[:40]}", _("This is no value of a theme."))
        values.setdefault("layouts", {})
        for part, sentence in layouts.flaws(values["slug"] or "", values["layouts"] or {}):
            self._flaw(f"theme.layouts.{part[:40]}", sentence)
        return values

    def _pictures(self, data: Mapping[str, Any], logo: str, images: set[str]) -> Mapping[str, Picture]:
        found: dict[str, Picture] = {}
        for number, each in enumerate(self._rows(data, "pictures")[: pictures.MOST]):
            place = f"pictures[{number}]"
            row = self._object(each, place)
            self._known(row, {"path", "name", "content"}, place)
            path, name, content = (row.get(part, "") for part in ("path", "name", "content"))
            if not (isinstance(path, str) and isinstance(name, str) and isinstance(content, str)):
                self._flaw(place, _("Another kind of value is expected."))
            elif path not in {logo, *images}:
                self._flaw(f"{place}.path", _("Nothing in the file shows this picture."))
            else:
                try:
                    found[path] = pictures.unpacked(path, name, content, is_logo=path == logo)
                except ValidationError as error:
                    self._flaw(place, " ".join(error.messages))
        return found

    def _account(self, data: Any, place: str) -> Account:
        row = self._object(data, place)
        self._known(row, {"provider", "name"}, place)
        if not all(isinstance(row.get(name), str) for name in ("provider", "name")):
            self._flaw(place, _("An account's provider and name are expected."))
        return Account(str(row.get("provider")), str(row.get("name")))

    def _fields(
        self, model: type[models.Model], data: Any, place: str, *, also: set[str] | frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """The plain values of a row, checked by the model's own fields; what refers to other rows is read elsewhere."""
        row = self._object(data, place)
        own = columns(model)
        self._known(row, {*also, *(each.name for each in own)} - {"merchant"}, place)
        return {
            each.name: self._field(model, each.name, row, place)
            for each in own
            if each.related_model is None and (each.name in row or not each.has_default())
        }

    def _field(self, model: type[models.Model], name: str, row: Mapping[str, Any], place: str) -> Any:
        column: Any = model._meta.get_field(name)
        value = row.get(name, "" if column.blank and column.empty_strings_allowed else None)
        place = f"{place}.{name}".lstrip(".")
        if value is None and column.null:
            return None
        if not _is_of_kind(value, column):
            self._flaw(place, _("Another kind of value is expected."))
            return None
        if _NULL in json.dumps(value, ensure_ascii=False) or "\\u0000" in json.dumps(value):
            self._flaw(place, _("It holds a character that cannot be stored."))
            return None
        if name in ("image", "logo") and value and not re.fullmatch(r"/(?!/)[\w./-]*", value):
            self._flaw(place, _("The path of a served picture is expected."))
        try:
            return column.clean(value, None)
        except ValidationError as error:
            self._flaw(place, " ".join(error.messages))
            return None

    def _rows(self, data: Mapping[str, Any], name: str, parent: str = "") -> list[Any]:
        rows = data.get(name, [])
        if not isinstance(rows, list):
            self._flaw(f"{parent}{name}", _("A list is expected."))
            return []
        if len(rows) > MOST_ROWS:
            self._flaw(f"{parent}{name}", _("There are more than %d entries.") % MOST_ROWS)
        return rows[:MOST_ROWS]

    def _object(self, data: Any, place: str) -> Mapping[str, Any]:
        if isinstance(data, dict):
            return data
        self._flaw(place, _("A group of named values is expected."))
        return {}

    def _known(self, row: Mapping[str, Any], names: set[str], place: str) -> None:
        for name in sorted(set(row) - names):
            self._flaw(f"{place}.{name}"[:80].lstrip("."), _("This name is not known here."))

    def _flaw(self, place: str, message: str) -> None:
        if (flaw := Flaw(place, message)) not in self.flaws:
            self.flaws.append(flaw)


def _is_of_kind(value: Any, column: Any) -> bool:
    kind = _kind(column)
    if isinstance(value, bool) or kind is bool:
        return kind is bool and isinstance(value, bool)
    if isinstance(value, list):
        return kind is list and all(isinstance(part, str) for part in value)
    return isinstance(value, kind)


def _kind(column: Any) -> type:
    """The JSON type that a field is written as; what JSON has no type for is text."""
    if isinstance(column, models.BooleanField):
        return bool
    if isinstance(column, models.IntegerField):
        return int
    if isinstance(column, models.JSONField):
        return dict
    return list if column.get_internal_type() == "ArrayField" else str
