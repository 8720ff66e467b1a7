"""An address as the log keeps it: as text, as what the throttle counts by, and as a number that sorts."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from cognito_portal.audit.storable import storable

IPV4_PREFIX = bytes(10) + b"\xff\xff"


@lru_cache(maxsize=1024)
def address_key(address: str) -> str:
    """What the throttle counts an address by: IPv4 whole, IPv6 its /64. Anything else is kept as text."""
    parsed = parsed_address(address)
    if parsed is None:
        return storable(address, 64)
    if isinstance(parsed, IPv6Address):
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


@lru_cache(maxsize=1024)
def address_packed(address: str) -> bytes | None:
    """An address as 16 bytes, IPv4 as ::ffff:a.b.c.d, so that a network is one range; None where it is none."""
    parsed = parsed_address(address)
    if parsed is None:
        return None
    return parsed.packed if isinstance(parsed, IPv6Address) else IPV4_PREFIX + parsed.packed


def parsed_address(address: str) -> IPv4Address | IPv6Address | None:
    """An IP address out of text, without its zone and never IPv4 in IPv6's clothes."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
