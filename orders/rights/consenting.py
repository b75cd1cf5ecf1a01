"""Keeping what a shopper agreed to with a payment, in the transaction that records the attempt."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from funnels.pricing.quoting import Quote
from funnels.spec import FunnelSpec, StepSpec
from integrations.money import Money
from orders.models import Consent, Payment


@dataclass(frozen=True, slots=True)
class Agreed:
    """What stood on the page. `statement` stands beside the button; it is empty where the shop has no terms.

    Amounts are as the shopper read them. `bump_chosen` is None where none was offered; a bump is never ticked beforehand.
    """

    step: str
    button: str
    statement: str
    terms_url: str
    privacy_url: str
    items: tuple[Mapping[str, Any], ...]
    total: str
    language: str
    theme: str
    version: int
    bump_chosen: bool | None = None
    bump_preset: bool = False


def agreed(*, spec: FunnelSpec, version_id: int, step: StepSpec, quote: Quote, button: str, statement: str) -> Agreed:
    bump = step.bump.item.price_id if step.bump else None
    return Agreed(
        step=step.title,
        button=button,
        statement=statement,
        terms_url=spec.merchant.terms_url,
        privacy_url=spec.merchant.privacy_url,
        items=tuple(
            {
                "name": line.name,
                "quantity": line.quantity,
                "amount": Money(line.amount, quote.currency).format(spec.locale),
            }
            for line in quote.lines
        ),
        total=quote.money.format(spec.locale),
        language=spec.locale,
        theme=spec.theme.slug,
        version=version_id,
        bump_chosen=any(line.price_id == bump for line in quote.lines) if bump is not None else None,
    )


def keep(payment: Payment, what: Agreed, *, ip: str | None, user_agent: str) -> None:
    """Store it in the caller's transaction: one statement."""
    Consent.objects.create(payment=payment, shown=asdict(what), ip=ip, user_agent=user_agent[:300])
