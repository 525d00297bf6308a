"""How often one may try to sign in, and codes that change with time (RFC 6238)."""

import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_address, ip_network

# So many failures within the window shut a user name, or an address where many people sit.
TRIES_BY_NAME = 5
TRIES_BY_ADDRESS = 30
WINDOW = timedelta(minutes=15)
# Between the password and the code.
CODE_WITHIN = timedelta(minutes=5)

STEP_SECONDS = 30
DIGITS = 6
# A clock may be one step fast or slow.
STEPS_AROUND = (0, -1, 1)


def code_at(secret: bytes, step: int) -> str:
    """Return the code that an application shows during a step of 30 seconds (RFC 4226 and 6238).

    >>> code_at(b"12345678901234567890", 59 // STEP_SECONDS)
    '287082'
    """
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: bytes, code: str, *, timestamp: float, after: int) -> int | None:
    """Return the step for which the code is right, or None; only steps later than ``after`` count.

    >>> step_of(b"12345678901234567890", "287 082", timestamp=70.0, after=0)
    1
    >>> step_of(b"12345678901234567890", "287082", timestamp=70.0, after=1) is None
    True
    """
    given = "".join(code.split())
    now = int(timestamp) // STEP_SECONDS
    found = None
    for step in (now + offset for offset in STEPS_AROUND):
        is_same = hmac.compare_digest(code_at(secret, max(step, 0)).encode(), given.encode())
        if is_same and step > after:
            found = step
    return found


def counted_address(address: str) -> str:
    """Return what tries are counted by: an IPv4 address, or an IPv6 network of one customer.

    >>> counted_address("192.0.2.7"), counted_address("2001:db8:1:2:3::4")
    ('192.0.2.7', '2001:db8:1:2::/64')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else address
