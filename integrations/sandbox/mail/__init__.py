"""Mounted by the server; see `provider.py` for what a provider package hands over."""

from integrations.sandbox.provider import Provider

PROVIDERS: tuple[Provider, ...] = ()
