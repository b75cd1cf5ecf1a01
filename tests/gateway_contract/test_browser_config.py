"""What a page is told of an account is public."""

from tests.gateway_contract.contract import USD
from tests.gateway_harness import Harness


class TestBrowserConfig:
    def test_it_is_public(self, harness: Harness) -> None:
        config = harness.gateway.browser_config(money=USD, save_method=True)
        assert config["provider"] == harness.provider
        assert all(option in str(config) for option in harness.options.values())
        assert config["script_url"].startswith(harness.sandbox.url)
        assert not set(config.values()) & set(harness.secrets.values())
