"""What the checkout asks about the place: an address where something ships, the country where only taxes depend on it."""

import re

from babel import Locale

from funnels.pricing.regions import REGIONS, is_listed, region_code
from funnels.spec import FunnelSpec, StepSpec

ADDRESS_FIELDS = ("address", "city", "state", "zipCode", "country")
# Codes that Babel names although nobody lives there: groups of countries, test and placeholder codes.
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
EVERY_COUNTRY = tuple(
    code
    for code in sorted(map(str, Locale("en").territories))
    if re.fullmatch("[A-Z]{2}", code) and code not in NO_COUNTRIES
)


def asked(spec: FunnelSpec, step: StepSpec) -> tuple[str, ...]:
    """The fields of a place that this step asks for."""
    if step.ships:
        return ADDRESS_FIELDS
    if not spec.tax:
        return ()
    regional = any(spec.tax.is_regional(country) for country in listed_countries(spec, step))
    return ("state", "country") if regional else ("country",)


def listed_countries(spec: FunnelSpec, step: StepSpec) -> tuple[str, ...]:
    """The countries to choose from: the funnel's, and all of them for what needs no delivery and names none."""
    if spec.countries or step.ships:
        return spec.countries
    return EVERY_COUNTRY if spec.tax else ()


def default_country(spec: FunnelSpec, step: StepSpec) -> str:
    """The country that the first estimate is made for."""
    return next(iter(spec.countries or (() if step.ships else spec.tax.countries)), "")


def repricing(spec: FunnelSpec) -> tuple[str, ...]:
    """The fields of a place that change the total, or the tax that it tells of."""
    regional = any(spec.tax.is_regional(country) for country in spec.tax.countries)
    return (("country",) if spec.shipping or spec.tax else ()) + (("state",) if regional else ())


def region_missing(spec: FunnelSpec, country: str, typed: str) -> str:
    """An example of what should have been typed, where taxes depend on a region that cannot be told; else empty."""
    if not (is_listed(country) and spec.tax.is_regional(country)) or region_code(country, typed):
        return ""
    return next(
        (rate.region for rate in spec.tax.rates if rate.country == country and rate.region),
        next(iter(REGIONS[country])),
    )
