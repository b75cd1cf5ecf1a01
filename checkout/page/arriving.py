"""What the thank-you page says of offers that were taken although their money takes days: on its way, or not come in the end."""

from django.utils.translation import gettext as _

from checkout import runs
from checkout.models import Run
from checkout.page import messages
from funnels.flow import Move
from orders.models import Payment
from orders.states import PaymentState


def sentences(run: Run, payments: list[Payment]) -> tuple[str, ...]:
    """One for each offer that the run left with a yes and that is not paid; asks nothing."""
    taken = [entry["step"] for entry in run.path if entry["move"] == Move.ACCEPTED]
    ended = [payment for step in taken if (payment := runs.latest(payments, step)) is not None]
    return tuple(text for payment in ended if (text := _sentence(run, payment)))


def _sentence(run: Run, payment: Payment) -> str:
    """Empty for a payment that is on the order, or that staff have to decide on."""
    if payment.sold_out:
        return messages.given_back(payment)
    if payment.is_final:
        return ""
    said = {
        "items": ", ".join(line.name for line in payment.quote.lines),
        "amount": payment.money.format(run.spec.locale),
        "email": payment.order.email,
    }
    if payment.state == PaymentState.FAILED:
        return _(
            "The money for %(items)s, %(amount)s, did not arrive from your bank. Nothing was charged for it, and it is not "
            "part of your order."
        ) % {"items": said["items"], "amount": said["amount"]}
    if run.spec.mailer is None:
        return _(
            "%(items)s, %(amount)s: your bank has your approval, and the money can take several days to arrive. As soon as "
            "it is there, this page shows it with your order."
        ) % {"items": said["items"], "amount": said["amount"]}
    return (
        _(
            "%(items)s, %(amount)s: your bank has your approval, and the money can take several days to arrive. We will "
            "write to %(email)s when it has arrived, and also if it does not."
        )
        % said
    )
