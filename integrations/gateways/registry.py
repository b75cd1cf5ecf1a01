"""The only place that names the payment providers."""

from collections.abc import Callable

from integrations.connections import Connection
from integrations.gateways.guarded import GuardedGateway
from integrations.gateways.protocol import Gateway
from integrations.nmi.gateway import NmiGateway
from integrations.paypal.gateway import PayPalGateway
from integrations.stripe.gateway import StripeGateway

GATEWAYS: dict[str, Callable[[Connection], Gateway]] = {
    Connection.Provider.STRIPE: StripeGateway,
    Connection.Provider.NMI: NmiGateway,
    Connection.Provider.PAYPAL: PayPalGateway,
}


def gateway_for(connection: Connection) -> Gateway:
    """The adapter for a connection's account, behind its breaker; KeyError where its provider is no payment gateway."""
    return GuardedGateway(connection, GATEWAYS[connection.provider](connection))
