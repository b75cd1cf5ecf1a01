"""The mailbox: every e-mail that was accepted, and each one as it looks."""

import re
from typing import Final

from integrations.sandbox.pages.markup import Html, tag
from integrations.sandbox.pages.parts import GOOD, SHOWN, Row, by_time, code, folded, moment, newest, section
from integrations.sandbox.world import Entry, World

MAIL_PROVIDERS: Final = {"sendgrid": "SendGrid", "resend": "Resend"}
HEAD: Final = re.compile(r"<head[^>]*>", re.IGNORECASE)


def view(world: World) -> Html:
    return section(
        "Mailbox",
        recent(world, SHOWN),
        "Every e-mail the shop sends lands here instead of with the shopper: receipts, tickets, refunds.",
        name="mails",
        total=total(world),
    )


def recent(world: World, limit: int) -> list[Row]:
    entries = [mail for provider in MAIL_PROVIDERS for mail in newest(world.book(provider, "mails"), limit)]
    return by_time(map(_row, entries), limit)


def total(world: World) -> int:
    return sum(len(world.book(provider, "mails")) for provider in MAIL_PROVIDERS)


def find(world: World, mail_id: str) -> Entry | None:
    return next((m for p in MAIL_PROVIDERS if (m := world.book(p, "mails").get(mail_id)) is not None), None)


def one(mail: Entry) -> Html:
    """A mail with its headers, its HTML in a frame that runs no scripts, and its text."""
    facts = [
        ("From", mail["from"]),
        ("To", ", ".join(mail["to"])),
        ("Cc", ", ".join(mail["cc"])),
        ("Reply to", ", ".join(mail["reply_to"])),
        ("Attachments", ", ".join(mail["attachments"])),
        *mail["headers"].items(),
        *mail["custom_args"].items(),
    ]
    body = (
        tag(
            "iframe",
            src=f"/_sandbox/mail/{mail['id']}/html",
            title="The e-mail as it looks",
            sandbox="allow-popups allow-popups-to-escape-sandbox",
            class_="mail",
        )
        if mail["html"]
        else code(mail["text"], "Text of the e-mail")
    )
    return tag(
        "section",
        tag("p", tag("a", "Back to the mailbox", href="/_sandbox/?view=mail")),
        tag("h2", mail["subject"]),
        tag("p", f"Accepted by {MAIL_PROVIDERS[mail['provider']]} at ", moment(mail["created"]), class_="note"),
        tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts if value], class_="facts"),
        body,
        folded("mail-text", "Plain-text part", code(mail["text"], "Plain-text part"))
        if mail["html"] and mail["text"]
        else None,
        class_="panel",
    )


def html_of(mail: Entry) -> str:
    """The HTML as sent, save that its links open outside the frame."""
    base = '<base target="_blank">'
    html: str = mail["html"]
    return HEAD.sub(lambda head: head[0] + base, html, count=1) if HEAD.search(html) else base + html


def _row(mail: Entry) -> Row:
    attachments = [f"Attached: {', '.join(mail['attachments'])}"] if mail["attachments"] else []
    return Row(
        at=mail["created"],
        title=mail["subject"],
        status=f"via {MAIL_PROVIDERS[mail['provider']]}",
        tone=GOOD,
        lines=[f"To {', '.join(mail['to'])}", *attachments],
        link=f"/_sandbox/mail/{mail['id']}",
    )
