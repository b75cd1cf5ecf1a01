"""Where a request came from, as far as it can be believed: the one reading of addresses for orders, limits and logs.

`X-Forwarded-For` is believed only as far as TRUSTED_PROXIES reaches; everything left of that, anybody can write.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network


def client_ip(request: HttpRequest) -> str | None:
    """The visitor's address, None where it is not known (a web server behind a Unix socket without TRUSTED_PROXIES)."""
    hops = [_address(part) for part in request.headers.get("X-Forwarded-For", "").split(",")]
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    found = _believed(hops, peer, tuple(settings.TRUSTED_PROXIES))
    return str(found) if found else None


def visitor(ip: str | None) -> str:
    """Whom a limit by address counts: an IPv4 address, or the network of an IPv6 address that one household gets.

    Empty where nobody is to be counted: an address that is not known, or one of LIMITS_EXEMPT.
    """
    address = _address(ip or "")
    if address is None or any(address in network for network in networks(tuple(settings.LIMITS_EXEMPT))):
        return ""
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


@lru_cache
def networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks of these names; ValueError for a name that is none."""
    return tuple(ip_network(name) for name in names)


def is_count(trusted: tuple[str, ...]) -> bool:
    """Whether TRUSTED_PROXIES tells how many proxies there are, rather than where."""
    return len(trusted) == 1 and trusted[0].isdigit()


def _believed(forwarded: list[Address | None], peer: Address | None, trusted: tuple[str, ...]) -> Address | None:
    if is_count(trusted):
        # So many proxies of ours, each of which has added the address that it was called from.
        hops = [*forwarded, peer]
        return (hops[-1 - int(trusted[0])] if len(hops) > int(trusted[0]) else None) or peer
    ours = networks(trusted)
    for hop in reversed(forwarded):
        if peer is None or hop is None or not any(peer in network for network in ours):
            break
        peer = hop
    return peer


def _address(text: str) -> Address | None:
    """An address as proxies write it, also with a port or a zone."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
