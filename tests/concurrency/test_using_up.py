"""A rush for a coupon uses it exactly as often as its limit says. The guard has a control that overspends when it is off."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection

from checkout import paying
from checkout.models import Run
from funnels.models import Coupon, FunnelVersion
from funnels.pricing.quoting import quote
from orders import redeeming
from orders.auditing import audit
from orders.models import Order, Payment, Redemption
from orders.payments.charging import Browser
from tests import factories, racing

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS, LIMIT = 12, 4
USED, REFUSED = "used", "refused"


@pytest.fixture
def version() -> FunnelVersion:
    return factories.published(offers=False)


@pytest.fixture
def coupon(version: FunnelVersion) -> Coupon:
    """It makes the checkout free, so that a purchase needs no gateway and the coupon alone decides."""
    return factories.coupon("FREE", merchant=version.funnel.merchant, percent=100, limit=LIMIT)


def buy(run: Run, coupon: Coupon, email: str) -> str:
    step = run.spec.steps["checkout"]
    wanted = quote(step, coupon=coupon.discount())
    contact = replace(factories.CONTACT, email=email)
    try:
        paying.pay(run=run, step=step, contact=contact, wanted=wanted, browser=Browser(), ip=None)
    except redeeming.CouponRefused:
        return REFUSED
    except IntegrityError as error:
        return "stopped by the database" if "coupon_within_limit" in str(error) else "broken"
    return USED


def rush(version: FunnelVersion, coupon: Coupon, *, email: str = "") -> Counter[str]:
    """Everybody pays at the same moment, each a shopper of their own unless an `email` is given."""
    runs = [factories.run(version) for _ in range(BUYERS)]
    deeds = [lambda run=run: buy(run, coupon, email or f"{run.pk}@example.com") for run in runs]
    return Counter(racing.at_once(*deeds))


def test_exactly_as_many_use_it_as_it_allows(version: FunnelVersion, coupon: Coupon) -> None:
    assert rush(version, coupon) == {USED: LIMIT, REFUSED: BUYERS - LIMIT}
    assert Coupon.objects.get().used == Redemption.objects.count() == Payment.objects.count() == LIMIT
    assert set(Order.objects.values_list("state", "total", "discount")) == {("completed", 0, 4900)}
    assert audit() == []


def test_one_customer_in_many_tabs_uses_it_as_often_as_one_may(version: FunnelVersion, coupon: Coupon) -> None:
    Coupon.objects.update(limit=None, limit_per_customer=2)
    assert rush(version, coupon, email="ada@example.com") == {USED: 2, REFUSED: BUYERS - 2}
    assert Coupon.objects.get().used == 2


@pytest.fixture
def read_then_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look first, decide, write later: what the conditional UPDATE is there to replace."""
    everybody_has_looked = threading.Barrier(BUYERS)

    def looked(coupon_id: int) -> bool:
        free = not Coupon.objects.get(pk=coupon_id).is_used_up
        everybody_has_looked.wait(timeout=30)
        if free:
            Coupon.objects.filter(pk=coupon_id).update(used=redeeming.F("used") + 1)
        return free

    monkeypatch.setattr(redeeming, "_take_one", looked)


@pytest.fixture
def without_check(transactional_db: None) -> Iterator[None]:
    check = next(c for c in Coupon._meta.constraints if c.name == "coupon_within_limit")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Coupon, check)
    yield
    Coupon.objects.update(limit=None)
    with connection.schema_editor() as editor:
        editor.add_constraint(Coupon, check)


@pytest.mark.usefixtures("read_then_write", "without_check")
def test_control_reading_first_and_writing_later_gives_it_to_everybody(version: FunnelVersion, coupon: Coupon) -> None:
    assert rush(version, coupon) == {USED: BUYERS}
    assert Coupon.objects.get().used == BUYERS > LIMIT


@pytest.mark.usefixtures("read_then_write")
def test_the_database_alone_stops_it_if_the_condition_fails(version: FunnelVersion, coupon: Coupon) -> None:
    assert rush(version, coupon) == {USED: LIMIT, "stopped by the database": BUYERS - LIMIT}
