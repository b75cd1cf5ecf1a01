"""The pieces that every view is made of: sections, rows, status marks, times, amounts, words for what is empty."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from integrations.sandbox.pages.markup import Html, tag
from integrations.sandbox.world import Collection, Entry

SHOWN = 60
ZERO_DECIMAL = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF"})

GOOD, WAITING, BAD, QUIET = "good", "waiting", "bad", "quiet"


@dataclass(frozen=True)
class Row:
    """One thing a provider received. `tone` colours `status`; `lines` are the smaller facts under the title."""

    at: float
    title: str
    status: str
    tone: str
    amount: str = ""
    lines: Sequence[str] = ()
    link: str | None = None
    more: Html | None = None


def newest(collection: Collection, limit: int = SHOWN) -> list[Entry]:
    """The last entries of a collection, newest first."""
    return list(islice(reversed(collection.values()), limit))


def by_time(rows: Iterable[Row], limit: int = SHOWN) -> list[Row]:
    return sorted(rows, key=lambda row: row.at, reverse=True)[:limit]


def section(heading: str, rows: Sequence[Row], empty: str, *, name: str, total: int | None = None) -> Html:
    """A headed list of rows, or the words that say what will appear there. `name` keeps it apart for live refresh."""
    count = len(rows) if total is None else total
    body = tag("ul", map(_row, rows), class_="rows") if rows else tag("p", empty, class_="empty")
    note = f"The newest {len(rows)} of {count} are shown." if count > len(rows) else None
    return tag(
        "section",
        tag("h2", heading, " ", tag("span", str(count), class_="count"), id=f"{name}-heading"),
        body,
        tag("p", note, class_="note") if note else None,
        id=name,
        class_="panel",
        data_live=True,
        aria_labelledby=f"{name}-heading",
    )


def mark(status: str, tone: str) -> Html:
    return tag("span", status, class_=f"mark {tone}")


def moment(at: float) -> Html:
    """A time of day, in UTC until the page's script shows it in the reader's own zone."""
    exact = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return tag("time", f"{exact[11:19]} UTC", datetime=exact)


def money(minor_units: int, currency: str) -> str:
    currency = currency.upper()
    digits = f"{minor_units:,}" if currency in ZERO_DECIMAL else f"{minor_units / 100:,.2f}"
    return f"{digits} {currency}"


def folded(name: str, summary: str, *content: Html) -> Html:
    """Detail that opens on demand and stays open across live refreshes."""
    return tag("details", tag("summary", summary), *content, id=name)


def code(text: str, label: str) -> Html:
    return tag("pre", tag("code", text), tabindex="0", role="region", aria_label=label)


def _row(row: Row) -> Html:
    title = tag("a", row.title, href=row.link) if row.link else Html(tag("span", row.title))
    return tag(
        "li",
        tag("div", tag("p", title, class_="title"), [tag("p", line, class_="line") for line in row.lines], row.more),
        tag(
            "div",
            tag("p", row.amount, class_="amount") if row.amount else None,
            tag("p", mark(row.status, row.tone)),
            tag("p", moment(row.at), class_="when") if row.at else None,
            class_="side",
        ),
    )
