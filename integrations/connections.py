"""Connection: one account at one provider, its secrets encrypted at rest with rotatable keys."""

import json
import secrets as random
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PUBLIC_ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class SecretsUnreadable(RuntimeError):
    """The stored secrets were encrypted with a key that is no longer in FIELD_ENCRYPTION_KEYS."""


def keyring() -> MultiFernet:
    """Encrypts with the first of FIELD_ENCRYPTION_KEYS, decrypts with any of them."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def new_public_id() -> str:
    return "".join(random.choice(PUBLIC_ID_ALPHABET) for _ in range(12))


class Connection(models.Model):
    """An account that a merchant holds at a provider.

    `tenant` is the owning merchant's primary key: a plain number, because this layer knows no merchants.
    `options` holds public values (publishable key, CRM campaign id); `secrets` is write-only outside this file's layer.
    `failures` and `resting_until` belong to `breaker`, which alone changes them.
    """

    class Provider(models.TextChoices):
        STRIPE = "stripe", "Stripe"
        NMI = "nmi", "NMI"
        PAYPAL = "paypal", "PayPal"
        KONNEKTIVE = "konnektive", "Konnektive"
        SENDGRID = "sendgrid", "SendGrid"
        RESEND = "resend", "Resend"
        SMTP = "smtp", "SMTP"

    GATEWAYS = (Provider.STRIPE, Provider.NMI, Provider.PAYPAL)
    # Gateways where the shopper approves the charge at the provider, instead of entering a card on our page.
    WALLETS = (Provider.PAYPAL,)
    MAILERS = (Provider.SENDGRID, Provider.RESEND, Provider.SMTP)

    tenant = models.BigIntegerField(db_index=True, editable=False)
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    provider = models.CharField(max_length=20, choices=Provider)
    name = models.CharField(max_length=80, help_text=_("How staff tell this account from others."))
    live = models.BooleanField(
        default=False, help_text=_("Real money. Leave off for test accounts."), verbose_name=_("real money")
    )
    active = models.BooleanField(
        default=True, help_text=_("Off takes no new charges and sends nothing."), verbose_name=_("in use")
    )
    options = models.JSONField(default=dict, blank=True)
    secrets_encrypted = models.BinaryField(default=bytes, editable=False)
    failures = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    resting_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("added"))

    class Meta:
        app_label = "integrations"
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="connection_name_unique_per_tenant")]

    def __str__(self) -> str:
        provider = self.get_provider_display()
        return self.name if provider in self.name else f"{self.name} ({provider})"

    @property
    def secrets(self) -> dict[str, str]:
        """The decrypted secrets by name; SecretsUnreadable if no current key opens them."""
        if not self.secrets_encrypted:
            return {}
        try:
            return dict(json.loads(keyring().decrypt(bytes(self.secrets_encrypted))))
        except InvalidToken as error:
            raise SecretsUnreadable(
                f"Connection {self.pk}: no key in FIELD_ENCRYPTION_KEYS opens its secrets"
            ) from error

    @secrets.setter
    def secrets(self, values: dict[str, str]) -> None:
        self.secrets_encrypted = keyring().encrypt(json.dumps(values).encode())

    @property
    def is_wallet(self) -> bool:
        return self.provider in self.WALLETS

    def secret(self, name: str) -> str:
        return self.secrets.get(name, "")

    def option(self, name: str, default: Any = "") -> Any:
        return self.options.get(name, default)

    @property
    def is_resting(self) -> bool:
        """Whether the account failed too often lately to be asked now."""
        return self.resting_until is not None and self.resting_until > timezone.now()

    @property
    def webhook_secret(self) -> str:
        """Empty means that the webhook address of this connection is off."""
        return self.secret("webhook_secret")

    def reencrypt(self) -> None:
        """Encrypt the stored secrets again with the newest key, without changing them."""
        if self.secrets_encrypted:
            self.secrets_encrypted = keyring().rotate(bytes(self.secrets_encrypted))
