"""A funnel's draft made anew: as a copy under another address, or as one of its own versions was.

Copies are made field by field from the models themselves, so that a new field of a funnel or a step goes along.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from django.db import models, transaction
from django.utils.text import slugify

from funnels.flow import Move, next_step
from funnels.models import Funnel, FunnelVersion, Price, Product, Step, StepChoice, Theme
from funnels.rules import Group, dump
from funnels.spec import BumpSpec, FunnelSpec, ItemSpec, StepSpec, ThemeSpec
from integrations.connections import Connection

# What makes a row itself; everything else of it is copied.
OWN_FIELDS: Mapping[type[models.Model], set[str]] = {
    Funnel: {"id", "name", "handle", "published", "created_at"},
    Step: {"id", "funnel", "revision"},
    StepChoice: {"id", "step"},
    Product: {"id", "merchant", "event", "created_at"},
    Price: {"id", "product", "archived_at", "created_at"},
    Theme: {"id", "merchant"},
}
HANDLE_LENGTH = 50
MOVES = (Move.ACCEPTED, Move.DECLINED, Move.SKIPPED, Move.PAYMENT_DECLINED)


def columns(model: type[models.Model]) -> list[Any]:
    """The fields of a row that go along when it is copied or exported, edges to other steps left out."""
    options = model._meta
    own = OWN_FIELDS[model]
    return [each for each in options.concrete_fields if each.name not in own and each.related_model is not Step]


def edges() -> list[str]:
    """The fields of a step that lead to other steps."""
    options = Step._meta
    return [each.name for each in options.concrete_fields if each.related_model is Step]


def free_handle(wanted: str) -> str:
    """An address that no funnel has: the wanted one, else the wanted one with a number."""
    wanted = slugify(wanted)[: HANDLE_LENGTH - 4] or "funnel"
    return free_name(wanted, Funnel.objects.filter(handle__startswith=wanted).values_list("handle", flat=True), "-")


def free_name(wanted: str, taken: Iterable[str], separator: str = " ") -> str:
    names = set(taken)
    tries = (f"{wanted}{separator}{number}" for number in range(2, len(names) + 3))
    return wanted if wanted not in names else next(name for name in tries if name not in names)


@transaction.atomic
def duplicate(*, funnel: Funnel, name: str, handle: str) -> Funnel:
    """A copy that is off sale, with the same steps, products, look and accounts."""
    copy = Funnel.objects.create(**_values(funnel), name=name, handle=handle)
    copy.other_gateways.set(funnel.gateways[1:])
    originals = list(funnel.steps.prefetch_related("choices"))
    copies = {step.pk: Step.objects.create(funnel=copy, **_values(step)) for step in originals}
    for step in originals:
        for choice in step.choices.all():
            StepChoice.objects.create(step=copies[step.pk], **_values(choice))
        _lead(copies[step.pk], {name: copies.get(getattr(step, f"{name}_id")) for name in edges()})
    return copy


@transaction.atomic
def restore(*, funnel: Funnel, version: FunnelVersion) -> None:
    """Make the draft what it was when the version was published. ValueError if the version is another funnel's.

    The funnel keeps its address. What belongs to the shop (products, delivery, taxes, terms) stays as it is today, and a
    price or an account that is gone is left out or kept as it is.
    """
    if version.funnel_id != funnel.pk:
        raise ValueError("The version belongs to another funnel.")
    locked = Funnel.objects.select_for_update(of=("self",)).get(pk=funnel.pk)
    _restore_funnel(locked, version)
    spec = version.spec
    prices = _prices(locked, spec)
    steps = {step.key: step for step in locked.steps.all()}
    locked.steps.exclude(key__in=spec.steps).delete()
    for position, step in enumerate(in_order(spec)):
        row = steps.setdefault(step.key, Step(funnel=locked, key=step.key))
        row.position, row.revision = position, row.revision + 1
        for name, value in _step_values(step, prices).items():
            setattr(row, name, value)
        row.save()
        row.choices.all().delete()
        for place, choice in enumerate(step.choices):
            if price := _price_of(choice.item, prices):
                StepChoice.objects.create(
                    step=row,
                    position=place,
                    price=price,
                    max_quantity=choice.max_quantity,
                    note=choice.note,
                    translations=choice.translations,
                )
    for key, step in spec.steps.items():
        _lead(steps[key], {name: steps.get(getattr(step, name)) if getattr(step, name) else None for name in edges()})


def in_order(spec: FunnelSpec) -> list[StepSpec]:
    """The steps as a shopper may meet them, yes before no; those that nothing leads to come last."""
    found: dict[str, StepSpec] = {}
    waiting = [spec.steps[spec.entry]] if spec.entry in spec.steps else []
    while waiting:
        step = waiting.pop(0)
        if step.key not in found:
            found[step.key] = step
            waiting += [next_step(spec, step, move) for move in MOVES]
    ends = [step for step in found.values() if not (step.on_accept or step.on_decline)]
    return [*(s for s in found.values() if s not in ends), *(s for k, s in spec.steps.items() if k not in found), *ends]


def _values(row: models.Model) -> dict[str, Any]:
    return {each.attname: getattr(row, each.attname) for each in columns(type(row))}


def _lead(step: Step, targets: Mapping[str, Step | None]) -> None:
    for name, target in targets.items():
        setattr(step, name, target)
    step.save(update_fields=list(targets))


def _restore_funnel(funnel: Funnel, version: FunnelVersion) -> None:
    spec = version.spec
    mine = {connection.pk: connection for connection in Connection.objects.filter(tenant=funnel.merchant_id)}
    funnel.languages = list(spec.languages)
    funnel.name, funnel.countries, funnel.crm_campaign = spec.name, list(spec.countries), spec.crm_campaign
    funnel.gateway = mine.get(spec.gateway, funnel.gateway)
    funnel.crm, funnel.mailer = mine.get(spec.crm or 0), mine.get(spec.mailer or 0)
    funnel.theme = _theme(funnel, spec.theme, f"{spec.name}, version {version.number}")
    funnel.save()
    funnel.other_gateways.clear()
    for pk in spec.other_gateways:  # One by one: their order is the order in which they were added.
        if pk in mine:
            funnel.other_gateways.add(mine[pk])


def _theme(funnel: Funnel, look: ThemeSpec, name: str) -> Theme:
    """A theme that looks so: the funnel's own, another of the merchant's, else a new one; none is changed."""
    themes = Theme.objects.filter(merchant=funnel.merchant_id)
    worn = {"slug": look.slug, "tokens": dict(look.tokens), "layouts": dict(look.layouts)}
    alike = themes.filter(**worn).order_by("pk")
    if found := alike.filter(pk=funnel.theme_id).first() or alike.first():
        return found
    free = free_name(name[:76], themes.values_list("name", flat=True))
    return Theme.objects.create(merchant=funnel.merchant, name=free, **worn)


def _prices(funnel: Funnel, spec: FunnelSpec) -> Mapping[int, Price]:
    keys = {item.price_id for step in spec.steps.values() for item in step.items}
    return Price.objects.filter(product__merchant=funnel.merchant_id).in_bulk(keys)


def _step_values(step: StepSpec, prices: Mapping[int, Price]) -> dict[str, Any]:
    """The model's values for a compiled step, edges left out."""
    values: dict[str, Any] = {}
    for each in fields(StepSpec):
        value = getattr(step, each.name)
        match each.name, value:
            case ("item", _):  # Choices have rows of their own, and the item is the first of them.
                values["price"] = None if step.choices else _price_of(value, prices)
            case ("choices", _):
                pass
            case ("bump", BumpSpec()):
                words = {"bump_headline": value.headline, "bump_text": value.text}
                values |= {"bump_price": _price_of(value.item, prices), **words}
            case ("bump", None):
                values["bump_price"] = None
            case (_, Group()):
                values[each.name] = dump(value)
            case (_, tuple()):
                values[each.name] = "\n".join(value)
            case _ if each.name not in edges():
                values[each.name] = value
    return values


def _price_of(item: ItemSpec | None, prices: Mapping[int, Price]) -> Price | None:
    return prices.get(item.price_id) if item else None
