"""Two merchants with a funnel each, and the people who may see which."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.test import Client

from funnels.models import FunnelVersion, Merchant
from tests import factories

ALL = ("orders.*", "funnels.*", "integrations.*", "checkout.*")


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@dataclass
class Shop:
    merchant: Merchant
    version: FunnelVersion
    staff: User

    @property
    def client(self) -> Client:
        return client_of(self.staff)


def open_shop(name: str) -> Shop:
    merchant = factories.merchant(name)
    version = factories.published(factories.funnel(merchant=merchant))
    return Shop(merchant, version, factories.user(f"{name.lower()}-staff", merchant=merchant, permissions=ALL))


@pytest.fixture
def fern(db: None) -> Shop:
    return open_shop("Fern")


@pytest.fixture
def moss(db: None) -> Shop:
    return open_shop("Moss")


@pytest.fixture
def root(db: None) -> Client:
    return client_of(factories.superuser())
