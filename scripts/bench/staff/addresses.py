"""What staff open and search all day. Each address names a text that it has to show: a page without its rows is no fast one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from checkout.models import Run
from funnels.models import Funnel, Merchant
from integrations.connections import Connection
from orders.models import Order, Payment, Ticket
from orders.models.ticket import check_character

# A code as tickets have them, which none of the made-up tickets has.
NO_TICKET = "ZZZZZZZZZ" + check_character("ZZZZZZZZZ")


@dataclass(frozen=True, slots=True)
class Address:
    """`shows` stands on the page, `hides` does not."""

    name: str
    url: str
    shows: str = ""
    hides: str = ""


def of_shop(merchant: Merchant) -> Iterator[Address]:
    """Every page that the merchant's staff use, about an order from the middle of its trade."""
    order = middle(Order.objects.filter(merchant=merchant, state="completed"))
    yield from _order_list(merchant, order)
    yield from _order_search(order)
    yield Address("order_page", reverse("admin:orders_order_change", args=[order.pk]), order.number)
    yield from _customers(order)
    yield from _visits(order)
    yield from _jobs(order)
    yield from _webhooks(order)
    yield from _trail(order)
    yield Address("front_page", reverse("admin:index"))
    yield Address("stock", _list("orders_stock"))
    yield Address("refunds_and_differences", _list("orders_difference"))
    yield Address("health", reverse("health"))
    yield Address("check_in", reverse("check-in"))


def of_somebody_else(order: Order) -> Iterator[Address]:
    """Searches for an order of a merchant that the reader does not work for: all of them find nothing."""
    for address in _order_search(order):
        page = reverse("admin:orders_order_change", args=[order.pk])
        yield Address(address.name.replace("search.", "search.foreign_"), address.url, hides=page)


def middle(orders: QuerySet[Order]) -> Order:
    """The order in the middle of the trade, by key."""
    first, last = (orders.order_by(way).values_list("pk", flat=True)[0] for way in ("pk", "-pk"))
    return orders.filter(pk__gte=(first + last) // 2).order_by("pk")[0]


def _order_list(merchant: Merchant, order: Order) -> Iterator[Address]:
    today = timezone.localdate()
    two_years_ago = today - timedelta(days=700)
    funnel = Funnel.objects.filter(merchant=merchant).order_by("pk")[0].pk
    gateway = Connection.objects.filter(tenant=merchant.pk, provider__in=Connection.GATEWAYS).order_by("pk")[0].pk
    yield Address("orders.first_page", _list("orders_order"))
    yield Address("orders.deep_page", _list("orders_order", p="200"))
    for column, name in (("1", "number"), ("3", "total"), ("-3", "total_descending"), ("6", "oldest_first")):
        yield Address(f"orders.by_{name}", _list("orders_order", o=column))
    for state in ("completed", "processing", "failed", "pending", "refunded", "partially_refunded"):
        yield Address(f"orders.state_{state}", _list("orders_order", state__exact=state))
    for period in ("today", "yesterday", "30", "last-month", "year"):
        yield Address(f"orders.placed_{period}", _list("orders_order", placed=period))
    for attention in ("person", "uncertain", "jobs", "disputed", "withdrawn", "refunded", "declined"):
        yield Address(f"orders.attention_{attention}", _list("orders_order", attention=attention))
    yield Address("orders.funnel", _list("orders_order", funnel=funnel))
    yield Address("orders.gateway", _list("orders_order", gateway=gateway))
    yield Address("orders.country", _list("orders_order", country=order.country))
    yield Address("orders.country_nobody", _list("orders_order", country="NZ"))
    yield Address("orders.total_range", _list("orders_order", total_from="40", total_to="100"))
    yield Address("orders.total_nobody", _list("orders_order", total_from="90000"))
    yield Address(
        "orders.month_long_ago",
        _list("orders_order", created_at_from=two_years_ago, created_at_to=two_years_ago + timedelta(days=30)),
    )
    yield Address(
        "orders.filters_together",
        _list("orders_order", placed="year", state__exact="refunded", funnel=funnel, gateway=gateway),
    )


def _order_search(order: Order) -> Iterator[Address]:
    payment = Payment.objects.filter(order=order).select_related("stored_method").order_by("pk")[0]
    assert payment.stored_method is not None
    tickets = Ticket.objects.filter(order__merchant=order.merchant_id).select_related("order")
    ticket = tickets.order_by("-pk").first()
    for name, term, shows in (
        ("half_an_email", order.email.partition("@")[0], order.name),
        ("end_of_an_email", order.email[3:], order.name),
        ("number", order.number, order.number),
        ("number_as_heard", order.number.replace("-", " ").lower(), order.number),
        ("half_a_number", order.number[:6], order.number),
        ("name", order.name, order.name),
        ("phone", order.phone, order.number),
        ("card_digits", payment.stored_method.last4, ""),
        ("amount", "98.00", ""),
        ("transaction", payment.reference, order.number),
        ("payment_key", payment.key, order.number),
        ("crm_number", f"CRM{order.pk}", order.number),
        ("ticket", ticket.shown_code if ticket else NO_TICKET, ticket.order.number if ticket else ""),
        ("common_word", "example", ""),
        ("nobody_email", "nobody@nowhere.example", ""),
        ("nobody_name", "Zaphod Beeblebrox", ""),
        ("nobody_number", "QQQQ-QQQQ", ""),
        ("nobody_transaction", "pi_nothing_of_ours", ""),
        ("nobody_ticket", NO_TICKET, ""),
        ("nobody_amount", "98765.43", ""),
    ):
        yield Address(f"search.{name}", _list("orders_order", q=term), shows)


def _customers(order: Order) -> Iterator[Address]:
    yield Address("customers.first_page", _list("orders_customer"))
    yield Address("customers.deep_page", _list("orders_customer", p="200"))
    yield Address("customers.by_email", _list("orders_customer", o="1"))
    yield Address("customers.search_half_an_email", _list("orders_customer", q=order.email[:-5]), order.email)
    yield Address("customers.search_name", _list("orders_customer", q=order.name), order.name)
    yield Address("customers.search_nobody", _list("orders_customer", q="nobody@nowhere"))
    yield Address("customer_page", reverse("admin:orders_customer_change", args=[order.customer_id]), order.number)


def _visits(order: Order) -> Iterator[Address]:
    run = Run.objects.get(order=order)
    yield Address("visits.first_page", _list("checkout_run"))
    yield Address("visits.deep_page", _list("checkout_run", p="200"))
    yield Address("visits.state_open", _list("checkout_run", status__exact="open"))
    yield Address("visits.funnel", _list("checkout_run", funnel=run.version.funnel_id))
    yield Address("visits.search_email", _list("checkout_run", q=order.email), order.number)
    yield Address("visits.search_number", _list("checkout_run", q=order.number), order.number)
    yield Address("visits.search_nobody", _list("checkout_run", q="nobody@nowhere.example"))
    yield Address("visit_page", reverse("admin:checkout_run_change", args=[run.pk]), order.number)


def _jobs(order: Order) -> Iterator[Address]:
    yield Address("jobs.first_page", _list("integrations_job"))
    yield Address("jobs.deep_page", _list("integrations_job", p="200"))
    for state in ("done", "waiting", "dead"):
        yield Address(f"jobs.state_{state}", _list("integrations_job", state__exact=state))
    yield Address("jobs.kind", _list("integrations_job", kind="mail.receipt"))
    yield Address("jobs.destination", _list("integrations_job", kind="crm"))
    yield Address("jobs.search_key", _list("integrations_job", q=f"order:{order.pk}"), f"mail:{order.pk}")
    yield Address("jobs.search_line", _list("integrations_job", q=f"mail:{order.pk}"), f"mail:{order.pk}")
    yield Address("jobs.search_error", _list("integrations_job", q="did not answer"))
    yield Address("jobs.search_nobody", _list("integrations_job", q="order:nothing"))


def _webhooks(order: Order) -> Iterator[Address]:
    payment = order.payments.order_by("pk")[0]
    event = f"evt_fill_{payment.reference.rpartition('_')[2]}"
    yield Address("webhooks.first_page", _list("integrations_inboundevent"))
    yield Address("webhooks.deep_page", _list("integrations_inboundevent", p="200"))
    yield Address("webhooks.state", _list("integrations_inboundevent", state__exact="received"))
    yield Address("webhooks.type", _list("integrations_inboundevent", type="payment_intent.payment_failed"))
    yield Address("webhooks.search_id", _list("integrations_inboundevent", q=event), event)
    yield Address("webhooks.search_type", _list("integrations_inboundevent", q="payment_failed"))
    yield Address("webhooks.search_nobody", _list("integrations_inboundevent", q="evt_nothing_of_ours"))


def _trail(order: Order) -> Iterator[Address]:
    yield Address("trail.first_page", _list("integrations_trailentry"))
    yield Address("trail.of_an_order", _list("integrations_trailentry", order=order.pk))
    yield Address("trail.by_staff", _list("integrations_trailentry", by="staff"))
    yield Address("trail.table", _list("integrations_trailentry", table="funnels.funnel"))
    yield Address("trail.search_number", _list("integrations_trailentry", q=order.number))
    yield Address("trail.search_nobody", _list("integrations_trailentry", q="nobody"))


def _list(model: str, **query: object) -> str:
    page = reverse(f"admin:{model}_changelist")
    return f"{page}?{urlencode(query)}" if query else page
