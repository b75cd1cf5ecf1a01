"""Whether a funnel can be published: every problem names the step and how to mend it."""

from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _

from funnels.models import Funnel, Price, ShippingRate, Step, TaxRate
from funnels.soundness import routes
from funnels.soundness.offers import offer_problems
from funnels.soundness.problems import Problem
from funnels.soundness.wordless import untranslated
from integrations.connections import Connection, SecretsUnreadable
from integrations.errors import ProviderRefused
from integrations.gateways.protocol import Gateway
from integrations.gateways.registry import gateway_for
from integrations.money import Money

__all__ = ["Problem", "adds_check", "problems"]

REQUIRED_SECRETS = {"stripe": ("secret_key",), "nmi": ("security_key",), "paypal": ("client_secret",)}
REQUIRED_OPTIONS = {"stripe": ("publishable_key",), "nmi": ("tokenization_key",), "paypal": ("client_id",)}
SOME_ODD_AMOUNT = 10_001


type Check = Callable[[Funnel, list[Step]], Iterable[Problem]]
_checks: list[Check] = []


def adds_check(check: Check) -> Check:
    """Decorator for the `readiness` modules of layers above, which are found at start-up."""
    _checks.append(check)
    return check


def problems(funnel: Funnel) -> list[Problem]:
    """Everything that stands between the draft and a publication, in the order of the steps; empty if it is sound."""
    steps = list(funnel.steps.with_prices())
    gateways = funnel.gateways
    ships = any(step.ships for step in steps)
    rates = list(ShippingRate.objects.filter(merchant=funnel.merchant_id, active=True)) if ships else []
    return [
        *(problem for connection in gateways for problem in _gateway(funnel, connection)),
        *_shape(steps),
        *routes.graph_problems(steps),
        *offer_problems(steps),
        *(problem for step in steps for problem in _selling(step)),
        *_currency(steps),
        *_charging(gateways, steps),
        *_charging_extras(funnel, gateways, steps, rates),
        *_delivery(funnel, steps),
        *_shipping_rates(funnel, steps, rates),
        *_crm(funnel, steps),
        *untranslated(funnel, steps),
        *(problem for check in _checks for problem in check(funnel, steps)),
    ]


def _gateway(funnel: Funnel, connection: Connection) -> Iterator[Problem]:
    if connection.provider not in Connection.GATEWAYS:
        yield Problem(
            None, _("“%s” cannot take payments.") % connection.name, _("Choose a Stripe, NMI or PayPal connection.")
        )
        return
    if not connection.active or connection.tenant != funnel.merchant_id:
        yield Problem(
            None,
            _("The payment account “%s” is switched off.") % connection.name,
            _("Switch it on or choose another."),
            connection,
        )
    try:
        names = [name for name in REQUIRED_SECRETS[connection.provider] if not connection.secret(name)]
    except SecretsUnreadable:
        yield Problem(None, _("The payment account's keys cannot be decrypted."), _("Enter them again."), connection)
        return
    names += [name for name in REQUIRED_OPTIONS[connection.provider] if not connection.option(name)]
    if names:
        yield Problem(
            None,
            _("The payment account “%(name)s” lacks: %(keys)s.") % {"name": connection.name, "keys": ", ".join(names)},
            _("Enter them on the connection's page."),
            connection,
        )


def _shape(steps: list[Step]) -> Iterator[Problem]:
    checkouts = [step for step in steps if step.kind == Step.Kind.CHECKOUT]
    if not checkouts:
        yield Problem(None, _("The funnel has no checkout step."), _("Add a step of the kind “Checkout”."))
    for extra in checkouts[1:]:
        yield Problem(extra, _("A funnel has one checkout step."), _("Remove this step or make it an offer."))
    if not any(step.kind == Step.Kind.THANK_YOU for step in steps):
        yield Problem(None, _("The funnel has no thank-you step."), _("Add a step of the kind “Thank-you”."))


def _selling(step: Step) -> Iterator[Problem]:
    if step.kind == Step.Kind.THANK_YOU:
        return
    choices = list(step.choices.all())
    if step.price is None and not choices:
        yield Problem(step, _("This step has no price."), _("Choose the price it sells."))
    if step.price is not None and choices:
        yield Problem(step, _("This step has a price and choices too."), _("Make the price one of the choices."))
    if step.kind != Step.Kind.CHECKOUT and choices:
        yield Problem(step, _("Only the checkout step can have choices."), _("Remove them from this step."))
    for price in step.prices:
        yield from _price(step, price)
    if step.kind != Step.Kind.CHECKOUT and step.bump_price_id:
        yield Problem(step, _("Only the checkout step can have an order bump."), _("Remove the bump from this step."))
    if step.bump_price_id and not step.bump_headline:
        yield Problem(step, _("The order bump has no headline."), _("Write what the shopper would add."))


def _price(step: Step, price: Price) -> Iterator[Problem]:
    if not price.product.active:
        yield Problem(
            step,
            _("The product “%s” is inactive.") % price.product.name,
            _("Activate it, or choose another price."),
            price.product,
        )
    if price.archived_at is not None:
        yield Problem(step, _("The price “%s” is archived.") % price, _("Choose a current price."))
    if price.interval != Price.Interval.ONCE:
        yield Problem(step, _("“%s” is a recurring price.") % price, _("Choose a one-time price for this funnel."))


def _currency(steps: list[Step]) -> Iterator[Problem]:
    prices = [(step, price) for step in steps for price in step.prices]
    for step, price in prices[1:]:
        if price.currency != prices[0][1].currency:
            yield Problem(
                step,
                _("“%(price)s” is not in %(currency)s like the rest.")
                % {"price": price, "currency": prices[0][1].currency},
                _("Use one currency in all steps."),
            )


def _currency_of(steps: list[Step]) -> str:
    """The currency of the first price; empty where nothing has one."""
    return next((price.currency for step in steps for price in step.prices), "")


def _charging(connections: list[Connection], steps: list[Step]) -> Iterator[Problem]:
    """Amounts that a gateway would refuse, when the shopper is already there."""
    gateways = [gateway_for(connection) for connection in connections if connection.provider in Connection.GATEWAYS]
    for step in steps:
        if step.is_offer and step.price is not None and not step.price.amount:
            yield Problem(step, _("An offer cannot be free: nothing would be charged."), _("Choose another price."))
        for price in step.prices:
            if not all(_can_charge(gateway, price.money) for gateway in gateways):
                yield Problem(
                    step,
                    _("The payment account cannot charge exactly “%s”.") % price,
                    _("Choose a price with fewer decimals."),
                )


def _charging_extras(
    funnel: Funnel, connections: list[Connection], steps: list[Step], rates: list[ShippingRate]
) -> Iterator[Problem]:
    """What delivery and added taxes make of a total must be an amount that every gateway takes."""
    currency = _currency_of(steps) or "USD"
    gateways = [gateway_for(connection) for connection in connections if connection.provider in Connection.GATEWAYS]
    for rate in rates:
        if rate.currency == currency and not all(_can_charge(gateway, rate.money) for gateway in gateways):
            message = _("The payment account cannot charge exactly the shipping rate “%s”.") % rate
            yield Problem(None, message, _("Choose an amount with fewer decimals."), rate)
    added = not funnel.merchant.prices_include_tax and TaxRate.objects.filter(merchant=funnel.merchant_id).exists()
    if added and not all(_can_charge(gateway, Money(SOME_ODD_AMOUNT, currency)) for gateway in gateways):
        yield Problem(
            None,
            _("Taxes make amounts that the payment account cannot charge exactly in %s.") % currency,
            _("Let your prices include the tax."),
        )


def _can_charge(gateway: Gateway, money: Money) -> bool:
    try:
        gateway.browser_config(money=money, save_method=False)
    except ProviderRefused:
        return False
    return True


def _delivery(funnel: Funnel, steps: list[Step]) -> Iterator[Problem]:
    shipping = [step for step in steps if step.ships]
    if shipping and not funnel.countries:
        yield Problem(
            shipping[0],
            _("It is not said where this can be delivered."),
            _("Enter the funnel's delivery countries."),
            funnel,
        )
    checkout = next((step for step in steps if step.kind == Step.Kind.CHECKOUT), None)
    if shipping and checkout is not None and checkout not in shipping:
        yield Problem(
            shipping[0],
            _("This offer is delivered, but the checkout asks for no address."),
            _("Sell something that ships on the checkout step, or offer something digital here."),
        )


def _shipping_rates(funnel: Funnel, steps: list[Step], rates: list[ShippingRate]) -> Iterator[Problem]:
    """A merchant with shipping rates has one for every delivery country, in the funnel's currency; without, all is free."""
    first = next((step for step in steps if step.ships), None)
    if first is None or not rates:
        return
    currency = _currency_of(steps)
    for country in funnel.countries:
        fitting = [rate for rate in rates if country in rate.countries or not rate.countries]
        if not fitting:
            message = _("There is no shipping rate for %s.") % country
            yield Problem(
                first, message, _("Add a rate for it, or take it off the funnel's delivery countries."), funnel
            )
        elif all(rate.currency != currency for rate in fitting):
            wrong = {"rate": fitting[0].name, "country": country, "currency": currency}
            message = _("The shipping rate “%(rate)s” for %(country)s is not in %(currency)s like the prices.") % wrong
            yield Problem(first, message, _("Add a rate in the currency of the prices."), fitting[0])


def _crm(funnel: Funnel, steps: list[Step]) -> Iterator[Problem]:
    if funnel.crm is None:
        return
    if not funnel.crm_campaign:
        yield Problem(None, _("The CRM needs a campaign id."), _("Enter the funnel's CRM campaign id."))
    for step in steps:
        for price in step.prices:
            if not price.product.crm_product:
                yield Problem(
                    step,
                    _("The product “%s” has no CRM product id.") % price.product.name,
                    _("Enter it on the product's page."),
                    price.product,
                )
