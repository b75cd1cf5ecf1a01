"""A rush sale: 2,000 buyers for 500 units, over HTTP, with a gateway that answers at once."""

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone

from orders.models import Order, Stock
from orders.stock import stocking
from scripts.bench.buying import check_books, purchases
from scripts.bench.figures import Figures, percentile
from scripts.bench.generator import BenchFailed, generate
from scripts.stack.parts import Stack

HANDLE = SKU = "serum"
UNITS, BUYERS, AT_ONCE = 500, 2000, 400
SECONDS = 150


def measure(stack: Stack, figures: Figures) -> None:
    """BenchFailed unless exactly the units that there are were sold, paid for and counted.

    On a slow machine not all buyers get their turn in SECONDS; the figures then say how many did.
    """
    stock = Stock.objects.get(product__sku=SKU)
    stocking.adjust(product_id=stock.pk, change=UNITS - stock.left, reason="The rush begins", actor="bench")
    plan = purchases(stack, [HANDLE] * BUYERS)
    began = timezone.now()
    found = generate("shop", purchases=plan, shoppers=AT_ONCE, seconds=SECONDS, limit=SECONDS + 25)
    visits = found["visits"]
    bought = [visit["order"] for visit in visits if visit["order"]]
    refused = sum(visit["refused"] for visit in visits)
    _check(visits, refused)
    _check_stock(stock.pk, len(bought))
    check_books(stack, bought)
    figures.add("rush.sold", len(bought), f"of {UNITS}")
    figures.add("rush.refused", refused, f"of {len(visits)} buyers")
    figures.add("rush.units_per_minute", len(bought) / _minutes_of_selling(began, bought), "1/min")
    figures.add("rush.p95", percentile([visit["milliseconds"] for visit in visits], 95), "ms")


def _check(visits: list[dict[str, Any]], refused: int) -> None:
    problems = [problem for visit in visits for problem in visit["problems"]]
    if problems:
        raise BenchFailed(f"{len(problems)} of {len(visits)} buyers got stuck, the first with {problems[0]}")
    if refused != len(visits) - UNITS:
        raise BenchFailed(f"of {len(visits)} buyers {refused} were told that it is sold out")


def _check_stock(product_id: int, bought: int) -> None:
    stock = Stock.objects.get(pk=product_id)
    if bought != UNITS or stock.left or stock.held or stocking.audit():
        raise BenchFailed(
            f"{bought} were sold; the stock counts {stock.sold} sold, {stock.held} held, {stock.left} left"
        )


def _minutes_of_selling(began: datetime, bought: list[str]) -> float:
    last = Order.objects.filter(number__in=bought).aggregate(last=Max("completed_at"))["last"]
    return float((last - began).total_seconds()) / 60
