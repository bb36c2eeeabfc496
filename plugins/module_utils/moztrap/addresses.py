"""Which addresses strangers cannot reach."""

from __future__ import annotations

import ipaddress

# Loopback, RFC 1918, RFC 6598 (carrier-grade), RFC 2544 (benchmark networks), and IPv6 loopback
# and unique local addresses.
PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
        "198.18.0.0/15", "::1/128", "fc00::/7",
    )
)  # fmt: skip


def is_private(address: str) -> bool:
    """Is it one address that strangers cannot reach, loopback or of a private network?"""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in PRIVATE_NETWORKS)
