"""Mail: a message as it was rendered, kept before it is sent, so that every try sends the same bytes."""

from django.db import models

from orders.models.order import Order


class Mail(models.Model):
    """`handed_over_at` is set while a provider that may send twice is being handed the mail, and cleared by its answer."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", "Receipt"
        REFUND = "refund", "Refund"
        SOLD_OUT = "sold_out", "Sold out"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        PAYMENT_FAILED = "payment_failed", "Payment failed"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="mails")
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=120, unique=True)
    sender = models.CharField(max_length=200)
    reply_to = models.EmailField(blank=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    html = models.TextField()
    text = models.TextField()
    message_id = models.CharField(max_length=200, blank=True)
    rendered_at = models.DateTimeField(auto_now_add=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class MailAttachment(models.Model):
    """A file of a mail, kept with it: a receipt that is sent again brings the tickets that it brought at first."""

    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, db_index=False, related_name="attachments")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=80)
    content = models.BinaryField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["mail", "name"], name="mail_attachment_unique")]

    def __str__(self) -> str:
        return self.name
