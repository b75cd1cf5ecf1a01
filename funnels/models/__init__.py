"""What is on sale and how it looks."""

from funnels.models.funnel import Funnel, FunnelVersion, Step, spec_of
from funnels.models.merchant import Membership, Merchant
from funnels.models.product import Price, Product
from funnels.models.theme import Theme

__all__ = ["Funnel", "FunnelVersion", "Membership", "Merchant", "Price", "Product", "Step", "Theme", "spec_of"]
