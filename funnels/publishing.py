"""Compiling a draft into an immutable version, and choosing which version new runs get."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from funnels.models import Funnel, FunnelVersion, Merchant, Price, ShippingRate, Step, TaxRate
from funnels.pricing.shipping import ShippingRateSpec
from funnels.pricing.taxing import TaxRateSpec, TaxSpec
from funnels.readiness import Problem, problems
from funnels.rules import ALWAYS, Group, RuleError, parse
from funnels.speaking import kept, lines
from funnels.spec import BumpSpec, ChoiceSpec, FunnelSpec, ItemSpec, MerchantSpec, StepKind, StepSpec, ThemeSpec, dump


class NotReady(Exception):
    """The draft is not sound. `problems` lists why."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in found))
        self.problems = found


def publish(*, funnel: Funnel, by: User | None, note: str = "") -> FunnelVersion:
    """Make the draft the version that new runs get; running ones keep theirs. NotReady if it is not sound."""
    with transaction.atomic():
        rows = Funnel.objects.select_for_update(of=("self",))
        locked = rows.select_related("merchant", "theme", "gateway").get(pk=funnel.pk)
        found = problems(locked)
        if found:
            raise NotReady(found)
        last = locked.versions.aggregate(last=Max("number"))["last"] or 0
        version = FunnelVersion.objects.create(
            funnel=locked, number=last + 1, compiled=dump(compile_draft(locked)), note=note, published_by=by
        )
        locked.published = version
        locked.save(update_fields=["published"])
    return version


def roll_back(*, funnel: Funnel, version: FunnelVersion) -> None:
    """Give new runs an older version again; ValueError if it is another funnel's."""
    if version.funnel_id != funnel.pk:
        raise ValueError("The version belongs to another funnel.")
    Funnel.objects.filter(pk=funnel.pk).update(published=version)


def unpublish(*, funnel: Funnel) -> None:
    """Take a funnel off sale; runs in progress go on."""
    Funnel.objects.filter(pk=funnel.pk).update(published=None)


def compile_draft(funnel: Funnel) -> FunnelSpec:
    """The draft as a spec; also what a preview shows. Missing edges and prices are left empty, not refused."""
    return compile_drafts([funnel])[funnel.pk]


def compile_drafts(funnels: Collection[Funnel]) -> dict[int, FunnelSpec]:
    """Drafts by the funnels' primary keys, in as many queries as one draft takes."""
    materials = _gather(funnels)
    return {funnel.pk: _compile(funnel, materials) for funnel in funnels}


def changed(funnels: Iterable[Funnel]) -> set[int]:
    """Those funnels, by primary key, whose draft is not what is on sale; never one that is off sale."""
    on_sale = [funnel for funnel in funnels if funnel.published is not None]
    drafts = compile_drafts(on_sale)
    return {funnel.pk for funnel in on_sale if funnel.published and drafts[funnel.pk] != funnel.published.spec}


@dataclass(frozen=True, slots=True)
class _Materials:
    """Rows of several funnels: steps and other gateways by funnel, rates by merchant."""

    steps: Mapping[int, list[Step]]
    other_gateways: Mapping[int, list[int]]
    shipping: Mapping[int, list[ShippingRate]]
    taxes: Mapping[int, list[TaxRate]]


def _gather(funnels: Collection[Funnel]) -> _Materials:
    keys, merchants = [funnel.pk for funnel in funnels], {funnel.merchant_id for funnel in funnels}
    steps = Step.objects.filter(funnel__in=keys).order_by("position")
    gateways = Funnel.other_gateways.through.objects.filter(funnel__in=keys).order_by("pk")
    return _Materials(
        steps=_grouped((step.funnel_id, step) for step in steps.with_prices()),
        other_gateways=_grouped(gateways.values_list("funnel_id", "connection_id")),
        shipping=_grouped(
            (rate.merchant_id, rate) for rate in ShippingRate.objects.filter(merchant__in=merchants, active=True)
        ),
        taxes=_grouped((rate.merchant_id, rate) for rate in TaxRate.objects.filter(merchant__in=merchants)),
    )


def _grouped[Key, Row](pairs: Iterable[tuple[Key, Row]]) -> Mapping[Key, list[Row]]:
    groups: defaultdict[Key, list[Row]] = defaultdict(list)
    for key, row in pairs:
        groups[key].append(row)
    return groups


def _compile(funnel: Funnel, materials: _Materials) -> FunnelSpec:
    steps = materials.steps[funnel.pk]
    keys: dict[int | None, str] = {step.pk: step.key for step in steps}
    entry = next((step.key for step in steps if step.kind == Step.Kind.CHECKOUT), steps[0].key if steps else "")
    merchant = funnel.merchant
    currency = next((price.currency for step in steps for price in step.prices), "USD")
    ships = any(step.ships for step in steps)
    first, *others = funnel.spoken
    return FunnelSpec(
        funnel_id=funnel.pk,
        handle=funnel.handle,
        name=funnel.name,
        merchant=MerchantSpec(
            id=merchant.pk,
            name=merchant.name,
            support_email=merchant.support_email,
            terms_url=merchant.terms_url,
            privacy_url=merchant.privacy_url,
        ),
        theme=ThemeSpec(funnel.theme.slug, dict(funnel.theme.tokens), merchant.logo, dict(funnel.theme.layouts)),
        currency=currency,
        locale=first,
        gateway=funnel.gateway_id,
        entry=entry,
        steps={step.key: _compile_step(step, keys, others) for step in steps},
        countries=tuple(funnel.countries),
        crm=funnel.crm_id,
        crm_campaign=funnel.crm_campaign,
        mailer=funnel.mailer_id,
        other_gateways=tuple(materials.other_gateways[funnel.pk]),
        shipping=_compile_shipping(materials.shipping[merchant.pk], currency, others) if ships else (),
        tax=_compile_tax(merchant, materials.taxes[merchant.pk]),
        languages=(first, *others),
    )


def _compile_step(step: Step, keys: Mapping[int | None, str], languages: Collection[str]) -> StepSpec:
    """`keys` are those of the funnel's steps, by primary key: an edge to any other step leads nowhere."""
    bump = None
    if step.bump_price is not None:
        bump = BumpSpec(_compile_item(step.bump_price, languages), step.bump_headline, step.bump_text)
    choices = tuple(
        ChoiceSpec(
            _compile_item(choice.price, languages),
            choice.max_quantity,
            choice.note,
            kept(choice.translations, languages),
        )
        for choice in step.choices.all()
    )
    item = _compile_item(step.price, languages) if step.price is not None else None
    return StepSpec(
        key=step.key,
        kind=StepKind(step.kind),
        title=step.title,
        item=choices[0].item if choices else item,
        bump=bump,
        max_quantity=step.max_quantity,
        ask_phone=step.ask_phone,
        ask_coupon=step.ask_coupon,
        headline=step.headline,
        subheadline=step.subheadline,
        body=step.body,
        points=lines(step.points),
        badges=lines(step.badges),
        accept_label=step.accept_label,
        decline_label=step.decline_label,
        deadline_minutes=step.deadline_minutes,
        on_accept=keys.get(step.on_accept_id, ""),
        on_decline=keys.get(step.on_decline_id, ""),
        rule=_compile_rule(step),
        on_skip=keys.get(step.on_skip_id, ""),
        on_payment_declined=keys.get(step.on_payment_declined_id, ""),
        replaces_main=step.replaces_main,
        choices=choices,
        translations=kept(step.translations, languages),
    )


def _compile_rule(step: Step) -> Group:
    """A rule that cannot be read is told by `readiness`; a preview shows its offer."""
    try:
        return parse(step.rule)
    except RuleError:
        return ALWAYS


def _compile_item(price: Price, languages: Collection[str]) -> ItemSpec:
    product = price.product
    return ItemSpec(
        price_id=price.pk,
        product_id=product.pk,
        name=product.name,
        amount=price.amount,
        currency=price.currency,
        description=product.description,
        image=product.image,
        image_alt=product.image_alt,
        ships=product.ships,
        compare_at=price.compare_at,
        crm_product=product.crm_product,
        tax_class=product.tax_class,
        tracks_stock=product.tracks_stock,
        is_ticket=product.event_id is not None,
        sku=product.sku,
        translations=kept(product.translations, languages),
    )


def _compile_shipping(
    rates: Iterable[ShippingRate], currency: str, languages: Collection[str]
) -> tuple[ShippingRateSpec, ...]:
    """Rates of another currency are no use here; that they are missing is told by `readiness`."""
    return tuple(
        ShippingRateSpec(
            id=rate.pk,
            name=rate.name,
            amount=rate.amount,
            countries=tuple(rate.countries),
            free_over=rate.free_over,
            delivery=rate.delivery,
            translations=kept(rate.translations, languages),
        )
        for rate in rates
        if rate.currency == currency
    )


def _compile_tax(merchant: Merchant, rates: Iterable[TaxRate]) -> TaxSpec:
    return TaxSpec(
        inclusive=merchant.prices_include_tax,
        rates=tuple(
            TaxRateSpec(
                country=rate.country,
                rate=rate.parts_per_million,
                name=rate.name,
                region=rate.region,
                tax_class=rate.tax_class,
                on_shipping=rate.on_shipping,
            )
            for rate in rates
        ),
    )
