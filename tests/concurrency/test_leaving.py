"""A shopper who reaches the end of the funnel and a refund at the same moment do not lock each other out."""

import pytest
from django.db import transaction

from checkout import runs
from checkout.models import Run
from funnels.flow import Move
from orders import announcing
from orders.locks import lock_order
from orders.models import Event
from tests import factories
from tests.orders.attempts import paid
from tests.racing import start, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)


def test_declining_the_last_offer_waits_for_a_refund_instead_of_blocking_it() -> None:
    order = paid().order
    walk = factories.run(order.version, order=order)
    walk.step = "travel-kit"
    walk.save(update_fields=["step"])
    with transaction.atomic():
        lock_order(order.pk)
        leaving = start(runs.decline, Run.objects.get(pk=walk.pk), walk.current)
        wait_until_blocked(1)
        announcing.funnel_ended(order)
    leaving.result(timeout=10)
    walk.refresh_from_db()
    assert (walk.step, walk.status) == ("thanks", "finished")
    assert Event.objects.filter(order=order, kind="offer.declined").count() == 1
    assert runs.move_on(walk, Move.DECLINED, at="travel-kit") is False
