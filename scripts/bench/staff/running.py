"""`python -m scripts.bench staff`: fill a shop with a million orders (BENCH_ORDERS), then do the work of its staff in it."""

import os
import time
from collections.abc import Iterable, Iterator

from django.contrib.auth.models import User
from django.db import connection

from config.demo.access import ADMIN_NAME
from config.filling.catalogue import catalogue
from config.filling.writing import fill
from funnels.access.roles import Role
from funnels.models import Merchant, TicketEvent
from orders.models import Order
from scripts.bench.figures import Figures
from scripts.bench.staff import addresses, door, exporting, reading
from scripts.bench.staff.addresses import Address
from scripts.bench.staff.people import cookies, works_for
from scripts.stack.parts import Stack

ORDERS = int(os.environ.get("BENCH_ORDERS", "1000000"))
OF_THE_SMALL_SHOP = 500
# Whose shop has few orders beside the others' million.
SMALL = "course"
# Lists of fewer orders have no page 200.
DEEP_FROM = 20_000


def measure(stack: Stack, figures: Figures) -> None:
    began = time.monotonic()
    _fill(stack)
    figures.add("staff.fill_seconds", time.monotonic() - began, "s")
    measure_filled(stack, figures)


def measure_filled(stack: Stack, figures: Figures) -> None:
    """What `measure` does once there are orders."""
    small = next(funnel.merchant for funnel in stack.funnels if funnel.handle == SMALL)
    event = TicketEvent.objects.exclude(tickets=None).order_by("pk")[0]
    big = Merchant.objects.exclude(pk__in=(small.pk, event.merchant_id)).order_by("pk")[0]
    figures.add("staff.orders", Order.objects.count(), "orders")
    root = cookies(User.objects.get(username=ADMIN_NAME))
    owner = cookies(works_for(big, Role.OWNER))
    reading.measure(stack, figures, "everything", root, _pages_of(event.merchant))
    reading.measure(stack, figures, "big", owner, _pages_of(big))
    foreign = addresses.of_somebody_else(addresses.middle(Order.objects.filter(merchant=big, state="completed")))
    neighbour = cookies(works_for(small, Role.OWNER))
    reading.measure(stack, figures, "small", neighbour, [*_on_one_page(addresses.of_shop(small)), *foreign])
    door.measure(stack, figures, event, works_for(event.merchant, Role.SUPPORT))
    exporting.measure(stack, figures, root, orders=Order.objects.count())


def _pages_of(merchant: Merchant) -> Iterable[Address]:
    found = addresses.of_shop(merchant)
    return found if ORDERS >= DEEP_FROM else _on_one_page(found)


def _on_one_page(found: Iterable[Address]) -> Iterator[Address]:
    """Without the pages that only long lists have."""
    return (address for address in found if not address.name.endswith("deep_page"))


def _fill(stack: Stack) -> None:
    sold = catalogue()
    small = next(funnel.merchant_id for funnel in stack.funnels if funnel.handle == SMALL)
    fill([entry for entry in sold if entry.spec.merchant.id == small], OF_THE_SMALL_SHOP)
    fill([entry for entry in sold if entry.spec.merchant.id != small], ORDERS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
