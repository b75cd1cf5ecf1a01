"""What is on sale and how it looks."""

from funnels.models.asset import Asset
from funnels.models.coupon import Coupon
from funnels.models.funnel import Funnel, FunnelVersion, Step, StepChoice, spec_of
from funnels.models.import_file import ImportFile
from funnels.models.merchant import Membership, Merchant
from funnels.models.occasion import TicketEvent
from funnels.models.product import Price, Product
from funnels.models.second_factor import SecondFactor
from funnels.models.shipping import ShippingRate
from funnels.models.tax import TaxRate
from funnels.models.theme import Theme

__all__ = [
    "Asset",
    "Coupon",
    "Funnel",
    "FunnelVersion",
    "ImportFile",
    "Membership",
    "Merchant",
    "Price",
    "Product",
    "SecondFactor",
    "ShippingRate",
    "Step",
    "StepChoice",
    "TaxRate",
    "Theme",
    "TicketEvent",
    "spec_of",
]
