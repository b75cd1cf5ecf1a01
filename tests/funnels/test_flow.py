"""Where a step leads."""

import pytest

from funnels.flow import Move, next_step, thank_you
from funnels.spec import StepKind, StepSpec
from tests.funnels.specs import checkout, funnel, item


@pytest.mark.parametrize(
    ("at", "move", "expected"),
    [
        ("checkout", Move.PAID, "cream"),
        ("cream", Move.ACCEPTED, "thanks"),
        ("cream", Move.DECLINED, "kit"),
        ("kit", Move.ACCEPTED, "thanks"),
        ("kit", Move.DECLINED, "thanks"),
    ],
)
def test_every_move_leads_along_its_edge(at: str, move: Move, expected: str) -> None:
    spec = funnel()
    assert next_step(spec, spec.steps[at], move).key == expected


@pytest.mark.parametrize("edge", ["", "gone"])
def test_a_missing_edge_leads_to_the_thank_you_step(edge: str) -> None:
    spec = funnel(checkout(on_accept=edge), StepSpec("thanks", StepKind.THANK_YOU, "Thank you"))
    assert next_step(spec, spec.steps["checkout"], Move.PAID).key == "thanks"


@pytest.mark.parametrize("move", Move)
def test_the_thank_you_step_leads_to_itself(move: Move) -> None:
    spec = funnel()
    assert next_step(spec, thank_you(spec), move).key == "thanks"


def test_only_upsells_and_downsells_are_offers() -> None:
    assert [kind for kind in StepKind if kind.is_offer] == [StepKind.UPSELL, StepKind.DOWNSELL]


def test_a_funnel_ships_if_its_checkout_does() -> None:
    thanks = StepSpec("thanks", StepKind.THANK_YOU, "Thank you")
    assert not funnel(checkout(), thanks).ships
    assert funnel(checkout(item=item(ships=True)), thanks).ships


def test_a_bump_that_ships_makes_its_step_ship() -> None:
    assert funnel().steps["checkout"].ships


def test_a_funnel_without_offers_has_none() -> None:
    assert funnel().has_offers
    assert not funnel(checkout(), StepSpec("thanks", StepKind.THANK_YOU, "Thank you")).has_offers
