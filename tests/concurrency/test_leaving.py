"""A shopper who reaches the end of the funnel does not wait for a refund that is being written, nor hold it up."""

import pytest
from django.db import transaction

from checkout import runs
from checkout.models import Run
from funnels.flow import Move
from orders.locks import lock_order
from orders.models import Event
from orders.telling import announcing
from tests import factories
from tests.orders.attempts import paid
from tests.racing import start

pytestmark = pytest.mark.django_db(transaction=True)


def test_declining_the_last_offer_does_not_wait_for_a_refund_of_the_order() -> None:
    order = paid().order
    walk = factories.run(order.version, order=order)
    walk.step = "travel-kit"
    walk.save(update_fields=["step"])
    with transaction.atomic():
        lock_order(order.pk)
        start(runs.decline, Run.objects.get(pk=walk.pk), walk.current).result(timeout=10)
        announcing.funnel_ended(order.pk)
    walk.refresh_from_db()
    assert (walk.step, walk.status) == ("thanks", "finished")
    assert Event.objects.filter(order=order, kind="offer.declined").count() == 1
    assert runs.move_on(walk, Move.DECLINED, at="travel-kit") is False
