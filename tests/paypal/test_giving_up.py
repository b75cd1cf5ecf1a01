"""Approved at PayPal and given up here at the same moment: the money is taken or it is not, never both."""

import threading
from collections.abc import Iterator

import pytest

from integrations.inbox.models import InboundEvent
from integrations.limits.models import LimitCount
from orders import inbound
from orders.models import Event, Payment
from orders.payments import capturing, charging, resolving
from tests import driving, factories, racing
from tests.paypal import buying
from tests.paypal.buying import fresh
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def approved(sandbox: Sandbox) -> Iterator[Payment]:
    """A checkout payment that its shopper has just approved at PayPal."""
    yield buying.approved(sandbox, factories.run(buying.version()))
    sandbox.clear_faults()


def captures(sandbox: Sandbox) -> int:
    return len(buying.captures(sandbox))


def test_once_given_up_it_is_never_captured(sandbox: Sandbox, approved: Payment) -> None:
    assert charging.abandon(payment=fresh(approved)).decline_reason == "abandoned"
    assert charging.complete(payment=fresh(approved)).state == "failed"
    # Also for one who read the payment before it was given up.
    assert charging.complete(payment=approved).state == "failed"
    assert captures(sandbox) == 0


def test_a_change_of_mind_is_no_declined_card(approved: Payment) -> None:
    assert charging.abandon(payment=approved).decline_reason == "abandoned"
    assert not LimitCount.objects.exists()


def test_once_the_capture_has_begun_it_cannot_be_given_up(sandbox: Sandbox, approved: Payment) -> None:
    assert capturing.begin(approved, actor="shopper").state == "pending"
    assert charging.abandon(payment=approved).state == "pending"
    assert charging.complete(payment=fresh(approved)).state == "approved"
    assert captures(sandbox) == 1


def test_an_account_that_does_not_answer_lets_the_shopper_pay_another_way(sandbox: Sandbox, approved: Payment) -> None:
    sandbox.fault("paypal", "status", match="GET /v2/checkout/orders", value=503, times=None)
    assert charging.abandon(payment=fresh(approved)).decline_reason == "abandoned"
    assert captures(sandbox) == 0


def test_a_capture_whose_answer_was_lost_is_found_by_the_job(sandbox: Sandbox, approved: Payment) -> None:
    sandbox.fault("paypal", "cut_after", match="/capture")
    assert charging.complete(payment=fresh(approved)).state == "pending"
    assert charging.complete(payment=fresh(approved)).state == "approved"
    assert captures(sandbox) == 1
    assert Event.objects.filter(kind="payment.capturing").count() == 1


def test_a_capture_that_paypal_refuses_for_good_lets_the_shopper_pay_another_way(
    sandbox: Sandbox, approved: Payment
) -> None:
    sandbox.fault("paypal", "status", match="/capture", value=422)
    failed = charging.complete(payment=fresh(approved))
    assert (failed.state, failed.decline_reason) == ("failed", "gateway_unavailable")
    assert captures(sandbox) == 0


def test_an_order_that_lapsed_before_its_capture_arrived_is_not_waited_for_for_ever(
    sandbox: Sandbox, approved: Payment
) -> None:
    capturing.begin(approved, actor="shopper")
    sandbox.fault("paypal", "status", match="GET /v2/checkout/orders", value=404)
    lapsed = resolving.resolve(fresh(approved))
    assert (lapsed.state, lapsed.decline_reason) == ("failed", "not_charged")
    assert captures(sandbox) == 0


def race(payment: Payment) -> None:
    """Both have asked PayPal how things stand before either acts."""
    mine, theirs = fresh(payment), fresh(payment)
    racing.at_once(lambda: charging.complete(payment=mine), lambda: charging.abandon(payment=theirs))


def line_up_after_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = threading.Barrier(2)
    ask = charging.gateway_for

    def asking(connection: object) -> object:
        gateway = ask(connection)  # type: ignore[arg-type]
        for name in ("complete", "cancel"):
            deed = getattr(gateway, name)

            def together(reference: str, key: str, deed: object = deed) -> object:
                answer = deed(reference, key)  # type: ignore[operator]
                barrier.wait(timeout=10)
                return answer

            setattr(gateway, name, together)
        return gateway

    monkeypatch.setattr(charging, "gateway_for", asking)


def test_a_capture_and_a_change_of_mind_at_once_agree(
    sandbox: Sandbox, approved: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    line_up_after_asking(monkeypatch)
    race(approved)
    assert (fresh(approved).state, captures(sandbox)) in [("approved", 1), ("failed", 0)]


def test_control_without_the_swap_a_payment_that_was_given_up_is_captured(
    sandbox: Sandbox, approved: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = threading.Event()

    def begin_anyway(payment: Payment, *, actor: str) -> Payment:
        given_up.wait(timeout=10)
        payment.state = "pending"
        return payment

    monkeypatch.setattr(capturing, "begin", begin_anyway)
    mine = fresh(approved)
    completing = racing.start(lambda: charging.complete(payment=mine))
    assert charging.abandon(payment=fresh(approved)).state == "failed"
    given_up.set()
    completing.result(timeout=30)
    assert captures(sandbox) == 1


def tell(payment: Payment) -> None:
    """The webhook of the approval comes, and its job asks at once."""
    connection = fresh(payment).connection
    assert connection is not None
    unit = {"custom_id": payment.key}
    resource = {"id": payment.reference, "purchase_units": [unit], "status": "APPROVED"}
    event = InboundEvent(connection=connection, event_id="WH-1", type="CHECKOUT.ORDER.APPROVED")
    event.payload = {"resource": resource}
    inbound.handle(event)
    resolving.resolve(fresh(payment))


@pytest.mark.parametrize("_", range(3))
def test_a_return_a_change_of_mind_and_the_webhook_at_once_agree(sandbox: Sandbox, approved: Payment, _: int) -> None:
    mine, theirs = fresh(approved), fresh(approved)
    racing.at_once(
        lambda: charging.complete(payment=mine),
        lambda: charging.abandon(payment=theirs),
        lambda: tell(approved),
    )
    payment = fresh(approved)
    assert (payment.state, captures(sandbox)) in [("approved", 1), ("failed", 0)]
    assert Event.objects.filter(kind="payment.approved").count() == captures(sandbox)
    assert payment.order.captured == 4900 * captures(sandbox)


class Died(BaseException):
    """The process was killed."""


def test_a_process_that_dies_between_capture_and_settlement_leaves_one_capture_that_is_found(
    sandbox: Sandbox, approved: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_args: object, **_kwargs: object) -> None:
        raise Died

    with monkeypatch.context() as dead:
        dead.setattr(charging.settling, "settle", dying)
        with pytest.raises(Died):
            charging.complete(payment=fresh(approved))
    assert (fresh(approved).state, captures(sandbox)) == ("pending", 1)
    # Who changes their mind now is too late, and is told the truth.
    assert charging.abandon(payment=fresh(approved)).state == "approved"
    assert driving.run_now("payment.resolve") == "done"
    assert (fresh(approved).state, captures(sandbox)) == ("approved", 1)
    assert Event.objects.filter(kind="payment.approved").count() == 1


def test_a_process_that_dies_before_the_capture_is_taken_up_by_the_job(sandbox: Sandbox, approved: Payment) -> None:
    assert capturing.begin(approved, actor="shopper").state == "pending"
    assert captures(sandbox) == 0
    assert driving.run_now("payment.resolve") == "done"
    assert (fresh(approved).state, captures(sandbox)) == ("approved", 1)
