"""The demo's catalogue: every funnel is on sale after one seeding, and a second one changes nothing."""

from pathlib import Path

import pytest

from config.demo.processes import StartFailed, alone
from config.demo.seed import seed
from funnels.models import Funnel, Product, StepChoice
from orders.models import Stock

pytestmark = pytest.mark.django_db


def test_it_sells_goods_a_course_and_tickets() -> None:
    assert [funnel.handle for funnel in seed()] == ["serum", "course", "festival"]
    spec = Funnel.objects.get(handle="festival").published.spec  # type: ignore[union-attr]
    assert [(choice.name, choice.item.amount) for choice in spec.steps["checkout"].choices] == [
        ("Weekend ticket", 12900),
        ("Saturday ticket", 6900),
        ("Early bird weekend", 9900),
    ]
    assert spec.sells_tickets
    assert {stock.product.sku: stock.left for stock in Stock.objects.filter(product__event__isnull=False)} == {
        "weekend": 4000,
        "saturday": 4,
        "early-bird": 0,
    }


def test_a_demo_that_was_seeded_before_the_festival_gets_it_too() -> None:
    seed()
    StepChoice.objects.all().delete()
    Funnel.objects.filter(handle="festival").update(handle="renamed-by-staff")
    seed()
    assert set(Funnel.objects.values_list("handle", flat=True)) == {"serum", "course", "festival", "renamed-by-staff"}
    assert Product.objects.filter(sku="weekend").count() == 1


def test_a_second_demo_on_the_same_folder_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with alone(tmp_path / "data"), pytest.raises(StartFailed, match="already running"), alone(tmp_path / "data"):
        pass
    with alone(tmp_path / "data"):
        pass
