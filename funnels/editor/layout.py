"""Where the steps of a funnel stand when it is drawn, and how the lines between them run. Pure and deterministic.

Columns follow the path from left to right; the first exit of a step goes on in its row, the others lead below. Steps that
nothing leads to stand underneath. A line that passes a column keeps a lane free of cards; one that leads back runs below
everything. Nothing here fails on a draft that is not sound. All lengths are in rem.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

WIDTH = 15.5
HEAD = 11.0
EXIT = 2.0
FOOT = 0.375
ENTRY = 6.25
ACROSS = 4.5
DOWN = 2.0
LANE = 1.25
AROUND = 1.5


@dataclass(frozen=True, slots=True)
class Node:
    """A step: where its exits lead, by name of the exit in the order in which they are shown; None is nowhere yet."""

    key: int
    exits: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands: its corner at the top left, and its height."""

    key: int
    column: int
    row: int
    x: float
    y: float
    height: float
    reachable: bool


@dataclass(frozen=True, slots=True)
class Line:
    """`path` is SVG path data; `back` tells of a line that leads to where the shopper came from."""

    source: int
    exit: str
    target: int
    path: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """`places` are in reading order: along the path, then what nothing leads to."""

    width: float
    height: float
    places: tuple[Place, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Edge:
    source: int
    exit: str
    target: int
    order: int


type _Item = int | tuple[_Edge, int]  # A card by its key, or a line's lane in a column that it passes.


def lay_out(nodes: Sequence[Node], entry: int | None) -> Layout:
    """Place every node once; `entry` is where shoppers begin."""
    edges = _edges(nodes)
    reached = _reached(entry, edges)
    columns = _columns(nodes, edges, reached)
    rows = _rows(nodes, edges, columns, reached)
    places = _places(nodes, columns, rows, reached)
    lines, bottom = _lines(edges, columns, rows, places)
    ordered = sorted(places.values(), key=lambda place: (not place.reachable, place.column, place.row))
    return Layout(
        width=max((place.x + WIDTH for place in ordered), default=0.0),
        height=bottom,
        places=tuple(ordered),
        lines=lines,
    )


def _edges(nodes: Sequence[Node]) -> list[_Edge]:
    known = {node.key for node in nodes}
    return [
        _Edge(node.key, name, target, order)
        for node in nodes
        for order, (name, target) in enumerate(node.exits.items())
        if target in known and target is not None
    ]


def _reached(entry: int | None, edges: Sequence[_Edge]) -> frozenset[int]:
    reached: set[int] = set()
    waiting = [] if entry is None else [entry]
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting += [edge.target for edge in edges if edge.source == key]
    return frozenset(reached)


def _columns(nodes: Sequence[Node], edges: Sequence[_Edge], reached: frozenset[int]) -> dict[int, int]:
    """Each node one column right of the last that leads to it; what nothing leads to moves no other node."""
    columns: dict[int, int] = {}
    for group in ([n.key for n in nodes if n.key in reached], [n.key for n in nodes if n.key not in reached]):
        forward = list(_forward(group, [e for e in edges if e.source in group and e.target in group]))
        columns |= dict.fromkeys(group, 0)
        for _round in group:
            for edge in forward:
                columns[edge.target] = max(columns[edge.target], columns[edge.source] + 1)
    return columns


def _forward(group: Sequence[int], edges: Sequence[_Edge]) -> Iterator[_Edge]:
    """The edges without those that close a cycle, which are found by walking from the roots on."""
    entered = {edge.target for edge in edges}
    done: set[int] = set()

    def walk(key: int, path: frozenset[int]) -> Iterator[_Edge]:
        if key in done:
            return
        done.add(key)
        for edge in edges:
            if edge.source == key and edge.target not in path:
                yield edge
                yield from walk(edge.target, path | {edge.target})

    for key in sorted(group, key=lambda key: key in entered):
        yield from walk(key, frozenset({key}))


def _rows(
    nodes: Sequence[Node], edges: Sequence[_Edge], columns: Mapping[int, int], reached: frozenset[int]
) -> dict[_Item, int]:
    """The row of every card and lane: as far up as what leads to it allows, two never in one place."""
    rows: dict[_Item, int] = {}
    base = 0
    for within in (True, False):
        mine = [edge for edge in edges if (edge.source in reached) is within]
        for column in range(max(columns.values(), default=-1) + 1):
            cards: list[_Item] = [n.key for n in nodes if columns[n.key] == column and (n.key in reached) is within]
            lanes: list[_Item] = [(e, column) for e in mine if columns[e.source] < column < columns[e.target]]
            wanted = [(_wanted(item, mine, columns, rows, base), item) for item in (*lanes, *cards)]
            free = base
            for wish, item in sorted(wanted, key=lambda pair: pair[0]):
                rows[item] = max(wish, free)
                free = rows[item] + 1
        base = max(rows.values(), default=-1) + 1
    return rows


def _wanted(
    item: _Item, edges: Iterable[_Edge], columns: Mapping[int, int], rows: Mapping[_Item, int], base: int
) -> int:
    if not isinstance(item, int):
        return _comes_from(item[0], item[1], columns, rows)
    coming = [edge for edge in edges if edge.target == item and columns[edge.source] < columns[item]]
    return min((_comes_from(edge, columns[item], columns, rows) for edge in coming), default=base)


def _comes_from(edge: _Edge, column: int, columns: Mapping[int, int], rows: Mapping[_Item, int]) -> int:
    if columns[edge.source] == column - 1:
        return rows[edge.source] + edge.order
    return rows[(edge, column - 1)]


def _places(
    nodes: Sequence[Node], columns: Mapping[int, int], rows: Mapping[_Item, int], reached: frozenset[int]
) -> dict[int, Place]:
    heights = {node.key: HEAD + EXIT * len(node.exits) + FOOT for node in nodes}
    tops = _tops(rows, heights)
    return {
        node.key: Place(
            key=node.key,
            column=columns[node.key],
            row=rows[node.key],
            x=columns[node.key] * (WIDTH + ACROSS),
            y=tops[rows[node.key]],
            height=heights[node.key],
            reachable=node.key in reached,
        )
        for node in nodes
    }


def _tops(rows: Mapping[_Item, int], heights: Mapping[int, float]) -> list[float]:
    """Where each row begins; the last entry is where the last row ends. A row without cards is as thin as its line."""
    sizes = [0.0] * (max(rows.values(), default=-1) + 1)
    for item, row in rows.items():
        sizes[row] = max(sizes[row], heights[item] + DOWN if isinstance(item, int) else LANE)
    tops = [0.0]
    for size in sizes:
        tops.append(tops[-1] + size)
    return tops


def _lines(
    edges: Sequence[_Edge], columns: Mapping[int, int], rows: Mapping[_Item, int], places: Mapping[int, Place]
) -> tuple[tuple[Line, ...], float]:
    """Every line, and how far down the drawing goes."""
    heights = {key: place.height for key, place in places.items()}
    tops = _tops(rows, heights)
    with_cards = {place.row for place in places.values()}
    bottom = max((place.y + place.height for place in places.values()), default=0.0)
    lines = []
    for edge in edges:
        start, end = _port(places[edge.source], edge.order), (places[edge.target].x, places[edge.target].y + ENTRY)
        back = columns[edge.target] <= columns[edge.source]
        if back:
            bottom += LANE
            path = _around(start, end, bottom)
        else:
            passed = range(columns[edge.source] + 1, columns[edge.target])
            lanes = [rows[(edge, column)] for column in passed]
            heights_of_lanes = [tops[row] + (ENTRY if row in with_cards else LANE / 2) for row in lanes]
            stops = [(column * (WIDTH + ACROSS), y) for column, y in zip(passed, heights_of_lanes, strict=True)]
            path = _through(start, stops, end)
        lines.append(Line(edge.source, edge.exit, edge.target, path, back))
    return tuple(lines), bottom


type _Point = tuple[float, float]


def _port(place: Place, order: int) -> _Point:
    return place.x + WIDTH, place.y + HEAD + EXIT * (order + 0.5)


def _through(start: _Point, stops: Sequence[_Point], end: _Point) -> str:
    """From card to card in soft curves, level across every column that is passed."""
    path, at = f"M{start[0]:g} {start[1]:g}", start
    for x, y in (*stops, end):
        middle = (at[0] + x) / 2
        path += f"C{middle:g} {at[1]:g} {middle:g} {y:g} {x:g} {y:g}"
        at = (x, y)
        if at != end:
            at = (x + WIDTH, y)
            path += f"H{at[0]:g}"
    return path


def _around(start: _Point, end: _Point, bottom: float) -> str:
    return f"M{start[0]:g} {start[1]:g}h{AROUND:g}V{bottom:g}H{end[0] - AROUND:g}V{end[1]:g}H{end[0]:g}"
