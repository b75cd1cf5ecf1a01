"""What must be true of a draft's offers: rules that can be read and met, upgrades whose difference can be charged."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from funnels.models import Step
from funnels.rules import Fact, RuleError, parse, with_fact
from funnels.soundness.problems import Problem
from funnels.soundness.routes import reachable


def offer_problems(steps: list[Step]) -> Iterator[Problem]:
    for step in steps:
        if step.is_offer:
            yield from _rule(step, steps)
        elif step.rule or step.on_skip_id or step.on_payment_declined_id or step.replaces_main:
            message = _("Only an offer can have a rule, routes of its own, or be an upgrade.")
            yield Problem(step, message, _("Take them off this step, or make it an upsell or a downsell."))
    yield from _upgrades(steps)


def _rule(step: Step, steps: list[Step]) -> Iterator[Problem]:
    try:
        rule = parse(step.rule)
    except RuleError as error:
        yield Problem(step, str(error), _("Mend the rule of this offer."))
        return
    sold = {price.product.sku for other in steps if other != step for price in other.prices}
    asked = dict.fromkeys(sku for condition in with_fact(rule, Fact.PRODUCTS) for sku in condition.values)
    for sku in asked:
        if sku not in sold:
            message = _("The rule asks for “%s”, which no other step of this funnel sells.") % sku
            yield Problem(step, message, _("Choose another product in the rule."))


def _upgrades(steps: list[Step]) -> Iterator[Problem]:
    """An upgrade's difference is charged, so both must be priced and taxed alike, and only one of them be taken."""
    upgrades = [step for step in steps if step.is_offer and step.replaces_main]
    checkout = next((step for step in steps if step.kind == Step.Kind.CHECKOUT), None)
    by_id = {step.pk: step for step in steps}
    for step in upgrades:
        if checkout is not None:
            yield from _upgrade(step, checkout)
        after = reachable(by_id[step.on_accept_id], by_id) if step.on_accept_id in by_id else set()
        if second := next((other for other in upgrades if other.pk in after), None):
            yield Problem(
                second,
                _("This upgrade can follow on “%s”, which has replaced the same purchase already.") % step.title,
                _("Lead the accepted upgrade past this step, or make this one an ordinary offer."),
            )


def _upgrade(step: Step, checkout: Step) -> Iterator[Problem]:
    if checkout.choices.all():
        yield Problem(
            step,
            _("The checkout sells several things, so it is not clear which one the upgrade replaces."),
            _("Let the checkout sell one thing, or make this an ordinary offer."),
        )
        return
    if step.price is None or checkout.price is None:
        return
    if step.price.amount < checkout.price.amount:
        yield Problem(
            step,
            _("The upgrade costs less than “%s”, which it replaces.") % checkout.price.product.name,
            _("Choose a price that is at least as high."),
        )
    if step.price.product.tax_class != checkout.price.product.tax_class:
        yield Problem(
            step,
            _("The upgrade is taxed differently from “%s”, which it replaces.") % checkout.price.product.name,
            _("Give both products the same tax class, or make this an ordinary offer."),
            step.price.product,
        )
    if checkout.bump_price is not None and checkout.bump_price.product_id == checkout.price.product_id:
        yield Problem(
            step,
            _("The order bump sells what the upgrade replaces, so the two could not be told apart."),
            _("Choose another product for the bump, or make this an ordinary offer."),
        )
