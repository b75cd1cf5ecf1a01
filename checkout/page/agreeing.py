"""What stands beside the button that a shopper presses, in the words of the page, for the evidence of their consent."""

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from checkout.models import Run
from checkout.page.presenting import method_label, submit_label
from funnels.pricing.quoting import Quote
from funnels.spec import StepSpec
from orders.models import Payment
from orders.rights import consenting


def keep_checkout(payment: Payment, run: Run, step: StepSpec, wanted: Quote, ip: str | None) -> None:
    terms = run.spec.merchant.terms_url
    # The same sentence as in components/submit.html.
    statement = _('By paying you accept the <a href="%(url)s">terms of sale</a>.') % {"url": terms} if terms else ""
    button = submit_label(wanted, run.spec.locale)
    _keep(payment, run, _agreed(run, step, wanted, button=button, statement=strip_tags(statement)), ip)


def keep_offer(payment: Payment, run: Run, step: StepSpec, wanted: Quote, ip: str | None) -> None:
    told = {"total": wanted.money.format(run.spec.locale), "method": method_label(payment)}
    # The same sentence as in components/decision.html; an upgrade tells there what it replaces as well.
    statement = _("If you say yes, %(total)s is charged to your %(method)s. There is nothing to fill in.") % told
    button = step.accept_label or _("Yes, add it to my order")
    _keep(payment, run, _agreed(run, step, wanted, button=button, statement=statement), ip)


def _keep(payment: Payment, run: Run, what: consenting.Agreed, ip: str | None) -> None:
    consenting.keep(payment, what, ip=ip, user_agent=run.user_agent)


def _agreed(run: Run, step: StepSpec, wanted: Quote, *, button: str, statement: str) -> consenting.Agreed:
    return consenting.agreed(
        spec=run.spec, version_id=run.version_id, step=step, quote=wanted, button=button, statement=statement
    )
