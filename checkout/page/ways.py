"""The ways to pay that a checkout offers: its funnel's accounts, without those that are out just now.

Shoppers choose between kinds, a card or a wallet. Of several card accounts the first that is well is shown; the others
stand in for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from checkout.page import context
from funnels.spec import FunnelSpec
from integrations.connections import Connection
from integrations.gateways.registry import gateway_for
from integrations.money import Money
from orders.models import Payment

CARD = "card"
WALLET = "wallet"


class UnknownWay(ValueError):
    """What was submitted is no way to pay of this funnel; nothing was charged."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The account that is to be charged. A wallet needs no token: the shopper approves the charge there."""

    connection_id: int
    is_wallet: bool


def choose(spec: FunnelSpec, public_id: str, *, has_token: bool) -> Chosen:
    """The account that a submission names, or the first that is offered where it names none."""
    if len(spec.gateways) == 1 and has_token:
        return Chosen(spec.gateway, is_wallet=False)
    accounts = _accounts(spec)
    if public_id and len(accounts) > 1:
        named = next((account for account in accounts if account.public_id == public_id), None)
    else:
        named = next(iter(_offered(accounts)), accounts[0])
    if named is None:
        raise UnknownWay(public_id)
    return Chosen(named.pk, named.is_wallet)


def page_part(
    spec: FunnelSpec, money: Money, *, chosen: str = "", wallet_script: bool = True
) -> context.WaysToPay | None:
    """The payment section of the checkout page, with one query; None where nothing is to be paid.

    `chosen` is the public id of the account that the shopper chose before. Without `wallet_script` a wallet has no
    button of its own, only the form's.
    """
    if not money:
        return None
    accounts = _accounts(spec)
    offered = _offered(accounts)
    selected = next((account for account in offered if account.public_id == chosen), offered[0] if offered else None)
    parts = {_kind(account): part(account, money, save_method=spec.has_offers) for account in offered}
    return context.WaysToPay(
        card=parts.get(CARD),
        wallet=parts.get(WALLET),
        wallet_name=next((_label(account) for account in offered if account.is_wallet), ""),
        wallet_script=wallet_script,
        options=tuple(
            context.Way(account.public_id, _kind(account), _label(account), chosen=account is selected)
            for account in offered
            if len(accounts) > 1
        ),
        out_of_order=not offered and len(accounts) > 0,
    )


def wallet_of(payment: Payment) -> str:
    """The wallet that a payment goes through, as shoppers know it; empty for cards."""
    connection = payment.connection
    return connection.get_provider_display() if connection is not None and connection.is_wallet else ""


def _accounts(spec: FunnelSpec) -> list[Connection]:
    """The funnel's accounts in its order, in one query."""
    found = Connection.objects.in_bulk(spec.gateways)
    return [found[pk] for pk in spec.gateways]


def _offered(accounts: Sequence[Connection]) -> list[Connection]:
    """Of each kind the first account that is on and well."""
    first: dict[str, Connection] = {}
    for account in accounts:
        if account.active and not account.is_resting:
            first.setdefault(_kind(account), account)
    return list(first.values())


def _kind(account: Connection) -> str:
    return WALLET if account.is_wallet else CARD


def _label(account: Connection) -> str:
    return account.get_provider_display() if account.is_wallet else _("Card")


def part(account: Connection, money: Money, *, save_method: bool) -> context.Payment:
    return context.Payment(
        provider=account.provider,
        module=f"js/gateways/{account.provider}.js",
        config=gateway_for(account).browser_config(money=money, save_method=save_method),
    )
