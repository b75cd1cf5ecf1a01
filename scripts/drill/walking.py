"""A shopper with bad habits and a bad connection: clicks twice, opens tabs, loses patience, comes back, gives up."""

import asyncio
import html
import json
import random
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from scripts.bench.shoppers import CONTACT, CSRF, OFFER, ORDER, TOTAL
from scripts.drill.plans import COUPON

SECRET = re.compile(r'id="client-secret" type="application/json">(.*?)</script>')
ABANDON = re.compile(r'action="([^"]+/abandon/)"')
SOLD_OUT = " is sold out"
WAYS = re.compile(r'name="gateway" value="([^"]+)"(?: data-kind="(card|wallet)")?')
CARD_PANEL = "way-panel-card"
AT_THE_WALLET = re.compile(r'href="([^"]+/checkoutnow[^"]*)"')
APPROVED, DECLINED, POOR, CHALLENGED = "4242424242424242", "4000000000000002", "4000000000009995", "4000002760003184"
APPLIED = re.compile(r'name="coupon" value="([^"]+)"')
KINDS = re.compile(r'name="(quantity_\d+)" value="(\d+)" min="0" max="(\d+)"')
TIMEOUT = aiohttp.ClientTimeout(total=12)
TRIES = 12
STEPS = 30
POLLS = 24


class GaveUp(Exception):
    """The shopper left; the message says over what."""


@dataclass(slots=True)
class Story:
    """What one shopper lived through. `ended` is "thank-you", or why the shopper left before."""

    number: int
    handle: str
    email: str
    ended: str = ""
    order: str = ""
    habits: list[str] = field(default_factory=list)


class Walker:
    """One browser of one shopper at one funnel; every choice is the shopper's own chance."""

    def __init__(self, connector: aiohttp.BaseConnector, plan: dict[str, Any], number: int) -> None:
        self.chance = random.Random(f"{plan['seed']}:{number}")  # noqa: S311 - not a secret
        self.funnel = self.chance.choice(plan["funnels"])
        self.site, self.sandbox = plan["site"], plan["sandbox"]
        self.story = Story(number, self.funnel["handle"], f"shopper-{number}@example.com")
        self.cards = self._cards()
        self.likes_wallets = self.chance.random() < 0.4
        self.considers = True
        self._jar = aiohttp.CookieJar(unsafe=True)
        self._http = aiohttp.ClientSession(
            connector=connector, connector_owner=False, cookie_jar=self._jar, timeout=TIMEOUT
        )
        self._url, self._page = URL(), ""

    async def walk(self) -> Story:
        try:
            await self._open("GET", f"{self.site}/f/{self.funnel['handle']}/")
            for _ in range(STEPS):
                if await self._step():
                    break
            else:
                self.story.ended = "went in circles"
        except GaveUp as reason:
            self.story.ended = str(reason)
        finally:
            await self._http.close()
        return self.story

    def _cards(self) -> list[str]:
        """The cards that the shopper tries, one after another; the last one again and again."""
        tries = [[APPROVED]] * 6 + [[DECLINED, APPROVED], [POOR, DECLINED, APPROVED]]
        if self.funnel["provider"] == "stripe":
            tries += [[CHALLENGED]] * 2
        return list(self.chance.choice(tries))

    def _feels(self, habit: str, likelihood: float) -> bool:
        if self.chance.random() >= likelihood:
            return False
        self.story.habits.append(habit)
        return True

    async def _step(self) -> bool:
        """Act on the page that is shown; whether the walk is over."""
        if found := ORDER.search(self._page):
            self.story.order, self.story.ended = found[1].strip(), "thank-you"
            return True
        if self._feels("leaves", 0.03):
            raise GaveUp("left")
        if self._url.path.endswith("/processing/"):
            await self._wait()
        elif self._url.path.endswith("/checkoutnow"):
            await self._approve()
        elif OFFER in self._page:
            yes = {"decision": "accept", "in_page": "1"}
            await self._send([yes if self.chance.random() < 0.6 else {"decision": "decline"}])
        elif SOLD_OUT in self._page:
            raise GaveUp("sold out")
        elif TOTAL.search(self._page):
            await self._pay()
        else:
            await self._reload()
        return False

    async def _change_order(self) -> bool:
        """Once a walk: another quantity of what there is to choose from, or a coupon; whether anything was changed."""
        wanted = {}
        if self._feels("tries a coupon", 0.5):
            wanted["coupon_code"] = COUPON
        if (kinds := KINDS.findall(self._page)) and self._feels("wants more tickets", 0.5):
            wanted |= {name: str(min(int(most), self.chance.randint(1, 3))) for name, _quantity, most in kinds}
        self.considers = False
        token = CSRF.search(self._page)
        if not wanted or token is None:
            return False
        form = self._filled() | wanted | {"action": "update", "csrfmiddlewaretoken": token[1]}
        await self._open("POST", str(self._url), form)
        return True

    async def _pay(self) -> None:
        if self.considers and await self._change_order():
            return
        ways = {kind or self._only_kind(): value for value, kind in WAYS.findall(self._page)}
        if "wallet" in ways and (self.likes_wallets or "card" not in ways):
            self.story.habits.append("chooses the wallet")
            forms = [self._filled() | {"gateway": ways["wallet"], "in_page": ""}]
        else:
            card = self.cards.pop(0) if len(self.cards) > 1 else self.cards[0]
            forms = [await self._form(card, ways)]
        if self._feels("second tab", 0.08):
            forms.append(await self._form(APPROVED, ways))
        await self._send(forms)

    async def _form(self, card: str, ways: dict[str, str]) -> dict[str, str]:
        return self._filled() | {"gateway": ways.get("card", ""), "payment_token": await self._token(card)}

    def _filled(self) -> dict[str, str]:
        total, coupon = TOTAL.search(self._page), APPLIED.search(self._page)
        chosen = {name: quantity for name, quantity, _most in KINDS.findall(self._page)}
        return (
            CONTACT
            | chosen
            | {"coupon": coupon[1] if coupon else ""}
            | {"email": self.story.email, "shown_total": total[1] if total else ""}
        )

    def _only_kind(self) -> str:
        """What the page offers where it leaves no choice."""
        return "card" if CARD_PANEL in self._page else "wallet"

    async def _send(self, forms: list[dict[str, str]]) -> None:
        """Send the page's form in this browser's way; whatever happened, the next page tells."""
        token = CSRF.search(self._page)
        if token is None:
            return await self._reload()
        url = str(self._url)
        filled = [form | {"csrfmiddlewaretoken": token[1]} for form in forms]
        if len(filled) == 1 and self._feels("double click", 0.12):
            filled *= 2
        if len(filled) > 1:
            await asyncio.gather(*(self._request("POST", url, form) for form in filled), return_exceptions=True)
            return await self._reload()
        if self._feels("loses patience", 0.06):
            sending = asyncio.ensure_future(self._request("POST", url, filled[0]))
            await asyncio.wait({sending}, timeout=self.chance.uniform(0.01, 0.4))
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            return await self._reload()
        await self._open("POST", url, filled[0])
        if self._feels("reloads", 0.08):
            await self._reload()
        return None

    async def _wait(self) -> None:
        """See an uncertain payment or a challenge through, for as long as a person would."""
        for _ in range(POLLS):
            if not self._url.path.endswith("/processing/"):
                return
            if secret := SECRET.search(self._page):
                await self._confirm(json.loads(html.unescape(secret[1])))
            elif wallet := AT_THE_WALLET.search(self._page):
                await self._open("GET", html.unescape(wallet[1]))
            else:
                await asyncio.sleep(self.chance.uniform(0.3, 0.9))
                await self._reload(str(self._url))
        raise GaveUp("left while the payment was being confirmed")

    async def _confirm(self, secret: str) -> None:
        """The bank asks."""
        if self._feels("leaves at the bank", 0.08):
            raise GaveUp("left at the bank")
        if (abandon := ABANDON.search(self._page)) and self._feels("pays another way", 0.1):
            self.cards = [APPROVED]
            return await self._post_to(urljoin(str(self._url), abandon[1]))
        form = {"client_secret": secret, "framed": "1", "outcome": "fail" if self._feels("fails", 0.15) else "complete"}
        await self._ask_sandbox(f"/stripe/js/api/challenge/{secret.partition('_secret_')[0]}", data=form)
        if self._feels("never comes back from the bank", 0.08):
            raise GaveUp("left at the bank")
        return await self._post_to(str(self._url).replace("/processing/", "/complete/"))

    async def _approve(self) -> None:
        """On the wallet's own page: a yes, a no, an empty account, or nobody who comes back."""
        if self._feels("leaves at the wallet", 0.08):
            raise GaveUp("left at the wallet")
        decision = {"token": self._url.query.get("token", ""), "mode": "page", "outcome": "approve"}
        if self._feels("never comes back from the wallet", 0.1):
            async with self._http.post(f"{self.sandbox}/_sandbox/paypal/approve", json={"order": decision["token"]}):
                raise GaveUp("left at the wallet")
        if self._feels("thinks better of it at the wallet", 0.1):
            decision["outcome"], self.likes_wallets = "cancel", False
        elif self._feels("has nothing in the wallet", 0.1):
            decision["funding"], self.likes_wallets = "declined", False
        elif self._feels("lets the wallet keep nothing", 0.08):
            decision["funding"] = "no_vault"
        await self._open("POST", f"{self.sandbox}/paypal/checkoutnow/decide", decision)

    async def _post_to(self, url: str) -> None:
        token = CSRF.search(self._page)
        await self._open("POST", url, {"csrfmiddlewaretoken": token[1] if token else ""})

    async def _reload(self, url: str = "") -> None:
        await self._open("GET", url or f"{self.site}/f/{self.funnel['handle']}/")

    async def _open(self, method: str, url: str, data: dict[str, str] | None = None) -> None:
        """Ask until the shop answers; a form whose answer is lost is sent again, or its page is opened anew."""
        for _ in range(TRIES):
            try:
                status, page, shown = await self._request(method, url, data)
            except (aiohttp.ClientError, TimeoutError):
                status, page, shown = 0, "", URL()
            if 200 <= status < 500:
                self._page, self._url = page, shown
                return
            await asyncio.sleep(self.chance.uniform(0.2, 1.0))
            if method == "POST" and self.chance.random() < 0.5:
                method, url, data = "GET", f"{self.site}/f/{self.funnel['handle']}/", None
        raise GaveUp("the shop did not answer")

    async def _request(self, method: str, url: str, data: dict[str, str] | None = None) -> tuple[int, str, URL]:
        async with self._http.request(method, url, data=data) as response:
            return response.status, await response.text(), response.url

    async def _token(self, card: str) -> str:
        """What the gateway's own fields make of the card."""
        key = self.funnel["key"]
        if self.funnel["provider"] == "stripe":
            fields = {"key": key, "number": card, "expiry": "12 / 39", "cvc": "123"}
            return str((await self._ask_sandbox("/stripe/js/api/confirmation_tokens", data=fields))["id"])
        fields = {"key": key, "ccnumber": card, "ccexp": "1239", "cvv": "999"}
        return str((await self._ask_sandbox("/nmi/token/api/tokenize", json=fields))["token"])

    async def _ask_sandbox(self, path: str, **body: Any) -> Any:
        async with self._http.post(f"{self.sandbox}{path}", **body) as response:
            response.raise_for_status()
            return await response.json() if response.content_type == "application/json" else None
