"""Where the demo has the providers send their webhooks."""

import httpx
import pytest

from config.demo.seed import seed
from config.management.commands.demo import register_webhooks
from tests.sandbox_client import Sandbox


@pytest.mark.django_db
def test_a_start_at_another_port_takes_the_place_of_the_first(sandbox: Sandbox) -> None:
    funnels = seed()
    accounts = {account.public_id for funnel in funnels for account in funnel.gateways}
    for site in ("http://127.0.0.1:9001", "http://127.0.0.1:9002"):
        register_webhooks(funnels, site=site, sandbox=sandbox.url)
    endpoints = httpx.get(f"{sandbox.url}/_sandbox/webhooks").json()
    assert sorted(endpoint["url"].split("/webhooks/")[0] for endpoint in endpoints) == ["http://127.0.0.1:9002"] * 6
    assert {endpoint["url"].split("/")[-2] for endpoint in endpoints} == accounts
