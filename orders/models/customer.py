"""Customer: one per merchant and e-mail. StoredMethod: what a gateway keeps for later charges, never card data."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from funnels.models.merchant import MerchantOwned
from integrations.connections import Connection
from integrations.gateways import types
from orders.models.search import Trigrams, customer_search_text

# RFC 2606 keeps this ending from ever being somebody's.
ERASED_DOMAIN = "erased.invalid"


def erased_address(customer: "Customer") -> str:
    """What stands for the e-mail address of a customer whose data was erased."""
    return f"customer-{customer.pk}@{ERASED_DOMAIN}"


class CustomerManager(models.Manager["Customer"]):
    def remember(self, *, merchant_id: int, email: str, first_name: str, last_name: str) -> "Customer":
        """The merchant's customer with this e-mail, made or renamed in one statement, so that two writers agree."""
        customer = Customer(merchant_id=merchant_id, email=email.lower(), first_name=first_name, last_name=last_name)
        return self.bulk_create(
            [customer],
            update_conflicts=True,
            unique_fields=["merchant", "email"],
            update_fields=["first_name", "last_name"],
        )[0]


class Customer(MerchantOwned):
    """`external_id` is the merchant's own id for this person, where they have one. `erased_at` is final."""

    email = models.EmailField(verbose_name=_("e-mail"))
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    external_id = models.CharField(
        max_length=120,
        blank=True,
        help_text=_("Your own number for this person, if you keep one."),
        verbose_name=_("customer number"),
    )
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("first seen"))
    erased_at = models.DateTimeField(null=True, blank=True, editable=False, verbose_name=_("data erased"))

    objects = CustomerManager()

    class Meta:
        # The rights that data protection law gives a person, carried out by staff; see `orders.admin.rights`.
        permissions = [
            ("export_customer", "Can export a customer's data"),
            ("erase_customer", "Can erase a customer's data"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "email"], name="customer_email_unique"),
            models.UniqueConstraint(
                fields=["merchant", "external_id"],
                condition=~models.Q(external_id=""),
                name="customer_external_id_unique",
            ),
        ]
        indexes = [GinIndex(Trigrams(customer_search_text()), name="customer_search")]

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class StoredMethodManager(models.Manager["StoredMethod"]):
    def keep(self, *, customer_id: int, connection: Connection, told: types.StoredMethod) -> "StoredMethod":
        """The row of a method that a gateway told of, made or completed in one statement; its label is never emptied."""
        label = {"brand": told.brand, "last4": told.last4, "expires": told.expires, "account": told.account}
        method = StoredMethod(
            customer_id=customer_id,
            connection=connection,
            customer_reference=told.customer,
            method_reference=told.method,
            **label,
        )
        return self.bulk_create(
            [method],
            update_conflicts=True,
            unique_fields=["connection", "customer_reference", "method_reference"],
            update_fields=["method_reference", *(name for name, value in label.items() if value)],
        )[0]


class StoredMethod(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="stored_methods")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    customer_reference = models.CharField(max_length=120)
    method_reference = models.CharField(max_length=120)
    brand = models.CharField(max_length=30, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    expires = models.CharField(max_length=7, blank=True)
    account = models.CharField(
        max_length=254, blank=True, help_text="What its owner recognises a wallet by, not the whole address."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoredMethodManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "customer_reference", "method_reference"], name="stored_method_unique"
            )
        ]
        indexes = [models.Index(fields=["last4"], name="stored_method_last4")]

    def __str__(self) -> str:
        return self.reference.label

    @property
    def reference(self) -> types.StoredMethod:
        """The value object that a gateway charges."""
        return types.StoredMethod(
            customer=self.customer_reference,
            method=self.method_reference,
            brand=self.brand,
            last4=self.last4,
            expires=self.expires,
            account=self.account,
        )
