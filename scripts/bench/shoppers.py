"""A shopper as the server sees one: cookies, CSRF token, redirects and every form; styles and pictures are not fetched."""

import asyncio
import re
import time
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TOTAL = re.compile(r'id="shown_total" value="(\d+)"')
ORDER = re.compile(r'data-testid="order-number">([^<]+)<')
OFFER = 'data-testid="upsell-offer"'
SOLD_OUT = 'data-testid="sold-out"'
POLL_SECONDS = 0.5
CONTACT = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "phone": "",
    "address": "888 Test Street",
    "city": "Springfield",
    "state": "OR",
    "zipCode": "77777",
    "country": "US",
    "card_hint": "Visa 4242",
    "in_page": "1",
    "quantity": "1",
}


class Stuck(Exception):
    """A page was not the one that had to come."""


@dataclass(slots=True)
class Visit:
    """How far a shopper came; `refused` if what they wanted was sold out. `milliseconds` from the first request to the last page, `paying` the charge's own part."""

    url: str = ""
    cookie: str = ""
    order: str = ""
    refused: bool = False
    milliseconds: float = 0.0
    paying: float = 0.0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What one shopper sets out to do: pay with `token` and decline every offer, or stop at the page named `until`."""

    start: str
    token: str
    email: str
    until: str = "thank-you"


class Shopper:
    """One browser: its cookies go nowhere else, its connections come from the common pool."""

    def __init__(self, connector: aiohttp.BaseConnector) -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        self._http = aiohttp.ClientSession(connector=connector, connector_owner=False, cookie_jar=jar)
        self._url = URL()
        self._page = ""

    async def visit(self, purchase: Purchase) -> Visit:
        """Walk the funnel; what goes wrong is written down, not raised."""
        visit = Visit()
        began = time.perf_counter()
        try:
            await asyncio.wait_for(self._walk(purchase, visit), 120)
        except (Stuck, aiohttp.ClientError, TimeoutError) as error:
            visit.problems.append(f"{type(error).__name__}: {error} at {self._url}")
        visit.milliseconds = (time.perf_counter() - began) * 1000
        visit.url = str(self._url)
        visit.cookie = "; ".join(f"{m.key}={m.value}" for m in self._http.cookie_jar.filter_cookies(self._url).values())
        await self._http.close()
        return visit

    async def _walk(self, purchase: Purchase, visit: Visit) -> None:
        await self._open("GET", purchase.start)
        visit.refused = SOLD_OUT in self._page
        if purchase.until == "checkout" or visit.refused:
            return
        began = time.perf_counter()
        await self._send(
            CONTACT
            | {
                "email": purchase.email,
                "payment_token": purchase.token,
                "shown_total": self._find(TOTAL, "the total"),
            }
        )
        visit.paying = (time.perf_counter() - began) * 1000
        visit.refused = SOLD_OUT in self._page
        while OFFER in self._page and purchase.until != "offer":
            await self._send({"decision": "decline"})
        if purchase.until == "thank-you" and not visit.refused:
            visit.order = self._find(ORDER, "the order number")

    async def _send(self, fields: dict[str, str]) -> None:
        """Send the page's form to its own address, and see an uncertain payment through."""
        await self._open("POST", str(self._url), fields | {"csrfmiddlewaretoken": self._find(CSRF, "the CSRF token")})
        while self._url.path.endswith("/processing/"):
            await asyncio.sleep(POLL_SECONDS)
            await self._open("GET", str(self._url))

    async def _open(self, method: str, url: str, data: dict[str, str] | None = None) -> None:
        headers = {"Referer": str(self._url)} if data else {}
        async with self._http.request(method, url, data=data, headers=headers) as response:
            self._page, self._url = await response.text(), response.url
            if response.status != 200 and SOLD_OUT not in self._page:
                raise Stuck(f"status {response.status}")

    def _find(self, pattern: re.Pattern[str], what: str) -> str:
        match = pattern.search(self._page)
        if match is None:
            raise Stuck(f"the page does not show {what}")
        return match[1]
