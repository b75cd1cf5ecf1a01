"""What can go wrong between us and a provider. A decline is not an error; it is a result."""

from datetime import datetime


class ProviderError(Exception):
    """A call to a provider failed. `provider` is its slug, `detail` the provider's own words, for staff only."""

    def __init__(self, provider: str, detail: str) -> None:
        super().__init__(f"{provider}: {detail}")
        self.provider = provider
        self.detail = detail


class ProviderUnavailable(ProviderError):
    """The call certainly had no effect (refused before it was taken); it may be tried again."""


class Resting(ProviderUnavailable):
    """The account has failed too often lately and is left alone until the time given; nothing was sent."""

    def __init__(self, provider: str, until: datetime) -> None:
        super().__init__(provider, f"left alone until {until:%H:%M:%S} UTC after repeated failures")
        self.until = until


class ProviderRefused(ProviderError):
    """The provider understood and refused (bad key, bad parameter). Trying the same again is useless."""


class OutcomeUnknown(ProviderError):
    """The call may have taken effect: time-out, broken connection, 5xx, unreadable answer. Ask before repeating."""


class NotListed(OutcomeUnknown):
    """The provider is well and answered, but does not tell the outcome (yet)."""


class SignatureInvalid(ProviderError):
    """A webhook whose signature does not match; nothing of it may be used."""


class CallInsideTransaction(RuntimeError):
    """A provider was about to be called while a database transaction was open."""
