"""How the entries of an order's timeline look and are named: icons, tones, actors, and the kinds one can look at alone."""

from django.utils.translation import gettext_lazy

from integrations.outbox.models import Job
from orders.history import timeline

MONEY, PAGES, GOODS, MAIL, CRM, STAFF = "money", "pages", "goods", "mail", "crm", "staff"
KINDS = {
    MONEY: gettext_lazy("Money"),
    PAGES: gettext_lazy("Pages"),
    GOODS: gettext_lazy("Goods"),
    MAIL: gettext_lazy("Mail"),
    CRM: gettext_lazy("CRM"),
    STAFF: gettext_lazy("Staff"),
}
FAMILIES = {
    "offer": PAGES, "stock": GOODS, "ticket": GOODS, "tickets": GOODS, "mail": MAIL, "crm": CRM, "note": STAFF,
}  # fmt: skip
ICONS = {
    "order.placed": ("shopping_cart", "neutral"),
    "order.completed": ("check_circle", "positive"),
    "payment.approved": ("credit_card", "positive"),
    "payment.failed": ("credit_card_off", "danger"),
    "payment.unknown": ("help", "warning"),
    "payment.takes_days": ("hourglass_top", "neutral"),
    "payment.surplus": ("warning", "danger"),
    "payment.sold_out": ("production_quantity_limits", "danger"),
    "payment.amount_differs": ("warning", "danger"),
    "payment.action_required": ("verified_user", "warning"),
    "offer.accepted": ("add_shopping_cart", "positive"),
    "offer.shown": ("visibility", "neutral"),
    "offer.skipped": ("visibility_off", "neutral"),
    "offer.routed": ("alt_route", "warning"),
    "offer.declined": ("remove_shopping_cart", "neutral"),
    "refund.succeeded": ("undo", "positive"),
    "refund.failed": ("undo", "danger"),
    "refund.unknown": ("help", "warning"),
    "stock.lapsed": ("hourglass_bottom", "warning"),
    "stock.returned": ("inventory_2", "neutral"),
    "dispute": ("gavel", "danger"),
    "dispute.withdrawn": ("gavel", "danger"),
    "crm.synced": ("sync_alt", "positive"),
    "crm.refund_stands": ("sync_problem", "danger"),
    "mail.sent": ("mail", "positive"),
    "mail.resent": ("forward_to_inbox", "neutral"),
    "note": ("sticky_note_2", "note"),
    "order.cancelled": ("block", "danger"),
    "order.line_replaced": ("swap_horiz", "neutral"),
    "order.line_given_back": ("swap_horiz", "positive"),
    "order.line_sold_out": ("production_quantity_limits", "danger"),
    "withdrawal.received": ("assignment_return", "warning"),
}
FAMILY_ICONS = {"order": "receipt_long", "payment": "credit_card", "refund": "undo", "offer": "redeem", "mail": "mail", "coupon": "sell", "ticket": "confirmation_number",
                "tickets": "confirmation_number"}  # fmt: skip
ACTORS = {
    timeline.SHOPPER: gettext_lazy("Shopper"),
    timeline.GATEWAY: gettext_lazy("Gateway"),
    timeline.SYSTEM: gettext_lazy("System"),
}
JOBS = {
    "mail.receipt": gettext_lazy("Receipt by e-mail"),
    "mail.refund": gettext_lazy("Refund notice by e-mail"),
    "mail.sold_out": gettext_lazy("“Sold out” by e-mail"),
    "mail.payment_failed": gettext_lazy("“Your payment did not go through” by e-mail"),
    "mail.withdrawal": gettext_lazy("Confirmation of the withdrawal by e-mail"),
    "mail.again": gettext_lazy("A mail once more"),
    "crm.order": gettext_lazy("Order to the CRM"),
    "crm.upsale": gettext_lazy("Accepted offer to the CRM"),
    "crm.refund": gettext_lazy("Refund to the CRM"),
    "crm.refund_undone": gettext_lazy("Failed refund in the CRM"),
    "payment.resolve": gettext_lazy("Asking the gateway about a payment"),
    "payment.method": gettext_lazy("Asking the gateway which payment method it stored"),
    "refund.follow": gettext_lazy("Following a pending refund"),
    "refund.resolve": gettext_lazy("Asking the gateway about a refund"),
    "payment.refund_surplus": gettext_lazy("Giving back what bought nothing"),
}
JOB_TONES = {
    Job.State.DONE: "positive",
    Job.State.DEAD: "danger",
    Job.State.DROPPED: "neutral",
    Job.State.RUNNING: "info",
    Job.State.WAITING: "info",
}


def kinds_of(kind: str, actor: str) -> tuple[str, ...]:
    """What an event belongs to; the deeds of a person belong to the staff's besides."""
    family = FAMILIES.get(kind.split(".", maxsplit=1)[0], MONEY)
    return (family, STAFF) if actor not in ACTORS and family != STAFF else (family,)
