"""Mail providers: SendGrid and Resend. What they accept stays in the books, nothing leaves this machine."""

from typing import Final

from integrations.sandbox.mail import resend, sendgrid
from integrations.sandbox.provider import Provider

PROVIDERS: Final[tuple[Provider, ...]] = (sendgrid.PROVIDER, resend.PROVIDER)
