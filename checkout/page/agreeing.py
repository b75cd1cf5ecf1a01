"""What stands beside the button that a shopper presses, in the words of the page, for the evidence of their consent."""

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from checkout.models import Run
from checkout.page.presenting import accept_label, method_label, submit_label, upgrade_bill
from funnels.pricing.quoting import Quote
from funnels.pricing.upgrading import Replaced
from funnels.spec import StepSpec
from orders.models import Payment
from orders.rights import consenting


def keep_checkout(payment: Payment, run: Run, step: StepSpec, wanted: Quote, ip: str | None) -> None:
    terms = run.spec.merchant.terms_url
    # The same sentence as in components/submit.html.
    statement = _('By paying you accept the <a href="%(url)s">terms of sale</a>.') % {"url": terms} if terms else ""
    button = submit_label(wanted, run.spec.locale)
    _keep(payment, run, _agreed(run, step, wanted, button=button, statement=strip_tags(statement)), ip)


def keep_offer(
    payment: Payment, run: Run, step: StepSpec, wanted: Quote, ip: str | None, *, replaced: Replaced | None
) -> None:
    statement = _decision(payment, wanted, run.spec.locale, replaced)
    _keep(payment, run, _agreed(run, step, wanted, button=accept_label(step), statement=statement), ip)


def _decision(payment: Payment, wanted: Quote, locale: str, replaced: Replaced | None) -> str:
    """The same sentences as in components/decision.html."""
    told = {"total": wanted.money.format(locale), "method": method_label(payment)}
    if replaced is None:
        return _("If you say yes, %(total)s is charged to your %(method)s. There is nothing to fill in.") % told
    bill = upgrade_bill(replaced, wanted, locale)
    told |= {"new": bill.name, "old": bill.replaced}
    if bill.free:
        return _("If you say yes, you get %(new)s in place of %(old)s. Nothing more is charged.") % told
    return (
        _(
            "If you say yes, you get %(new)s in place of %(old)s, and the difference of %(total)s is charged to your %(method)s. There is nothing to fill in."
        )
        % told
    )


def _keep(payment: Payment, run: Run, what: consenting.Agreed, ip: str | None) -> None:
    consenting.keep(payment, what, ip=ip, user_agent=run.user_agent)


def _agreed(run: Run, step: StepSpec, wanted: Quote, *, button: str, statement: str) -> consenting.Agreed:
    return consenting.agreed(
        spec=run.spec, version_id=run.version_id, step=step, quote=wanted, button=button, statement=statement
    )
