"""A drawing places every step once, along the path, and draws every edge, however unsound the draft is."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from funnels.editor.layout import EXIT, FOOT, HEAD, WIDTH, Layout, Node, lay_out

CHECKOUT, UPSELL, DOWNSELL, THANKS, LOST = range(1, 6)
USUAL = (
    Node(CHECKOUT, {"on_accept": UPSELL}),
    Node(UPSELL, {"on_accept": THANKS, "on_decline": DOWNSELL}),
    Node(DOWNSELL, {"on_accept": THANKS, "on_decline": THANKS}),
    Node(THANKS, {}),
)


def cells(layout: Layout) -> dict[int, tuple[int, int]]:
    return {place.key: (place.column, place.row) for place in layout.places}


def test_the_path_goes_right_and_a_no_leads_below() -> None:
    layout = lay_out(USUAL, CHECKOUT)
    assert cells(layout) == {CHECKOUT: (0, 0), UPSELL: (1, 0), DOWNSELL: (2, 1), THANKS: (3, 0)}
    assert [place.key for place in layout.places] == [CHECKOUT, UPSELL, DOWNSELL, THANKS]


def test_a_card_is_as_high_as_its_exits() -> None:
    heights = {place.key: place.height for place in lay_out(USUAL, CHECKOUT).places}
    assert heights[UPSELL] == HEAD + 2 * EXIT + FOOT
    assert heights[THANKS] == HEAD + FOOT


def test_every_edge_with_a_target_has_a_line_and_a_missing_one_has_none() -> None:
    nodes = (*USUAL[:2], Node(DOWNSELL, {"on_accept": None, "on_decline": 99}), USUAL[3])
    lines = [(line.source, line.exit, line.target) for line in lay_out(nodes, CHECKOUT).lines]
    assert lines == [(CHECKOUT, "on_accept", UPSELL), (UPSELL, "on_accept", THANKS), (UPSELL, "on_decline", DOWNSELL)]


def test_a_line_past_a_column_runs_level_where_no_card_stands() -> None:
    layout = lay_out(USUAL, CHECKOUT)
    past = next(line for line in layout.lines if line.source == UPSELL and line.target == THANKS)
    downsell = next(place for place in layout.places if place.key == DOWNSELL)
    assert f"H{downsell.x + WIDTH:g}" in past.path


def test_what_nothing_leads_to_stands_underneath_and_moves_nothing() -> None:
    layout = lay_out((*USUAL, Node(LOST, {"on_accept": THANKS, "on_decline": None})), CHECKOUT)
    assert cells(layout) == {**cells(lay_out(USUAL, CHECKOUT)), LOST: (0, 2)}
    assert [place.key for place in layout.places if not place.reachable] == [LOST]


def test_a_cycle_is_drawn_as_a_line_that_leads_back() -> None:
    nodes = (*USUAL[:2], Node(DOWNSELL, {"on_accept": THANKS, "on_decline": UPSELL}), USUAL[3])
    back = [(line.source, line.target) for line in lay_out(nodes, CHECKOUT).lines if line.back]
    assert back == [(DOWNSELL, UPSELL)]


def test_a_funnel_without_a_checkout_or_without_steps_is_drawn_too() -> None:
    assert {place.reachable for place in lay_out(USUAL[1:], None).places} == {False}
    assert lay_out((), None) == Layout(width=0.0, height=0.0, places=(), lines=())


@given(st.data())
def test_any_draft_is_drawn_with_each_card_once_and_none_over_another(data: st.DataObject) -> None:
    keys = list(range(data.draw(st.integers(0, 7))))
    target = st.sampled_from([*keys, None]) if keys else st.none()
    names = ("on_accept", "on_decline", "on_skip")
    nodes = [Node(key, {name: data.draw(target) for name in names[: data.draw(st.integers(0, 3))]}) for key in keys]
    layout = lay_out(nodes, data.draw(st.sampled_from([*keys, None])))
    assert sorted(place.key for place in layout.places) == keys
    assert len(layout.lines) == sum(end is not None for node in nodes for end in node.exits.values())
    for one, other in combinations(layout.places, 2):
        apart = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert one.column != other.column or apart
