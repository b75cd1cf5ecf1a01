"""Opening every page of somebody's work over HTTP, one after another, as one person does."""

import time
from collections.abc import Iterable, Mapping

import httpx
from django.utils.html import escape

from scripts.bench.figures import Figures, percentile
from scripts.bench.generator import BenchFailed
from scripts.bench.staff.addresses import Address
from scripts.stack.parts import Stack

TIMES = 3
# A page that takes so long is not opened again and again: the bench has an end.
SLOW_SECONDS = 2.0


def measure(stack: Stack, figures: Figures, who: str, cookies: Mapping[str, str], addresses: Iterable[Address]) -> None:
    """The middle one of three times for each page, and the slowest page of all; the first time is not counted."""
    middles: dict[str, float] = {}
    with httpx.Client(base_url=stack.site, cookies=dict(cookies), timeout=120) as http:
        for address in addresses:
            middles[address.name] = _milliseconds(http, address)
            figures.add(f"{who}.{address.name}", middles[address.name], "ms")
    slowest = max(middles, key=middles.__getitem__)
    figures.add(f"{who}.slowest ({slowest})", middles[slowest], "ms")


def _milliseconds(http: httpx.Client, address: Address) -> float:
    found = [_once(http, address)]
    while len(found) <= TIMES and found[-1] < SLOW_SECONDS * 1000:
        found.append(_once(http, address))
    return percentile(found[1:] or found, 50)


def _once(http: httpx.Client, address: Address) -> float:
    began = time.perf_counter()
    response = http.get(address.url)
    took = (time.perf_counter() - began) * 1000
    if response.status_code != httpx.codes.OK:
        raise BenchFailed(f"{address.name} answered {response.status_code}")
    if address.shows and escape(address.shows) not in response.text:
        raise BenchFailed(f"{address.name} does not show {address.shows}")
    if address.hides and address.hides in response.text:
        raise BenchFailed(f"{address.name} leads to {address.hides}")
    return took
