"""Staff send a stored mail once more: the very bytes with their attachments, once for each time they mean it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.outbox.models import Job
from orders.models import Event, Mail, Order
from tests import factories, racing, working
from tests.admin.conftest import Shop, client_of
from tests.concurrency.conftest import held
from tests.sandbox_client import Sandbox


@pytest.fixture
def order(fern: Shop, sandbox: Sandbox) -> Order:
    made = factories.tickets_bought(sandbox, factories.festival(mailer="resend", merchant=fern.merchant), Weekend=2)
    assert working.do("mail.receipt") == "done"
    return made


def address(order: Order, deed: str = "mail_again") -> str:
    return reverse(f"admin:orders_order_{deed}", args=[order.pk, Mail.objects.order_by("pk")[0].pk])


def press(client: Client, order: Order) -> dict[str, Any]:
    """What the button on the mail's page sends."""
    return {"copy": client.get(address(order, "mail")).context["copy"]}


def letters(sandbox: Sandbox) -> list[dict[str, Any]]:
    return list(sandbox.books("resend")["mails"].values())


@pytest.mark.django_db
def test_the_very_mail_goes_out_once_more_with_its_tickets(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    answer = fern.client.post(address(order), press(fern.client, order), follow=True)

    said = f"“Your tickets from Fern, order {order.number}” is on its way to ada@example.com."
    assert [str(message) for message in answer.context["messages"]] == [said]
    assert working.do("mail.again") == "done"
    first, again = letters(sandbox)
    assert {name: again[name] for name in ("to", "subject", "html", "text", "attachments")} == {
        name: first[name] for name in ("to", "subject", "html", "text", "attachments")
    }
    assert again["attachments"] == [f"tickets-{order.number}.pdf"]
    contents = {bytes(each.content) for letter in Mail.objects.all() for each in letter.attachments.all()}
    assert len(contents) == 1
    assert Event.objects.get(kind="mail.sent_again").actor == "fern-staff"


@pytest.mark.django_db
def test_a_button_pressed_twice_sends_one_and_pressed_anew_another(fern: Shop, order: Order, sandbox: Sandbox) -> None:
    pressed = press(fern.client, order)
    for _click in range(2):
        assert fern.client.post(address(order), pressed).status_code == 302
    assert working.do("mail.again") == "done"
    fern.client.post(address(order), pressed)
    assert len(letters(sandbox)) == 2
    assert Job.objects.unfinished().filter(kind="mail.again").count() == 0

    fern.client.post(address(order), press(fern.client, order))
    assert working.do("mail.again") == "done"
    assert len(letters(sandbox)) == 3


@pytest.mark.django_db
def test_without_the_right_and_at_another_merchant_nothing_is_sent(fern: Shop, moss: Shop, order: Order) -> None:
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("orders.view_order", "orders.note_order")))
    assert "Send it again" in fern.client.get(address(order, "mail")).content.decode()
    assert "Send it again" not in reader.get(address(order, "mail")).content.decode()

    assert reader.post(address(order), {"copy": "1"}).status_code == 403
    assert moss.client.post(address(order), {"copy": "1"}).status_code == 404
    theirs = factories.order(moss.version)
    mixed = reverse("admin:orders_order_mail_again", args=[theirs.pk, Mail.objects.get().pk])
    assert moss.client.post(mixed, {"copy": "1"}).status_code == 404
    assert fern.client.get(address(order)).status_code == 405

    assert (Mail.objects.count(), Job.objects.filter(kind="mail.again").count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_send_one(fern: Shop, order: Order) -> None:
    client, target = fern.client, address(order)
    pressed = press(client, order)
    with held(order):
        clicks = [racing.start(lambda: client_of(fern.staff).post(target, pressed).status_code) for _ in range(2)]
        racing.wait_until_blocked(2)
    assert [click.result(timeout=30) for click in clicks] == [302, 302]
    assert Mail.objects.filter(key__contains=":again:").count() == 1
