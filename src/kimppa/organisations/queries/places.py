"""Which desk a network address belongs to."""

from ipaddress import ip_address, ip_network

from kimppa.organisations.models import Desk


def is_in_network(address: str, network: str) -> bool:
    """Return whether an IP address belongs to a network in CIDR; an empty network is any.

    >>> is_in_network("10.1.2.3", "10.1.0.0/16"), is_in_network("10.2.2.3", "10.1.0.0/16")
    (True, False)
    >>> is_in_network("unix:", "10.1.0.0/16")
    False
    """
    try:
        return not network or ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def desk_at(address: str) -> Desk | None:
    """Return the desk whose network this address belongs to, the narrowest network first."""
    desks = [
        desk
        for desk in Desk.objects.exclude(network="").select_related("branch__library")
        if is_in_network(address, desk.network)
    ]
    return max(
        desks, key=lambda desk: ip_network(desk.network, strict=False).prefixlen, default=None
    )
