"""Charts as geometry: what a template draws as inline SVG and labels in HTML. Every chart carries the table behind it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

from django.utils.formats import date_format

WIDTH, HEIGHT = 1000.0, 100.0
TICKS = 4
X_LABELS = 6


@dataclass(frozen=True, slots=True)
class Tick:
    """`at` is percent of the height from below, or of the width from the left."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A day of a line chart: where the pointer finds it, and what it says."""

    x: str
    width: str
    title: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """`line` and `area` are the period's path, `beside` the dashed path of the one that it is compared with."""

    key: str
    title: str
    summary: str
    line: str
    area: str
    beside: str
    y: tuple[Tick, ...]
    x: tuple[Tick, ...]
    spots: tuple[Spot, ...]
    legend: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """`share` is percent of the longest bar; `solid` is the filled part of it, where a bar has one."""

    label: str
    value: str
    share: str
    solid: str = ""
    note: str = ""
    url: str = ""


type Values = Sequence[float | None]
type Words = Callable[[float], str]


def line_chart(
    key: str,
    title: str,
    days: Sequence[date],
    values: Values,
    *,
    words: Words,
    beside: Values = (),
    legend: Sequence[str] = (),
    summary: str = "",
) -> LineChart:
    """Values by day; None leaves a gap. `words` writes a value, `beside` has as many values of other days."""
    highest = max((value for value in (*values, *beside) if value is not None), default=0)
    top = nice_top(highest)
    steps = range(TICKS + 1) if highest > 0 else range(1)
    return LineChart(
        key=key,
        title=title,
        summary=summary,
        line=_path(values, top),
        area=_area(values, top),
        beside=_path(beside, top),
        y=tuple(Tick(f"{100 * step / TICKS:.2f}", words(top * step / TICKS)) for step in steps),
        x=tuple(_x_labels(days)),
        spots=tuple(_spots(days, values, words)),
        legend=tuple(legend),
        headings=(title, *legend[1:]),
        rows=tuple(_rows(days, values, beside, words)),
    )


def bars(entries: Iterable[tuple[str, float, str]], *, url: str = "") -> tuple[Bar, ...]:
    """Bars of (label, length, words), as long as their share of the longest."""
    found = list(entries)
    longest = max((length for _label, length, _words in found), default=0)
    return tuple(Bar(label, words, percent_of(length, longest), url=url) for label, length, words in found)


def percent_of(part: float, whole: float) -> str:
    """Percent with a point, as CSS and SVG read it; no bar that stands for something is invisible."""
    return f"{max(100 * part / whole, 0.6 if part else 0):.2f}" if whole else "0"


def nice_top(value: float) -> float:
    """The end of an axis: the next of 1, 2, 4, 6, 8 or 10 times a power of ten."""
    if value <= 0:
        return 1
    power = 10.0 ** floor(log10(value))
    return float(next(step for step in (1, 2, 4, 6, 8, 10) if step * power >= value * 0.9999) * power)


def sparkline(values: Values) -> str:
    """A small line without axes, in a box of 100 by 24."""
    top = max((value for value in values if value is not None), default=0) or 1
    return _path(values, top, width=100, height=24, margin=2)


def _path(values: Values, top: float, *, width: float = WIDTH, height: float = HEIGHT, margin: float = 0) -> str:
    parts, drawing = [], False
    for number, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        y = height - margin - value / top * (height - 2 * margin)
        parts.append(f"{'L' if drawing else 'M'}{_x(number, len(values), width):.1f} {y:.2f}")
        drawing = True
    return "".join(parts) + ("h0.01" if len(parts) == 1 else "")


def _area(values: Values, top: float) -> str:
    known = [0 if value is None else value for value in values]
    return f"{_path(known, top)}V{HEIGHT:.0f}H0Z" if len(known) > 1 else ""


def _x(number: int, count: int, width: float) -> float:
    return width / 2 if count == 1 else width * number / (count - 1)


def _x_labels(days: Sequence[date]) -> Iterable[Tick]:
    every = max(1, ceil((len(days) - 1) / X_LABELS))
    for number in range(0, len(days), every):
        yield Tick(f"{_x(number, len(days), 100):.2f}", date_format(days[number], "j M"))


def _spots(days: Sequence[date], values: Values, words: Words) -> Iterable[Spot]:
    width = WIDTH / max(len(days), 1)
    for number, (day, value) in enumerate(zip(days, values, strict=True)):
        left = min(max(_x(number, len(days), WIDTH) - width / 2, 0), WIDTH - width)
        said = "–" if value is None else words(value)
        yield Spot(f"{left:.1f}", f"{width:.1f}", f"{date_format(day, 'D j M Y')}: {said}")


def _rows(days: Sequence[date], values: Values, beside: Values, words: Words) -> Iterable[tuple[str, ...]]:
    columns = (values, beside) if beside else (values,)
    for number, day in enumerate(days):
        cells = (column[number] for column in columns)
        yield (date_format(day, "D j M Y"), *("–" if cell is None else words(cell) for cell in cells))
