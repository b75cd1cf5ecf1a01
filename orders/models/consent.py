"""Consent: what a shopper agreed to with one payment, as they saw it. Append-only; the database refuses all but erasure."""

from django.db import models

from orders.models.payment import Payment


class Consent(models.Model):
    """`shown` is what stood on the page (see `orders.rights.consenting`). Only `ip` and `user_agent` can be emptied later."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="consent")
    at = models.DateTimeField(auto_now_add=True)
    shown = models.JSONField()
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return str(self.shown.get("button", ""))
