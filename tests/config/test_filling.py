"""Made-up orders add up like real ones, and never come near real providers."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.test import override_settings

from checkout.models import Run
from config.filling.catalogue import catalogue
from config.filling.writing import fill
from funnels.models import Funnel
from orders.models import Order, OrderLine, Payment, Refund


@override_settings(STRIPE_API_BASE="https://api.stripe.com")
def test_made_up_orders_are_refused_where_a_provider_is_real(db: None) -> None:
    with pytest.raises(CommandError, match="STRIPE_API_BASE is no sandbox"):
        call_command("fill_orders", orders=1)

    assert Order.objects.count() == 0


def test_made_up_orders_add_up_with_their_lines_payments_and_refunds(db: None) -> None:
    sold = catalogue()

    fill(sold, 200)

    assert Order.objects.count() == 200
    assert len({entry.version for entry in sold}) >= 4
    assert Order.objects.values("merchant").distinct().count() == len({entry.spec.merchant.id for entry in sold})
    summed = Order.objects.annotate(lines_total=Sum("lines__subtotal"))
    assert not summed.exclude(lines_total=F("total")).exists()
    sums = Order.objects.aggregate(captured=Sum("captured"), refunded=Sum("refunded"))
    assert Payment.objects.aggregate(captured=Sum("captured"), refunded=Sum("refunded")) == sums
    assert Refund.objects.aggregate(all=Sum("amount"))["all"] == sums["refunded"]
    assert not OrderLine.objects.exclude(payment=None).exclude(payment__order=F("order")).exists()
    assert Run.objects.filter(order__state="completed").exclude(status="finished").count() == 0
    assert all(payment.quote.total == payment.amount for payment in Payment.objects.all())


def test_a_second_filling_goes_on_where_the_first_ended(db: None) -> None:
    fill(catalogue(), 30)
    funnels = Funnel.objects.count()
    fill(catalogue(), 30)

    assert (Order.objects.count(), Funnel.objects.count()) == (60, funnels)
