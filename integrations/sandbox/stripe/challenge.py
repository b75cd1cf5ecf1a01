"""The bank's authentication page: its buttons decide how a challenge ends. Cancelling is failing, as at Stripe.

In a frame it tells the page around it; as a page of its own it sends the shopper back to `return_url`.
"""

import hmac
from collections.abc import Callable
from html import escape
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import web

from integrations.sandbox.stripe import paying, setup_intents
from integrations.sandbox.stripe.ledger import Ledger
from integrations.sandbox.world import Entry, World

ZERO_DECIMAL = frozenset({"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv",
                          "xaf", "xof", "xpf"})  # fmt: skip
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/stripe/js/challenge.css">
</head>
<body{state}>
<{landmark} class="bank" aria-labelledby="heading">
<div class="head"><p class="mark">Sandbox Bank</p>{cancel}</div>
<h1 id="heading">{title}</h1>
{content}
</{landmark}>
<script src="/stripe/js/challenge.js"></script>
</body>
</html>
"""
QUESTION = """<dl>
<div><dt>Payment</dt><dd>{amount}</dd></div>
<div><dt>Card</dt><dd>{card}</dd></div>
</dl>
<p>This is a test of 3-D Secure. Choose how your bank should answer.</p>
<form id="challenge" method="post" action="/stripe/js/api/challenge/{id}">
<input type="hidden" name="client_secret" value="{secret}">
<input type="hidden" name="framed" value="{framed}">
<button class="primary" name="outcome" value="complete" data-testid="challenge-complete">Complete authentication</button>
<button name="outcome" value="fail" data-testid="challenge-fail">Fail authentication</button>
</form>"""
CANCEL = '<button form="challenge" name="outcome" value="cancel" data-testid="challenge-cancel">Cancel</button>'
OUTCOMES = ("complete", "fail", "cancel")
NOTHING = "<p>There is nothing to confirm here. The payment may already be finished.</p>"
FINISHED = "<p>Thank you. You are being taken back to the shop.</p>"


def routes(world: World) -> list[web.RouteDef]:
    async def ask(request: web.Request) -> web.StreamResponse:
        intent = authorised(world, request.match_info["id"], request.query.get("client_secret", ""))
        framed = "1" if request.query.get("framed") == "1" else "0"
        if intent["status"] != "requires_action":
            return page("Nothing to confirm", NOTHING, framed=framed, finished=framed == "1")
        return page("Confirm it’s you", question(world, intent, framed), framed=framed, cancel=CANCEL)

    async def decide(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        intent = authorised(world, request.match_info["id"], str(form.get("client_secret", "")))
        outcome = form.get("outcome")
        if outcome not in OUTCOMES:
            raise web.HTTPBadRequest(text=f"outcome must be one of {', '.join(OUTCOMES)}")
        if intent["status"] == "requires_action":
            finish(intent)(Ledger(world, intent["account"]), intent, authenticated=outcome == "complete")
        target = intent["private"].get("return_url")
        if form.get("framed") == "1" or not target:
            return page("Finished", FINISHED, framed="1", finished=True)
        raise web.HTTPSeeOther(way_back(target, intent))

    return [
        web.get("/stripe/js/challenge/{id}", ask),
        web.post("/stripe/js/api/challenge/{id}", decide),
    ]


def authorised(world: World, intent_id: str, secret: str) -> Entry:
    name = "setup_intents" if intent_id.startswith("seti_") else "payment_intents"
    intent = world.book("stripe", name).get(intent_id)
    if intent is None or not hmac.compare_digest(intent["client_secret"].encode(), secret.encode()):
        raise web.HTTPNotFound(text="No such payment.")
    return intent


def finish(intent: Entry) -> Callable[..., Entry]:
    return setup_intents.finish_challenge if intent["object"] == "setup_intent" else paying.finish_challenge


def question(world: World, intent: Entry, framed: str) -> str:
    method = world.book("stripe", "payment_methods")[intent["payment_method"]]
    return QUESTION.format(
        amount=escape(amount_text(intent)),
        card=escape(f"{method['card']['brand'].title()} ending in {method['card']['last4']}"),
        id=escape(intent["id"]),
        secret=escape(intent["client_secret"]),
        framed=framed,
    )


def amount_text(intent: Entry) -> str:
    if intent["object"] == "setup_intent":
        return "Save this card"
    amount, currency = intent["amount"], intent["currency"]
    text = f"{amount:,}" if currency in ZERO_DECIMAL else f"{amount / 100:,.2f}"
    return f"{text} {currency.upper()}"


def way_back(target: str, intent: Entry) -> str:
    """`return_url` with the parameters that Stripe adds."""
    kind = intent["object"]
    added = urlencode(
        {
            kind: intent["id"],
            f"{kind}_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if intent["status"] in ("succeeded", "requires_capture") else "failed",
        }
    )
    parts = urlsplit(target)
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def page(title: str, content: str, *, framed: str, finished: bool = False, cancel: str = "") -> web.Response:
    """The document; in a frame the page around it already has its main landmark."""
    state = " data-finished" if finished else ""
    landmark = "section" if framed == "1" else "main"
    html = PAGE.format(title=title, content=content, state=state, landmark=landmark, cancel=cancel)
    return web.Response(text=html, content_type="text/html")
