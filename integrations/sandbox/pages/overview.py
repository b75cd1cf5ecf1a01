"""The first tab: the latest of everything."""

from typing import Final

from integrations.sandbox.pages import actions, crm, mails, payments, traffic
from integrations.sandbox.pages.markup import Html, tag
from integrations.sandbox.pages.parts import section
from integrations.sandbox.world import World

LATEST: Final = 4


def view(world: World) -> Html:
    panels = [
        section(
            "Payments",
            payments.recent(world, LATEST),
            "Nothing charged yet. Pay on one of the shop's checkout pages with a test card.",
            name="latest-payments",
            total=payments.total(world),
        ),
        section(
            "CRM orders",
            crm.recent(world, LATEST),
            "No order has reached the CRM yet. It hears at once when a checkout is paid.",
            name="latest-crm",
            total=crm.total(world),
        ),
        section(
            "E-mails",
            mails.recent(world, LATEST),
            "No e-mail yet. The receipt of the first order lands here.",
            name="latest-mails",
            total=mails.total(world),
        ),
        section(
            "Webhooks",
            traffic.recent_webhooks(world, LATEST),
            "No webhook yet. The gateways tell the shop of each payment.",
            name="latest-webhooks",
            total=len(world.deliveries.log),
        ),
    ]
    return tag("div", panels, actions.pending(world), class_="grid")
