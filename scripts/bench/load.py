"""The load generator, in a process of its own so that its work is not taken for the product's.

Reads one plan as JSON from standard input, carries it out within its count and its seconds, and writes what happened to
standard output. Started as `python -m scripts.bench.load`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from typing import Any

import aiohttp

from scripts.bench.shoppers import Purchase, Shopper, Visit

type Plan = dict[str, Any]
TIMEOUT = aiohttp.ClientTimeout(total=30)


async def steady(plan: Plan) -> Plan:
    """One request after another on each lane; every lane is one keep-alive connection with its own request."""
    lanes = plan["lanes"]
    deadline, left = time.perf_counter() + plan["seconds"], iter(range(plan["count"]))
    milliseconds: list[float] = []
    problems: list[str] = []

    async def drive(http: aiohttp.ClientSession, lane: dict[str, Any]) -> None:
        for _ in left:
            began = time.perf_counter()
            problems.extend(await _request(http, lane))
            milliseconds.append((time.perf_counter() - began) * 1000)
            if time.perf_counter() > deadline:
                return

    async with _session(len(lanes)) as http:
        began = time.perf_counter()
        await asyncio.gather(*(drive(http, lane) for lane in lanes))
    return {"seconds": time.perf_counter() - began, "milliseconds": milliseconds, "problems": problems}


async def paced(plan: Plan) -> Plan:
    """Each request at its own time, `rate` a second, whether or not earlier ones have been answered."""
    milliseconds: list[float] = []
    problems: list[str] = []

    async def send(http: aiohttp.ClientSession, request: dict[str, Any], at: float) -> None:
        await asyncio.sleep(at - time.perf_counter())
        began = time.perf_counter()
        problems.extend(await _request(http, request))
        milliseconds.append((time.perf_counter() - began) * 1000)

    async with _session(0) as http:
        began = time.perf_counter() + 0.05
        requests = enumerate(plan["requests"])
        await asyncio.gather(*(send(http, request, began + n / plan["rate"]) for n, request in requests))
    return {"seconds": time.perf_counter() - began, "milliseconds": milliseconds, "problems": problems}


async def door(plan: Plan) -> Plan:
    """Phones that scan tickets: each of `codes` is scanned by as many phones at the same moment as it is told times."""
    phones, deadline = plan["phones"], time.perf_counter() + plan["seconds"]
    left: Iterator[list[str]] = iter(plan["codes"])
    milliseconds: list[float] = []
    verdicts: list[tuple[str, str]] = []

    async def scan(http: aiohttp.ClientSession, phone: dict[str, str], code: str) -> None:
        began = time.perf_counter()
        async with http.post(plan["url"], data={"code": code}, headers=phone, allow_redirects=False) as response:
            told = (await response.json())["verdict"] if response.status == 200 else f"status {response.status}"
        milliseconds.append((time.perf_counter() - began) * 1000)
        verdicts.append((code, told))

    async def stand(http: aiohttp.ClientSession, group: list[dict[str, str]]) -> None:
        for codes in left:
            await asyncio.gather(*(scan(http, phone, code) for phone, code in zip(group, codes, strict=True)))
            if time.perf_counter() > deadline:
                return

    size = len(plan["codes"][0])
    groups = [phones[start : start + size] for start in range(0, len(phones), size)]
    async with _session(len(phones)) as http:
        began = time.perf_counter()
        await asyncio.gather(*(stand(http, group) for group in groups))
    return {"seconds": time.perf_counter() - began, "milliseconds": milliseconds, "verdicts": verdicts}


async def shop(plan: Plan) -> Plan:
    """So many shoppers at once, each beginning anew until the purchases, or the seconds, are used up."""
    deadline = time.perf_counter() + plan["seconds"]
    left: Iterator[dict[str, str]] = iter(plan["purchases"])
    visits: list[Visit] = []

    async def keep_buying(connector: aiohttp.BaseConnector) -> None:
        for purchase in left:
            visits.append(await Shopper(connector).visit(Purchase(**purchase)))
            if time.perf_counter() > deadline:
                return

    async with aiohttp.TCPConnector(limit=0) as connector:
        began = time.perf_counter()
        await asyncio.gather(*(keep_buying(connector) for _ in range(plan["shoppers"])))
    return {"seconds": time.perf_counter() - began, "visits": [asdict(visit) for visit in visits]}


async def _request(http: aiohttp.ClientSession, request: dict[str, Any]) -> list[str]:
    """Make a request; what was wrong with the answer."""
    method, body = request.get("method", "GET"), request.get("body")
    try:
        async with http.request(
            method, request["url"], data=body, headers=request["headers"], allow_redirects=False
        ) as response:
            await response.read()
            return [] if response.status == request.get("status", 200) else [f"status {response.status}"]
    except (aiohttp.ClientError, TimeoutError) as error:
        return [f"{type(error).__name__}: {error}"]


def _session(connections: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections), cookie_jar=aiohttp.DummyCookieJar(), timeout=TIMEOUT
    )


KINDS: dict[str, Callable[[Plan], Awaitable[Plan]]] = {"steady": steady, "paced": paced, "door": door, "shop": shop}


async def main() -> None:
    plan = json.load(sys.stdin)
    json.dump(await KINDS[plan["kind"]](plan), sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
