"""Compiled funnels made by hand, for tests that need no database."""

from typing import Any

from funnels.spec import BumpSpec, FunnelSpec, ItemSpec, MerchantSpec, StepKind, StepSpec, ThemeSpec


def item(amount: int = 4900, *, price_id: int = 1, **fields: Any) -> ItemSpec:
    return ItemSpec(**{"price_id": price_id, "product_id": price_id + 100, "name": "Night serum", "amount": amount,
                       "currency": "USD", **fields})  # fmt: skip


def checkout(**fields: Any) -> StepSpec:
    given = {"item": item(), "max_quantity": 3, "on_accept": "cream", **fields}
    return StepSpec(key="checkout", kind=StepKind.CHECKOUT, title="Checkout", **given)


def bump(amount: int = 900) -> BumpSpec:
    return BumpSpec(item(amount, price_id=2, name="Gua sha stone", ships=True), "Add the stone", "Cool and smooth.")


def funnel(*steps: StepSpec) -> FunnelSpec:
    chosen = steps or (
        checkout(bump=bump()),
        StepSpec("cream", StepKind.UPSELL, "Night cream", item=item(3900, price_id=3), points=("Rich", "Vegan"),
                 deadline_minutes=15, on_accept="thanks", on_decline="kit"),
        StepSpec("kit", StepKind.DOWNSELL, "Travel kit", item=item(1900, price_id=4), on_accept="thanks",
                 on_decline="thanks"),
        StepSpec("thanks", StepKind.THANK_YOU, "Thank you"),
    )  # fmt: skip
    return FunnelSpec(
        funnel_id=1,
        handle="serum",
        name="Serum",
        merchant=MerchantSpec(7, "Botanica", "help@example.com", "https://example.com/terms"),
        theme=ThemeSpec("botanica", {"accent": "#1f4d3a"}),
        currency="USD",
        locale="en",
        gateway=3,
        entry=chosen[0].key,
        steps={step.key: step for step in chosen},
        countries=("US", "DE"),
        crm=5,
        crm_campaign="7",
        mailer=6,
    )
