"""The checkout page and the offer page under eight shoppers, next to a bare view of equal queries and size."""

import httpx

from scripts.bench import weights
from scripts.bench.buying import buy
from scripts.bench.figures import Figures
from scripts.bench.generator import BenchFailed, generate
from scripts.stack.parts import Stack

LANES = 8
REQUESTS = 800
SECONDS = 4.0
WARM_UP_SECONDS = 1.0


def measure(stack: Stack, figures: Figures) -> None:
    for handle in ("course", "serum"):
        for kind in ("checkout", "offer"):
            _measure_page(stack, figures, handle, kind)


def _measure_page(stack: Stack, figures: Figures, handle: str, kind: str) -> None:
    name = f"{handle}.{kind}_page"
    parked = buy(stack, [handle], count=LANES, shoppers=LANES, until=kind)["visits"]
    lanes = [{"url": visit["url"], "headers": {"Cookie": visit["cookie"]}} for visit in parked]
    size = _weigh(figures, name, lanes[0])
    bare: dict[str, object] = {
        "url": f"{stack.site}/bare/{figures.value(f'{name}.queries'):.0f}/{size}/",
        "headers": {},
    }
    _load(figures, name, lanes)
    _load(figures, f"{name}.bare", [bare] * LANES)
    rate, floor = figures.value(f"{name}.rate"), figures.value(f"{name}.bare.rate")
    figures.add(f"{name}.rate_to_bare", rate / floor, "ratio")
    figures.add(f"{name}.p95_to_bare", figures.value(f"{name}.p95") / figures.value(f"{name}.bare.p95"), "ratio")


def _load(figures: Figures, name: str, lanes: list[dict[str, object]]) -> None:
    generate("steady", lanes=lanes, count=REQUESTS, seconds=WARM_UP_SECONDS)
    found = generate("steady", lanes=lanes, count=REQUESTS, seconds=SECONDS)
    if found["problems"]:
        raise BenchFailed(f"{name}: {len(found['problems'])} requests failed, the first with {found['problems'][0]}")
    figures.add(f"{name}.rate", len(found["milliseconds"]) / found["seconds"], "1/s")
    figures.add_latencies(name, found["milliseconds"])
    alone = generate("steady", lanes=lanes[:1], count=REQUESTS // LANES, seconds=WARM_UP_SECONDS)
    figures.add_latencies(f"{name}.alone", alone["milliseconds"])


def _weigh(figures: Figures, name: str, lane: dict[str, object]) -> int:
    """Print the page's weights; returns the size of its HTML."""
    url, headers = str(lane["url"]), dict[str, str](lane["headers"])  # type: ignore[call-overload]
    with httpx.Client(timeout=30) as http:
        body, served, zipped = weights.html(http, url, headers["Cookie"])
        figures.add(f"{name}.html_served", served, "bytes")
        figures.add(f"{name}.html_gzip", zipped, "bytes")
        figures.add(f"{name}.css_js_served", weights.assets(http, url, body.decode()), "bytes")
    return len(body)
