"""What of this layer stands on the audit trail: everything that decides what shoppers are asked to pay, and who may say so."""

from funnels.models import (
    Asset,
    Coupon,
    Funnel,
    FunnelVersion,
    ImportFile,
    Membership,
    Merchant,
    Price,
    Product,
    SecondFactor,
    ShippingRate,
    Step,
    StepChoice,
    TaxRate,
    Theme,
    TicketEvent,
)
from integrations.trail.watching import leave, watch

watch(Merchant, subject="name", tenant="id")
watch(Membership, subject="user__username", tenant="merchant")
watch(
    SecondFactor,
    subject="user__username",
    hidden=("secret_encrypted", "backup_codes"),
    unnoticed=("last_step", "failures", "locked_until"),
)
watch(Asset, subject="name", tenant="merchant", hidden=("content",))
watch(Product, subject="name", tenant="merchant")
watch(Price, subject="product__name", tenant="product__merchant")
watch(Coupon, subject="code", tenant="merchant", unnoticed=("used",))
watch(Coupon.products.through, subject="coupon__code", tenant="coupon__merchant")
watch(ShippingRate, subject="name", tenant="merchant")
watch(TaxRate, subject="name", tenant="merchant")
watch(TicketEvent, subject="name", tenant="merchant")
watch(Theme, subject="name", tenant="merchant")
watch(Funnel, subject="name", tenant="merchant")
watch(Funnel.other_gateways.through, subject="funnel__name", tenant="funnel__merchant")
watch(Step, subject="title", tenant="funnel__merchant")
watch(StepChoice, subject="step__title", tenant="step__funnel__merchant")
watch(FunnelVersion, subject="funnel__name", tenant="funnel__merchant", hidden=("compiled",))
leave(ImportFile, because="it waits for one person between two pages, and changes nothing that is sold")
