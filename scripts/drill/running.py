"""The order of a drill: start, storm, heal, compare; every part bounded in time, every process ended by its id."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from django.db import connection
from django.utils import timezone

from config.demo.processes import StartFailed
from funnels.models import Coupon, Funnel, Merchant, Product
from funnels.publishing import publish
from integrations.connections import Connection
from orders.models import Order, Payment, Refund, Stock, Ticket
from orders.states import OrderState
from orders.stock import stocking
from scripts.drill import reconciling
from scripts.drill.comparing import compare
from scripts.drill.healing import heal
from scripts.drill.plans import COUPON, Plan
from scripts.drill.report import Report
from scripts.drill.staff import Staff
from scripts.drill.storm import LATEST
from scripts.drill.trouble import QUEUES, Trouble
from scripts.stack.environment import ROOT
from scripts.stack.parts import Stack

TICK = 0.2
IDLE_TRIES = 6
PUBLIC_KEYS = {"stripe": "publishable_key", "nmi": "tokenization_key"}


def run(plan: Plan, folder: Path) -> int:
    """Carry the drill out; 0 if every book agrees, 1 if not. A failure keeps the folder with its logs."""
    began, report, stack = time.monotonic(), Report(), Stack(folder)
    try:
        differences = _drill(plan, stack, report, folder)
        report.add("drill.seconds", time.monotonic() - began, "s")
        report.write(ROOT / "drill.json")
    except (StartFailed, httpx.HTTPError, subprocess.SubprocessError) as failure:
        sys.stderr.write(f"make drill failed: {type(failure).__name__}: {failure}\nLogs: {folder / 'logs'}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130
    finally:
        stack.kill_all()
        connection.close()
    if differences:
        sys.stderr.write(f"{differences} checks found differences. Logs: {folder / 'logs'}\n")
        return 1
    shutil.rmtree(folder / "logs")
    return 0


def _drill(plan: Plan, stack: Stack, report: Report, folder: Path) -> int:
    report.add("drill.seed", plan.seed, "seed")
    stack.prepare()
    _limit_stock(stack.funnels, plan.units)
    _give_coupons(stack.funnels, plan.coupons)
    # One merchant's payments are taken by the workers, the others' in the request.
    Merchant.objects.filter(pk=stack.funnels[0].merchant_id).update(queue_payments=True)
    stack.start_sandbox()
    for name in QUEUES:
        stack.start_queue(name)
    stack.start_web()
    trouble, staff = Trouble(stack, plan, folder), Staff(stack, plan.seed)
    began, opened_at = time.monotonic(), timezone.now() - timedelta(minutes=1)
    stories = _storm(plan, stack, trouble, staff)
    report.add("storm.seconds", time.monotonic() - began, "s")
    trouble.end()
    staff.end()
    connection.close()
    for _ in range(IDLE_TRIES):
        if stack.control.get("idle").status_code == httpx.codes.OK:
            break
    healed, decided = heal(stack, plan.heal_seconds)
    report.add("reconcile.adopted", reconciling.adopt(opened_at), "differences")
    healed_again, decided_then = heal(stack, plan.heal_seconds)
    _tell(report, stories, trouble.counts, staff.counts + decided + decided_then, healed + healed_again)
    return report.check([*compare(stack.ask("books"), stories), reconciling.compare(opened_at)])


def _limit_stock(funnels: list[Funnel], units: int) -> None:
    """Publish the last funnel that sells one thing anew with so many units of it, so that some shoppers come too late."""
    checkouts = [(funnel, funnel.steps.get(kind="checkout").price) for funnel in funnels]
    funnel, price = [(funnel, price) for funnel, price in checkouts if price is not None][-1]
    Product.objects.filter(pk=price.product_id).update(tracks_stock=True)
    stocking.adjust(product_id=price.product_id, change=units, reason="For the drill", actor="drill")
    publish(funnel=funnel, by=None, note="Limited")


def _give_coupons(funnels: list[Funnel], uses: int) -> None:
    """A coupon of each merchant that more shoppers want than may use it."""
    for merchant in {funnel.merchant_id for funnel in funnels}:
        Coupon.objects.create(merchant_id=merchant, code=COUPON, percent=15, limit=uses)


def _storm(plan: Plan, stack: Stack, trouble: Trouble, staff: Staff) -> list[dict[str, Any]]:
    """Let the shoppers loose and break things until the last of them has gone."""
    given = {
        "seed": plan.seed,
        "shoppers": plan.shoppers,
        "seconds": plan.seconds,
        "at_once": plan.at_once,
        "site": stack.site,
        "sandbox": stack.sandbox,
        "funnels": [_funnel(funnel.handle, funnel.gateway) for funnel in stack.funnels if funnel.gateway],
    }
    with tempfile.TemporaryFile("w+") as wanted, tempfile.TemporaryFile("w+") as told:
        json.dump(given, wanted)
        wanted.seek(0)
        process = subprocess.Popen([sys.executable, "-m", "scripts.drill.storm"], stdin=wanted, stdout=told)
        try:
            trouble.begin()
            deadline = time.monotonic() + plan.seconds + LATEST + 15
            while process.poll() is None and time.monotonic() < deadline:
                trouble.tick()
                staff.tick()
                time.sleep(TICK)
        finally:
            process.kill()
            process.wait()
        told.seek(0)
        stories: list[dict[str, Any]] = json.load(told)
        return stories


def _funnel(handle: str, gateway: Connection) -> dict[str, str]:
    provider = gateway.provider
    return {"handle": handle, "provider": provider, "key": str(gateway.option(PUBLIC_KEYS[provider]))}


def _tell(
    report: Report, stories: list[dict[str, Any]], trouble: Counter[str], staff: Counter[str], healed: float
) -> None:
    ends = Counter(story["ended"] for story in stories)
    habits = Counter(habit for story in stories for habit in story["habits"])
    for prefix, counts in (("shoppers", ends), ("habits", habits), ("trouble", trouble), ("staff", staff)):
        for name, count in sorted(counts.items()):
            report.add(f"{prefix}.{name.replace(' ', '_')}", count, "times")
    report.add("orders.paid", Order.objects.filter(state__in=OrderState.paid()).count(), "orders")
    report.add("payments.all", Payment.objects.count(), "payments")
    for state, count in sorted(Counter(Payment.objects.values_list("state", flat=True)).items()):
        report.add(f"payments.{state}", count, "payments")
    for stock in Stock.objects.select_related("product"):
        report.add(f"stock.{stock.product.sku}.sold", stock.sold, f"of {stock.total} units")
    for coupon in Coupon.objects.filter(code=COUPON).select_related("merchant"):
        report.add(f"coupon.{coupon.merchant.slug}.used", coupon.used, f"of {coupon.limit} uses")
    report.add("tickets.valid", Ticket.objects.valid().count(), f"of {Ticket.objects.count()} tickets")
    report.add("refunds.all", Refund.objects.count(), "refunds")
    report.add("heal.seconds", healed, "s")
