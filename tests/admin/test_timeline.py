"""The story of an order: one kind of entries alone, and the order as it was at any of them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.admin.timeline import Entry
from orders.admin.words import sentence
from orders.models import Event, Order
from tests import factories
from tests.admin.conftest import Shop
from tests.sandbox_client import Sandbox


@pytest.fixture
def order(fern: Shop, sandbox: Sandbox) -> Order:
    bought = factories.paid_order(sandbox, fern.version, offer=True)
    Event.objects.create(order=bought, kind="note", actor="fern-staff", data={"text": "Wants it by Friday"})
    return bought


def opened(client: Client, order: Order, **asked: Any) -> Any:
    return client.get(reverse("admin:orders_order_change", args=[order.pk]), asked)


def visible(response: Any) -> list[Entry]:
    return [shown.entry for day in response.context["page"].days for shown in day.entries if not shown.hidden]


def test_an_event_is_told_in_words_and_stays_as_it_was_recorded(order: Order) -> None:
    event = Event(order=order, kind="offer.skipped", data={"step": "checkout", "reason": "insufficient_funds"})

    told = sentence(order, event)

    assert "Checkout" in told
    assert "Insufficient funds" in told
    assert event.data == {"step": "checkout", "reason": "insufficient_funds"}


def test_the_timeline_shows_one_kind_alone_and_counts_every_kind(fern: Shop, order: Order) -> None:
    response = opened(fern.client, order, kind="staff")

    page = response.context["page"]
    assert [entry.text for entry in visible(response)] == ["Wants it by Friday"]
    assert [kind.name for kind in page.kinds if kind.current] == ["staff"]
    counted = {kind.name: kind.count for kind in page.kinds}
    assert counted[""] == len(page.timeline)
    assert counted["staff"] == 1
    assert counted["money"] == sum("money" in entry.kinds for entry in page.timeline)


def test_days_without_an_entry_of_the_kind_are_hidden_with_their_heading(fern: Shop, order: Order) -> None:
    assert [day.hidden for day in opened(fern.client, order, kind="mail").context["page"].days] == [True]
    assert [day.hidden for day in opened(fern.client, order, kind="money").context["page"].days] == [False]


@pytest.mark.parametrize("kind", ["", "everything", "<script>"])
def test_a_kind_that_there_is_not_shows_everything(kind: str, fern: Shop, order: Order) -> None:
    response = opened(fern.client, order, kind=kind)

    assert len(visible(response)) == len(response.context["page"].timeline)


def test_entries_name_steps_by_their_title(fern: Shop, order: Order) -> None:
    title = order.spec.steps["checkout"].title
    assert title == "Checkout"

    response = opened(fern.client, order)

    texts = [entry.text for entry in visible(response)]
    assert "Payment of $49.00 sent to Stripe for “Checkout”" in texts
    assert not any("“checkout”" in text for text in texts)
    assert {payment.step for payment in response.context["page"].payments} == {"Checkout", "Night cream"}


def test_the_slider_goes_from_the_first_entry_to_the_last(fern: Shop, order: Order) -> None:
    events = list(Event.objects.filter(order=order))

    first = opened(fern.client, order, moment=1).context["then"]
    last = opened(fern.client, order, moment=len(events)).context["then"]

    assert (first.place, first.last, first.before, first.after) == (1, len(events), 0, events[1].pk)
    assert (last.place, last.before, last.after) == (len(events), events[-2].pk, 0)
    assert (first.state.text, dict(first.figures)["Paid"]) == ("Pending", "$0.00")
    assert (last.state.text, dict(last.figures)["Paid"]) == ("Completed", "$88.00")


def test_an_entrys_link_and_its_place_on_the_slider_show_the_same_moment(fern: Shop, order: Order) -> None:
    events = list(Event.objects.filter(order=order))

    by_place = opened(fern.client, order, moment=3).context["then"]
    by_event = opened(fern.client, order, then=events[2].pk).context["then"]

    assert by_place == by_event


@pytest.mark.parametrize(
    "asked", [{"moment": "0"}, {"moment": "999"}, {"moment": "-1"}, {"moment": "x"}, {"then": "x"}]
)
def test_a_moment_that_there_was_not_shows_the_order_as_it_is(asked: dict[str, str], fern: Shop, order: Order) -> None:
    response = opened(fern.client, order, **asked)

    assert response.status_code == 200
    assert response.context["then"] is None


def test_the_kind_that_is_shown_stays_when_the_slider_moves(fern: Shop, order: Order) -> None:
    page = opened(fern.client, order, moment=2, kind="money").content.decode()

    assert '<input type="hidden" name="kind" value="money">' in page
    assert "&amp;kind=money#then" in page
    assert "?moment=2&amp;kind=staff#timeline-heading" in page
