"""Test data through the real deeds: what a merchant sets up, publishes, sells and refunds, as plain functions.

Every function takes what a test cares about and makes up the rest. Payments go through the sandbox, so a test that pays
asks for the fixture `sandbox` and passes it on.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db import connections, transaction
from django.utils import timezone

from checkout import paying, runs
from checkout.models import Run
from checkout.page.choices import field_name
from checkout.page.choosing import cart
from funnels import publishing
from funnels.models import (
    Coupon,
    Funnel,
    FunnelVersion,
    Membership,
    Merchant,
    Price,
    Product,
    Step,
    StepChoice,
    Theme,
    TicketEvent,
)
from funnels.pricing.quoting import quote
from funnels.spec import StepSpec
from integrations.connections import Connection
from orders.models import Customer, Order, Payment, Stock
from orders.payments.charging import Browser
from orders.placing import Contact, Source, place
from orders.stock import stocking
from tests.sandbox_client import Sandbox

APPROVED_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
INSUFFICIENT_FUNDS_CARD = "4000000000009995"
WEBHOOK_SECRET = "whsec_visibly_fake"
PASSWORD = "a long pass phrase of tests"

CONTACT = Contact(
    email="ada@example.com",
    first_name="Ada",
    last_name="Lovelace",
    phone="+15550100",
    address="12 Analytical St",
    city="Springfield",
    region="IL",
    postal_code="62701",
    country="US",
)

_numbers = count(1)


def user(
    username: str = "", *, merchant: Merchant | None = None, permissions: tuple[str, ...] = (), **fields: Any
) -> User:
    """A staff user with these permissions ("orders.view_order"; "orders.*" is all of an app), member of `merchant`."""
    number = next(_numbers)
    person = User.objects.create_user(
        username or f"staff{number}", f"staff{number}@example.com", PASSWORD, is_staff=True, **fields
    )
    for name in permissions:
        app, codename = name.split(".")
        wanted = Permission.objects.filter(content_type__app_label=app)
        person.user_permissions.add(*(wanted if codename == "*" else wanted.filter(codename=codename)))
    if merchant is not None:
        Membership.objects.create(user=person, merchant=merchant)
    return person


def superuser(username: str = "root") -> User:
    return User.objects.create_superuser(username, f"{username}@example.com", PASSWORD)


def merchant(name: str = "", **fields: Any) -> Merchant:
    number = next(_numbers)
    given = {
        "name": name or f"Merchant {number}",
        "slug": f"merchant-{number}",
        "support_email": "help@example.com",
        "sender_name": name or f"Merchant {number}",
        "sender_email": "shop@example.com",
        **fields,
    }
    return Merchant.objects.create(**given)


def _someone() -> Merchant:
    """For functions whose parameter hides `merchant`."""
    return merchant()


SECRETS: Mapping[str, Mapping[str, str]] = {
    "stripe": {"secret_key": "sk_test_{account}", "webhook_secret": WEBHOOK_SECRET},
    "nmi": {"security_key": "sandbox_security_{account}", "webhook_secret": WEBHOOK_SECRET},
    "paypal": {"client_secret": "sandbox_secret_{account}", "webhook_secret": "WH-VISIBLY-FAKE"},
    "konnektive": {"login_id": "sandbox_{account}", "password": "sandbox_password"},
    "resend": {"api_key": "re_sandbox_{account}"},
    "sendgrid": {"api_key": "SG.sandbox_{account}"},
    "smtp": {"url": "smtp://shop:visibly-fake@127.0.0.1:2525"},
}
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "stripe": {"publishable_key": "pk_test_{account}"},
    "nmi": {"tokenization_key": "sandbox_tokenization_{account}"},
    "paypal": {"client_id": "sandbox_client_{account}"},
}


def connection(provider: str = "stripe", *, merchant: Merchant, account: str = "", **fields: Any) -> Connection:
    """An account at a provider's sandbox. Two connections with one `account` share its books."""
    number = next(_numbers)
    account = account or f"shop{number}"

    def filled(values: Mapping[str, str]) -> dict[str, str]:
        return {name: value.format(account=account) for name, value in values.items()}

    made = Connection(
        tenant=merchant.pk,
        provider=provider,
        **{"name": f"{provider} {number}", "options": filled(OPTIONS.get(provider, {})), **fields},
    )
    made.secrets = filled(SECRETS[provider])
    made.save()
    return made


def product(name: str = "Night serum", *, merchant: Merchant, **fields: Any) -> Product:
    number = next(_numbers)
    given = {"sku": f"product-{number}", "crm_product": str(100 + number), **fields}
    return Product.objects.create(merchant=merchant, name=name, **given)


def price(amount: int = 4900, *, product: Product, currency: str = "USD", **fields: Any) -> Price:
    """`amount` in minor units."""
    return Price.objects.create(product=product, amount=amount, currency=currency, **fields)


def coupon(code: str = "WELCOME20", *, merchant: Merchant, **fields: Any) -> Coupon:
    """20 % off everything, unless `fields` say otherwise."""
    given = {"kind": Coupon.Kind.PERCENT, "percent": 20, **fields}
    return Coupon.objects.create(merchant=merchant, code=code, **given)


def theme(*, merchant: Merchant, slug: str = "botanica", **fields: Any) -> Theme:
    return Theme.objects.create(merchant=merchant, slug=slug, **{"name": f"Theme {next(_numbers)}", **fields})


def funnel(
    provider: str = "stripe",
    *,
    merchant: Merchant | None = None,
    gateway: Connection | None = None,
    offers: bool = True,
    ships: bool = True,
    checkout_amount: int = 4900,
    upsell_amount: int = 3900,
    downsell_amount: int = 1900,
    bump_amount: int = 0,
    currency: str = "USD",
    crm: Connection | None = None,
    mailer: Connection | None = None,
    **fields: Any,
) -> Funnel:
    """A complete draft that can be published: checkout, with `offers` an upsell and a downsell, thank-you.

    The upsell's "no" leads to the downsell; every other edge leads on to the thank-you. `bump_amount` adds an order bump.
    """
    number = next(_numbers)
    owner = merchant or (gateway and Merchant.objects.get(pk=gateway.tenant)) or _someone()
    made = Funnel.objects.create(
        merchant=owner,
        theme=theme(merchant=owner),
        gateway=gateway or connection(provider, merchant=owner),
        crm=crm,
        crm_campaign="7" if crm else "",
        mailer=mailer,
        **{
            "name": f"Funnel {number}",
            "handle": f"funnel-{number}",
            "countries": ["US", "DE"] if ships else [],
            **fields,
        },
    )

    def sold(name: str, amount: int, *, ships: bool = False) -> Price:
        return price(amount, product=product(name, merchant=owner, ships=ships), currency=currency)

    thanks = _step(made, 9, "thanks", Step.Kind.THANK_YOU, "Thank you")
    following = thanks
    if offers:
        downsell = _step(
            made, 2, "travel-kit", Step.Kind.DOWNSELL, "Travel kit",
            price=sold("Travel kit", downsell_amount), on_accept=thanks, on_decline=thanks,
        )  # fmt: skip
        following = _step(
            made, 1, "night-cream", Step.Kind.UPSELL, "Night cream",
            price=sold("Night cream", upsell_amount), on_accept=thanks, on_decline=downsell,
        )  # fmt: skip
    _step(
        made, 0, "checkout", Step.Kind.CHECKOUT, "Checkout",
        price=sold("Night serum", checkout_amount, ships=ships), on_accept=following, max_quantity=3,
        bump_price=sold("Gua sha stone", bump_amount) if bump_amount else None,
        bump_headline="Add the stone" if bump_amount else "",
    )  # fmt: skip
    return made


def _step(funnel: Funnel, position: int, key: str, kind: Step.Kind, title: str, **fields: Any) -> Step:
    return Step.objects.create(funnel=funnel, position=position, key=key, kind=kind, title=title, **fields)


def published(draft: Funnel | None = None, *, by: User | None = None, note: str = "", **fields: Any) -> FunnelVersion:
    """The draft (or a new one made with `fields`), published."""
    return publishing.publish(funnel=draft or funnel(**fields), by=by, note=note)


def stocked(version: FunnelVersion, units: int, *, step: str = "checkout", low_at: int = 0) -> FunnelVersion:
    """The funnel published anew, with so many units of what a step sells."""
    sold = version.funnel.steps.get(key=step).price.product
    Product.objects.filter(pk=sold.pk).update(tracks_stock=True)
    stocking.adjust(product_id=sold.pk, change=units, reason="Taken in", actor="tests")
    Stock.objects.filter(pk=sold.pk).update(low_at=low_at)
    return published(version.funnel)


def with_choices(kinds: Mapping[str, int], *, units: Mapping[str, int] | None = None, **fields: Any) -> FunnelVersion:
    """A published funnel whose checkout offers several products, by name and price; `units` counts those with stock."""
    draft = funnel(**{"ships": False, **fields})
    step = draft.steps.get(key="checkout")
    Step.objects.filter(pk=step.pk).update(price=None)
    for position, (name, amount) in enumerate(kinds.items()):
        sold = product(name, merchant=draft.merchant, tracks_stock=name in (units or {}))
        StepChoice.objects.create(step=step, position=position, price=price(amount, product=sold))
        if sold.tracks_stock:
            stocking.adjust(product_id=sold.pk, change=(units or {})[name], reason="Taken in", actor="tests")
            Stock.objects.filter(pk=sold.pk).update(low_at=5)
    return published(draft)


def ticket_event(*, merchant: Merchant, **fields: Any) -> TicketEvent:
    given = {"name": "Nightjar 2027", "venue": "Fort Reno Park", "timezone": "America/New_York", **fields}
    return TicketEvent.objects.create(
        merchant=merchant, **{"starts_at": datetime(2027, 7, 16, 20, tzinfo=UTC), **given}
    )


def festival(*, mailer: str = "", **fields: Any) -> FunnelVersion:
    """A published funnel that sells three kinds of tickets to one event; `mailer` is a mail provider."""
    made = with_choices({"Weekend": 18900, "Saturday": 8900, "Sunday": 7900}, offers=False, **fields)
    draft = made.funnel
    event = ticket_event(merchant=draft.merchant)
    Product.objects.filter(merchant=draft.merchant, name__in=("Weekend", "Saturday", "Sunday")).update(event=event)
    if mailer:
        draft.mailer = connection(mailer, merchant=draft.merchant)
        draft.save(update_fields=["mailer"])
    return published(draft)


def tickets_bought(sandbox: Sandbox, version: FunnelVersion, **wanted: int) -> Order:
    """A paid order of so many of each kind, by name."""
    walk = run(version)
    chosen = {field_name(each): str(wanted.get(each.item.name, 0)) for each in walk.current.choices}
    pay(sandbox, walk, choice=chosen)
    walk.refresh_from_db()
    assert walk.order is not None
    return walk.order


def stock_of(version: FunnelVersion, step: str = "checkout") -> Stock:
    item = version.spec.steps[step].item
    assert item is not None
    return Stock.objects.get(pk=item.product_id)


def customer(*, merchant: Merchant, email: str = "ada@example.com", **fields: Any) -> Customer:
    given = {"first_name": "Ada", "last_name": "Lovelace", **fields}
    return Customer.objects.create(merchant=merchant, email=email, **given)


def run(version: FunnelVersion, **fields: Any) -> Run:
    """A shopper's walk, at its first step."""
    made = Run(version=version, step=version.spec.entry, **{"attribution": {"utm_source": "newsletter"}, **fields})
    made.new_secret()
    made.save(force_insert=True)
    return made


def order(
    version: FunnelVersion | None = None, *, contact: Contact = CONTACT, quantity: int = 1, bump: bool = False
) -> Order:
    """A placed order that nobody has paid."""
    version = version or published()
    step = version.spec.steps[version.spec.entry]
    wanted = quote(step, quantity=quantity, bump=bump)
    with transaction.atomic():
        return place(version_id=version.pk, step=step.key, contact=contact, quote=wanted, source=Source())


def token(sandbox: Sandbox, connection: Connection, card: str = APPROVED_CARD) -> str:
    """What the shopper's browser gets from the gateway for this card, or for one of Stripe's test methods ("pm_…")."""
    if card.startswith("pm_"):
        path, secret = "/stripe/v1/test_helpers/confirmation_tokens", connection.secret("secret_key")
        headers = {"Authorization": f"Bearer {secret}"}
        answer = sandbox.http.post(path, data={"payment_method": card}, headers=headers)
        return str(answer.raise_for_status().json()["id"])
    if connection.provider == Connection.Provider.STRIPE:
        fields = {"key": connection.option("publishable_key"), "number": card, "expiry": "12/34", "cvc": "123"}
        answer = sandbox.http.post("/stripe/js/api/confirmation_tokens", data=fields)
        return str(answer.raise_for_status().json()["id"])
    fields = {"key": connection.option("tokenization_key"), "ccnumber": card, "ccexp": "1234", "cvv": "999"}
    return str(sandbox.http.post("/nmi/token/api/tokenize", json=fields).raise_for_status().json()["token"])


def pay(
    sandbox: Sandbox,
    run: Run,
    *,
    card: str = APPROVED_CARD,
    contact: Contact = CONTACT,
    quantity: int = 1,
    bump: bool = False,
    choice: Mapping[str, str] | None = None,
) -> Payment:
    """The shopper pays the checkout step; returns the payment, approved or not. `choice` holds more fields."""
    step = run.current
    typed = {
        "quantity": str(quantity),
        "bump": "on" if bump else "",
        "country": contact.country,
        "state": contact.region,
        **(choice or {}),
    }
    gateway = Connection.objects.get(pk=run.spec.gateway)
    payment = paying.pay(
        run=run,
        step=step,
        contact=contact,
        wanted=cart(run.spec, step, typed).quote,
        browser=Browser(token=token(sandbox, gateway, card), in_page=True),
        ip="203.0.113.7",
    )
    _catch_up(run)
    return payment


def accept(run: Run) -> Payment:
    """The shopper takes the offer of the step where the run stands."""
    payment = paying.accept(run=run, step=run.current, browser=Browser(in_page=True))
    _catch_up(run)
    return payment


def decline(run: Run) -> StepSpec:
    """The shopper says no to the offer; returns the step where that leads."""
    runs.decline(run, run.current)
    run.refresh_from_db()
    return run.current


def paid_order(
    sandbox: Sandbox,
    version: FunnelVersion | None = None,
    *,
    offer: bool = False,
    contact: Contact = CONTACT,
    **fields: Any,
) -> Order:
    """An order whose checkout is paid, with `offer` also the first offer; `fields` make the funnel where none is given."""
    walk = run(version or published(**fields))
    pay(sandbox, walk, contact=contact)
    if offer:
        accept(walk)
    walk.refresh_from_db()
    assert walk.order is not None
    return walk.order


def age(payment: Payment, seconds: float) -> None:
    """Let a payment have been sent this long ago."""
    sent_at = timezone.now() - timedelta(seconds=seconds)
    Payment.objects.filter(pk=payment.pk).update(sent_at=sent_at)


def _catch_up(run: Run) -> None:
    run.refresh_from_db()
    runs.catch_up(run, runs.payments_of(run))


def lose_row(payment: Payment) -> None:
    """As after a disaster: a payment and the evidence beside it are gone, whatever still points at them."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, column in (("orders_consent", "payment_id"), ("orders_payment", "id")):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [payment.pk])
