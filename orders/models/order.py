"""Order and its lines: what was promised, at prices frozen from the quote."""

import secrets
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from funnels.models import FunnelVersion, Product, spec_of
from funnels.models.merchant import MerchantOwned
from funnels.pricing.regions import country_name
from funnels.pricing.taxing import Tax, load_taxes
from funnels.spec import FunnelSpec
from integrations.money import Money
from orders.models.customer import ERASED_DOMAIN, Customer
from orders.models.search import Trigrams, search_text
from orders.states import ORDER_MOVES, OrderState, origins

# No letters or digits that are mistaken for one another when read out.
NUMBER_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_order_number() -> str:
    """Eight unambiguous characters in two groups, such as "K7M2-4QXD"; says nothing about how many orders there are."""
    code = "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(8))
    return f"{code[:4]}-{code[4:]}"


class Order(MerchantOwned):
    """All amounts are minor units of `currency`. `total` covers the checkout and every accepted offer.

    `tax` was added to the prices and is a part of the sum; `tax_included` is the share in prices that contain it, and is
    not. `taxes` tells both by rate, for receipts. `coupon` is the code that made the checkout cheaper by `discount`.
    """

    number = models.CharField(max_length=9, unique=True, default=new_order_number, editable=False)
    version = models.ForeignKey(FunnelVersion, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=20, choices=OrderState, default=OrderState.PENDING)
    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField(default=0)
    discount = models.BigIntegerField(default=0)
    shipping = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    tax_included = models.BigIntegerField(default=0)
    taxes = models.JSONField(default=list, blank=True)
    shipping_name = models.CharField(max_length=60, blank=True)
    coupon = models.CharField(max_length=40, blank=True, db_default="")
    total = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    email = models.EmailField()
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=60, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=10, blank=True, db_default="")
    ip = models.GenericIPAddressField(null=True, blank=True)
    attribution = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # What staff do to orders, each a right of its own; the deeds are in `orders.admin`.
        permissions = [
            ("refund_order", "Can refund orders"),
            ("cancel_order", "Can cancel orders"),
            ("resend_mail", "Can send mails again"),
            ("note_order", "Can write notes on orders"),
            ("export_order", "Can export orders"),
        ]
        indexes = [
            models.Index(fields=["merchant", "-created_at"], name="order_merchant_recent"),
            models.Index(fields=["email"], name="order_email"),
            models.Index(fields=["-created_at"], name="order_recent"),
            models.Index(fields=["total", "id"], name="order_by_total"),
            models.Index(fields=["-created_at"], condition=Q(refunded__gt=0), name="order_given_back"),
            GinIndex(Trigrams(search_text()), name="order_search"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(total=F("subtotal") - F("discount") + F("shipping") + F("tax")), name="order_totals_add_up"
            ),
            models.CheckConstraint(
                condition=Q(
                    subtotal__gte=0, discount__gte=0, shipping__gte=0, tax__gte=0, total__gte=0, refunded__gte=0
                ),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(tax_included__gte=0, tax_included__lte=F("total")), name="order_tax_included_within_total"
            ),
            models.CheckConstraint(condition=Q(refunded__lte=F("captured")), name="order_refunded_within_captured"),
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state_known"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def spec(self) -> FunnelSpec:
        """The funnel as it was published when the shopper began."""
        return spec_of(self.version_id)

    @property
    def locale(self) -> str:
        """The language in which the shopper ordered; what is written to them is written in it."""
        return self.language or self.spec.locale

    def money(self, amount: int) -> Money:
        return Money(amount, self.currency)

    @property
    def total_money(self) -> Money:
        return self.money(self.total)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_erased(self) -> bool:
        """Whether its customer's data was erased, so that nobody can be written to."""
        return self.email.endswith(f"@{ERASED_DOMAIN}")

    def taxes_by_rate(self) -> tuple[Tax, ...]:
        return tuple(load_taxes(self.taxes))

    @property
    def address_lines(self) -> tuple[str, ...]:
        """Where it is delivered, the country as its code; empty where nothing is."""
        return self.address_in("")

    def address_in(self, locale: str) -> tuple[str, ...]:
        """Where it is delivered, the country by its name in this language; empty where nothing is delivered."""
        if not self.address:
            return ()
        place = " ".join(part for part in (self.city, self.region, self.postal_code) if part)
        country = country_name(self.country, locale) if locale else self.country
        return tuple(part for part in (self.name, self.address, place, country) if part)

    def move(self, target: OrderState, **changes: Any) -> bool:
        """Move along the table; whether it happened. The caller holds the order's lock and writes the event."""
        if target == OrderState.COMPLETED and self.completed_at is None:
            changes["completed_at"] = timezone.now()
        changed = Order.objects.filter(pk=self.pk, state__in=origins(ORDER_MOVES, target)).update(
            state=target, **changes
        )
        if changed:
            self.state = target
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(changed)


class OrderLine(models.Model):
    """`payment` is the payment that bought the line; None until the checkout is paid.

    `discount` is the line's share of the order's coupon, or an upgrade's credit for the line that it replaces; taxes are
    those of what is left. A line that was `replaced_by` an upgrade stays as history.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    payment = models.ForeignKey("orders.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    unit_amount = models.BigIntegerField()
    subtotal = models.BigIntegerField()
    discount = models.BigIntegerField(default=0, db_default=0)
    tax = models.BigIntegerField(default=0)
    tax_included = models.BigIntegerField(default=0)
    refunded = models.PositiveIntegerField(default=0, db_default=0, help_text="Units that were given back.")
    image = models.CharField(max_length=200, blank=True)
    ships = models.BooleanField(default=False)
    crm_product = models.CharField(max_length=40, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(subtotal=F("unit_amount") * F("quantity")), name="order_line_subtotal_adds_up"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1, unit_amount__gte=0), name="order_line_sensible"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("quantity")), name="order_line_refunded_within_quantity"
            ),
            models.CheckConstraint(
                condition=Q(tax__gte=0, tax_included__gte=0, tax_included__lte=F("subtotal") - F("discount")),
                name="order_line_taxes_sensible",
            ),
            models.CheckConstraint(
                condition=Q(discount__gte=0, discount__lte=F("subtotal")), name="order_line_discount_sensible"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def is_replaced(self) -> bool:
        return self.replaced_by_id is not None

    @property
    def left(self) -> int:
        """Units that can still be given back."""
        return self.quantity - self.refunded
