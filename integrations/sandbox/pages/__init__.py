"""The page for people under /_sandbox/: what each provider received, live. It works without JavaScript."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web

from integrations.sandbox.pages import actions, cards, crm, mails, overview, payments, traffic
from integrations.sandbox.pages.markup import Html, join, tag
from integrations.sandbox.world import World

FOLDER: Final = Path(__file__).parent
STATIC: Final = {"page.css": "text/css", "page.js": "text/javascript"}
TEMPLATE: Final = Template((FOLDER / "templates" / "page.html").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Tab:
    """One view: its name in the navigation and what builds its content."""

    label: str
    build: Callable[[World, web.Request], Html]


TABS: Final = {
    "overview": Tab("Overview", lambda world, _: overview.view(world)),
    "payments": Tab("Payments", lambda world, _: payments.view(world)),
    "crm": Tab("CRM", lambda world, _: crm.view(world)),
    "mail": Tab("Mail", lambda world, _: mails.view(world)),
    "webhooks": Tab("Webhooks", lambda world, _: traffic.webhooks(world)),
    "exchanges": Tab("API calls", lambda world, request: traffic.calls(world, request.query.get("provider"))),
    "faults": Tab("Faults", lambda world, _: actions.view(world)),
    "cards": Tab("Test cards", lambda _world, _request: cards.view()),
}
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY: Final = "sandbox allow-popups allow-popups-to-escape-sandbox; script-src 'none'; object-src 'none'"


def routes(world: World) -> list[web.RouteDef]:
    pages = Pages(world)
    return [
        web.get("/_sandbox/", pages.show),
        web.get("/_sandbox", pages.redirect),
        web.get("/_sandbox/mail/{id}", pages.mail),
        web.get("/_sandbox/mail/{id}/html", pages.mail_html),
        web.get("/_sandbox/static/{name}", pages.static),
        web.post("/_sandbox/do", pages.act),
    ]


class Pages:
    def __init__(self, world: World) -> None:
        self.world = world

    async def redirect(self, _request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("/_sandbox/")

    async def show(self, request: web.Request) -> web.Response:
        """One tab; answers 304 while nothing has changed, which is what the live refresh mostly hears."""
        view = request.query.get("view", "overview")
        if view not in TABS:
            raise web.HTTPNotFound(text="There is no such view.")
        done = actions.ACTIONS.get(request.query.get("done", ""))
        document = _page(
            TABS[view].label, TABS[view].build(self.world, request), current=view, notice=done.done if done else None
        )
        tag_of_page = f'"{hashlib.sha1(document.encode(), usedforsecurity=False).hexdigest()}"'
        headers = {"ETag": tag_of_page, "Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
        if request.headers.get("If-None-Match") == tag_of_page:
            return web.Response(status=304, headers=headers)
        return web.Response(text=document, content_type="text/html", headers=headers)

    async def mail(self, request: web.Request) -> web.Response:
        mail = self._mail(request)
        document = _page(mail["subject"], mails.one(mail), current="mail")
        return web.Response(text=document, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def mail_html(self, request: web.Request) -> web.Response:
        text = mails.html_of(self._mail(request))
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": MAIL_POLICY})

    async def static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in STATIC:
            raise web.HTTPNotFound
        body = (FOLDER / "static" / name).read_bytes()
        return web.Response(
            body=body, content_type=STATIC[name], charset="utf-8", headers={"Cache-Control": "no-cache"}
        )

    async def act(self, request: web.Request) -> web.Response:
        """A button was pressed: do it and go back to the faults, where its effect shows."""
        name = str((await request.post()).get("action", ""))
        action = actions.ACTIONS.get(name)
        if action is None:
            raise web.HTTPBadRequest(text="There is no such action.")
        action.perform(self.world)
        raise web.HTTPSeeOther(f"/_sandbox/?view=faults&done={name}")

    def _mail(self, request: web.Request) -> dict[str, str]:
        mail = mails.find(self.world, request.match_info["id"])
        if mail is None:
            raise web.HTTPNotFound(text="There is no such mail.")
        return mail


def _page(title: str, content: Html, *, current: str, notice: str | None = None) -> str:
    tabs = [
        tag(
            "a",
            shown.label,
            href="/_sandbox/" if view == "overview" else f"/_sandbox/?view={view}",
            aria_current="page" if view == current else None,
        )
        for view, shown in TABS.items()
    ]
    said = tag("p", notice, class_="notice", role="status") if notice else None
    return TEMPLATE.substitute(title=join(title), tabs=join(tabs), content=join(said, content))
