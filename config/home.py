"""The front page of an installation: which funnels are on sale here."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from funnels.models import Funnel
from funnels.spec import FunnelSpec


@dataclass(frozen=True, slots=True)
class FunnelCard:
    name: str
    handle: str
    url: str
    description: str
    image: str
    price: str
    theme: str
    merchant: str


@dataclass(frozen=True, slots=True)
class HomePage:
    funnels: tuple[FunnelCard, ...]
    admin_url: str


def home(request: HttpRequest) -> HttpResponse:
    published = Funnel.objects.exclude(published=None).select_related("published").order_by("name")
    cards = tuple(_card(funnel.published.spec) for funnel in published if funnel.published is not None)
    return render(request, "home.html", {"page": HomePage(cards, "/admin/")})


def _card(spec: FunnelSpec) -> FunnelCard:
    item = spec.steps[spec.entry].item
    return FunnelCard(
        name=spec.name,
        handle=spec.handle,
        url=reverse("start", args=[spec.handle]),
        description=item.description if item else "",
        image=item.image if item else "",
        price=item.money.format(spec.locale) if item else "",
        theme=spec.theme.slug,
        merchant=spec.merchant.name,
    )
