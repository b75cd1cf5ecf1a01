"""Which address is believed, and whom a limit by address counts."""

from typing import Any

import pytest
from django.test import RequestFactory

from integrations.client_address import client_ip, visitor

PROXY, SHOPPER, LIAR = "10.0.0.5", "203.0.113.7", "198.51.100.66"


def seen(peer: str, forwarded: str = "") -> str | None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


class TestUnconfigured:
    def test_the_peer_is_believed_and_nothing_that_it_says(self) -> None:
        assert seen(SHOPPER) == SHOPPER
        assert seen(SHOPPER, LIAR) == SHOPPER

    @pytest.mark.parametrize("peer", ["", "unix:", "nonsense"])
    def test_a_peer_without_an_address_has_none(self, peer: str) -> None:
        assert seen(peer) is None


class TestNetworks:
    @pytest.fixture(autouse=True)
    def behind_proxies(self, settings: Any) -> None:
        settings.TRUSTED_PROXIES = ["10.0.0.0/8", "::1"]

    @pytest.mark.parametrize(
        ("peer", "forwarded", "expected"),
        [
            (PROXY, SHOPPER, SHOPPER),
            (PROXY, f"{LIAR}, {SHOPPER}", SHOPPER),
            (PROXY, f"{LIAR}, {SHOPPER}, 10.1.2.3", SHOPPER),
            ("::1", f"{SHOPPER}:5123", SHOPPER),
            (PROXY, "[2001:db8::1]:443", "2001:db8::1"),
            (PROXY, "::ffff:203.0.113.7", SHOPPER),
            (PROXY, "fe80::1%eth0", "fe80::1"),
            (PROXY, "", PROXY),
            (PROXY, "unknown", PROXY),
            (PROXY, f"{LIAR}, unknown", PROXY),
            (SHOPPER, LIAR, SHOPPER),
        ],
    )
    def test_the_first_hop_that_is_not_ours_is_the_visitor(self, peer: str, forwarded: str, expected: str) -> None:
        assert seen(peer, forwarded) == expected


class TestCount:
    @pytest.mark.parametrize(
        ("count", "forwarded", "expected"),
        [
            ("1", f"{LIAR}, {SHOPPER}", SHOPPER),
            ("2", f"{LIAR}, {SHOPPER}, {PROXY}", SHOPPER),
            ("2", SHOPPER, "192.0.2.1"),
            ("3", SHOPPER, "192.0.2.1"),
        ],
    )
    def test_so_many_hops_are_ours(self, settings: Any, count: str, forwarded: str, expected: str) -> None:
        settings.TRUSTED_PROXIES = [count]
        assert seen("192.0.2.1", forwarded) == expected


class TestVisitor:
    @pytest.mark.parametrize(
        ("ip", "expected"),
        [
            (SHOPPER, SHOPPER),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("127.0.0.1", ""),
            ("::1", ""),
            (None, ""),
        ],
    )
    def test_a_household_is_one_and_this_machine_is_nobody(self, ip: str | None, expected: str) -> None:
        assert visitor(ip) == expected

    def test_settings_say_who_is_nobody(self, settings: Any) -> None:
        settings.LIMITS_EXEMPT = ["203.0.113.0/24"]
        assert (visitor(SHOPPER), visitor("127.0.0.1")) == ("", "127.0.0.1")
