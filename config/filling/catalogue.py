"""What the made-up orders are of: the demo's funnels, and a second edition of each until there are four."""

from dataclasses import dataclass

from django.db import transaction

from config.demo.seed import seed
from funnels.models import Funnel, FunnelVersion
from funnels.spec import FunnelSpec, ItemSpec, StepKind

WANTED = 4


@dataclass(frozen=True, slots=True)
class Sold:
    """One published version: what its checkout sells, and its first offer where it has one."""

    version: int
    spec: FunnelSpec
    item: ItemSpec
    offer_step: str
    offer: ItemSpec | None
    thanks: str


@transaction.atomic
def catalogue() -> list[Sold]:
    """Versions of several merchants' funnels, made where they are not there yet."""
    demo = list(
        Funnel.objects.filter(pk__in=[funnel.pk for funnel in seed()]).select_related("published").order_by("pk")
    )
    again = [_second_edition(funnel) for funnel in demo]
    return [found for found in map(_sold, [*demo, *again][: max(WANTED, len(demo))]) if found is not None]


def _second_edition(funnel: Funnel) -> Funnel:
    """A funnel that sells the same under another name; a draft without steps, for nobody edits it."""
    handle = f"{funnel.handle}-again"
    if existing := Funnel.objects.filter(handle=handle).first():
        return existing
    copy = Funnel.objects.get(pk=funnel.pk)
    copy.pk, copy.published, copy.handle, copy.name = None, None, handle, f"{funnel.name}, again"
    copy.save(force_insert=True)
    assert funnel.published is not None
    compiled = {**funnel.published.compiled, "funnel_id": copy.pk, "handle": handle, "name": copy.name}
    copy.published = FunnelVersion.objects.create(funnel=copy, number=1, compiled=compiled)
    copy.save(update_fields=["published"])
    return copy


def _sold(funnel: Funnel) -> Sold | None:
    assert funnel.published is not None
    spec = funnel.published.spec
    item = spec.steps[spec.entry].item
    if item is None:
        return None
    offer = next((step for step in spec.steps.values() if step.kind is StepKind.UPSELL and step.item), None)
    return Sold(
        version=funnel.published.pk,
        spec=spec,
        item=item,
        offer_step=offer.key if offer else "",
        offer=offer.item if offer else None,
        thanks=next(step.key for step in spec.steps.values() if step.kind is StepKind.THANK_YOU),
    )
