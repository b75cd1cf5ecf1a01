"""What a publication changes is told in a merchant's words, and no field of a funnel can be forgotten."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from funnels.editor.comparing import Change, Difference, Kind, compare
from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import TaxRateSpec, TaxSpec
from funnels.rules import Condition, Fact, Group, Operator
from funnels.spec import FunnelSpec, StepKind, StepSpec
from tests.funnels import specs

ACCOUNTS = {3: "Cards", 4: "PayPal", 5: "Konnektive", 6: "Resend"}


def whole() -> FunnelSpec:
    """A funnel in which every nested part is filled in."""
    return replace(
        specs.funnel(),
        shipping=(ShippingRateSpec(1, "Standard", 490, ("US",)), ShippingRateSpec(2, "Express", 990)),
        tax=TaxSpec(rates=(TaxRateSpec("DE", 190_000, "VAT"),)),
        other_gateways=(4,),
    )


def other(value: Any, name: str) -> Any:
    """Another value of the same kind."""
    match value:
        case StepKind():
            return StepKind.DOWNSELL if value is not StepKind.DOWNSELL else StepKind.UPSELL
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return {"currency": "EUR", "image": "/static/other.png"}.get(name, f"{value}x")
        case tuple():
            return (
                *value,
                "es"
                if name == "languages"
                else "FR"
                if name == "countries"
                else 77
                if name == "other_gateways"
                else "More",
            )
        case dict() if name == "translations":
            return {**value, "es": {"name": "Sérum de noche"}}
        case dict():
            return {**value, "added": "thing"}
        case None if name in ("item", "bump"):
            return specs.item(100, price_id=50) if name == "item" else specs.bump()
        case None:
            return 9 if name in ("crm", "mailer", "compare_at", "deadline_minutes", "free_over") else "set"
    raise AssertionError(f"{name}: teach this test to change a {type(value).__name__}")


def keyed(value: Any) -> dict[Any, Any]:
    """Nested parts by their key or place; none where the value itself is a leaf."""
    parts = value if isinstance(value, dict) else dict(enumerate(value))
    return parts if any(is_dataclass(part) for part in parts.values()) else {}


def mutants(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The value with each of its fields changed in turn, however deep it lies."""
    if isinstance(value, Group):
        yield path, Group(rules=(Condition(Fact.TOTAL, Operator.AT_LEAST, amount=5000),))
    elif is_dataclass(value):
        for each in fields(value):
            for where, changed in mutants(getattr(value, each.name), f"{path}.{each.name}"):
                yield where, replace(value, **{each.name: changed})
    elif isinstance(value, dict | tuple) and (parts := keyed(value)):
        for key, part in parts.items():
            for where, changed in mutants(part, f"{path}.{key}"):
                swapped = {**parts, key: changed}
                yield where, swapped if isinstance(value, dict) else tuple(swapped.values())
    else:
        yield path, other(value, path.rsplit(".", 1)[-1])


def one_change(before: FunnelSpec, after: FunnelSpec) -> Change:
    (difference,) = compare(before, after, ACCOUNTS)
    (change,) = difference.changes
    return change


def checkout_with(**changes: Any) -> FunnelSpec:
    before = whole()
    return replace(before, steps={**before.steps, "checkout": replace(before.steps["checkout"], **changes)})


@pytest.mark.parametrize(("path", "changed"), [pytest.param(*pair, id=pair[0]) for pair in mutants(whole(), "funnel")])
def test_a_change_of_any_field_is_told(path: str, changed: FunnelSpec) -> None:
    told = compare(whole(), changed, ACCOUNTS)

    assert sum(len(difference.changes) for difference in told) >= 1
    assert all(change.before != change.after for difference in told for change in difference.changes)


def test_equal_funnels_do_not_differ() -> None:
    assert compare(whole(), whole(), ACCOUNTS) == ()


def test_a_price_is_told_as_money_with_the_step_it_belongs_to() -> None:
    changed = checkout_with(item=specs.item(5900, price_id=9, product_id=101))

    (difference,) = compare(whole(), changed, ACCOUNTS)

    assert (difference.title, difference.kind, difference.step) == ("Checkout", Kind.CHANGED, "checkout")
    assert [str(change) for change in difference.changes] == ["Price: $49.00 → $59.00"]


def test_another_product_is_told_once_and_not_field_by_field() -> None:
    changed = checkout_with(item=specs.item(1200, price_id=12, name="Soap", ships=True))

    assert str(one_change(whole(), changed)) == "Sells: Night serum, $49.00 → Soap, $12.00"


def test_an_edge_is_told_by_the_titles_of_the_steps() -> None:
    assert str(one_change(whole(), checkout_with(on_accept="kit"))) == "Yes or paid leads to: Night cream → Travel kit"


def test_a_rule_is_told_as_a_sentence() -> None:
    rule = Group(rules=(Condition(Fact.TOTAL, Operator.AT_LEAST, amount=5000),))

    assert str(one_change(whole(), checkout_with(rule=rule))) == "Shown if: always → the order total is at least $50.00"


def test_an_order_bump_that_goes_is_told_with_what_it_sold() -> None:
    assert str(one_change(whole(), checkout_with(bump=None))) == "Order bump: Gua sha stone, $9.00 → nothing"


def test_a_bumps_own_price_is_told_under_its_name() -> None:
    before = whole().steps["checkout"].bump
    assert before is not None
    changed = checkout_with(bump=replace(before, item=replace(before.item, amount=1100)))

    assert str(one_change(whole(), changed)) == "Order bump · Price: $9.00 → $11.00"


def test_added_and_removed_steps_are_told_with_what_they_sell_and_where_they_lead() -> None:
    before = whole()
    book = StepSpec(
        "book", StepKind.UPSELL, "Workbook", item=specs.item(1500, price_id=8, name="Workbook"), on_accept="thanks"
    )
    rest = {key: step for key, step in before.steps.items() if key != "kit"}

    added, removed = (
        difference
        for difference in compare(before, replace(before, steps={**rest, "book": book}), ACCOUNTS)
        if difference.kind is not Kind.CHANGED
    )

    assert (added.title, added.kind) == ("Workbook", Kind.ADDED)
    assert [str(change) for change in added.changes] == [
        "Kind: nothing → Upsell",
        "Sells: nothing → Workbook, $15.00",
        "Yes or paid leads to: nothing → Thank you",
    ]
    assert (removed.title, removed.kind) == ("Travel kit", Kind.REMOVED)


def test_an_added_upgrade_is_told_as_such_and_with_its_rule() -> None:
    before = whole()
    rule = Group(rules=(Condition(Fact.TOTAL, Operator.AT_LEAST, amount=5000),))
    jar = StepSpec("jar", StepKind.UPSELL, "Jar", item=specs.item(5900), rule=rule, replaces_main=True)
    (added,) = compare(before, replace(before, steps={**before.steps, "jar": jar}), ACCOUNTS)
    assert [str(change) for change in added.changes] == [
        "Kind: nothing → Upsell",
        "Sells: nothing → Night serum, $59.00",
        "Replaces what was bought: nothing → yes",
        "Shown if: nothing → the order total is at least $50.00",
    ]


def test_colours_are_told_one_by_one_and_can_be_shown_as_swatches() -> None:
    before = whole()
    changed = replace(before, theme=replace(before.theme, tokens={"accent": "#b3261e", "radius": "8px"}))

    (look,) = compare(before, changed, ACCOUNTS)

    assert (look.title, look.shop) == ("Look", False)
    assert [(str(change), change.colour) for change in look.changes] == [
        ("Accent: #1f4d3a → #b3261e", True),
        ("Radius: nothing → 8px", False),
    ]


def test_layouts_are_told_in_words() -> None:
    before = whole()
    changed = replace(before, theme=replace(before.theme, layouts={"checkout": "above", "offer": "start"}))

    (look,) = compare(before, changed, ACCOUNTS)

    assert [str(change) for change in look.changes] == ["Checkout page: Summary on the right → Summary above the form"]


def test_accounts_are_told_by_name_and_countries_in_words() -> None:
    before = whole()
    changed = replace(before, gateway=4, countries=("US", "AT"))

    (funnel,) = compare(before, changed, ACCOUNTS)

    assert [str(change) for change in funnel.changes] == [
        "Takes the money: Cards → PayPal",
        "Delivers to: United States, Germany → United States, Austria",
    ]


def test_delivery_and_taxes_belong_to_the_shop_and_are_told_rate_by_rate() -> None:
    before = whole()
    changed = replace(
        before,
        shipping=(replace(before.shipping[0], amount=590),),
        tax=TaxSpec(rates=(TaxRateSpec("DE", 160_000, "VAT"), TaxRateSpec("FR", 200_000, "TVA"))),
    )

    delivery, taxes = compare(before, changed, ACCOUNTS)

    assert (delivery.title, delivery.shop, taxes.title, taxes.shop) == ("Delivery", True, "Taxes", True)
    assert [str(change) for change in delivery.changes] == [
        "Standard · Costs: $4.90 → $5.90",
        "Express: Costs: $9.90 → nothing",
    ]
    assert [str(change) for change in taxes.changes] == [
        "VAT DE · Rate: 19 % → 16 %",
        "TVA FR: nothing → Country: France, Rate: 20 %, Tax class: Standard",
    ]


def test_a_first_publication_is_told_as_the_steps_that_it_brings() -> None:
    told = compare(None, whole(), ACCOUNTS)

    assert [(difference.title, difference.kind) for difference in told] == [
        ("Checkout", Kind.ADDED),
        ("Night cream", Kind.ADDED),
        ("Travel kit", Kind.ADDED),
        ("Thank you", Kind.ADDED),
    ]
    assert all(isinstance(difference, Difference) and difference.changes for difference in told)
