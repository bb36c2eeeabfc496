"""Limits on attempts, counted in the database so that a dead cache changes nothing.

A fixed window per kind and source. Counting is one conditional UPDATE, so that
several processes never let more through than one would.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from moztrap.accounts.models import ThrottleCount


@dataclass(frozen=True)
class Limit:
    """So many attempts in so many seconds."""

    attempts: int
    seconds: int


# Per address, and per account or mailbox where there is one: the first stops
# one attacker, the second stops many who share a target. Few failures block an
# account at the address they came from; only very many block it everywhere, or
# anybody could keep everybody else out.
LIMITS: dict[str, Limit] = {
    "login-address": Limit(300, 60),
    "login-failed-address": Limit(20, 300),
    "login-failed-pair": Limit(5, 300),
    "login-failed-account": Limit(300, 3600),
    "signup-address": Limit(20, 3600),
    "reset-address": Limit(20, 3600),
    "reset-mailbox": Limit(5, 3600),
    "confirmation-mailbox": Limit(5, 3600),
    "password-user": Limit(10, 300),
}

# Every so many new windows, those that are over are swept out.
CLEAN_EVERY = 100


def network_of(address: str) -> str:
    """What one person can choose addresses from: all of a /64 with IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)


def _key(kind: str, source: str) -> str:
    return hashlib.sha256(f"{kind}:{source.lower()}".encode()).hexdigest()


def allow(kind: str, source: str) -> bool:
    """Count one attempt of `kind` by `source`; False when the limit was already reached."""
    limit = LIMITS[kind]
    key, now = _key(kind, source), timezone.now()
    current = ThrottleCount.objects.filter(key=key)
    room = current.filter(window_ends__gt=now, count__lt=limit.attempts)
    if room.update(count=F("count") + 1):
        return True
    fresh = {"count": 1, "window_ends": now + timedelta(seconds=limit.seconds)}
    if current.filter(window_ends__lte=now).update(**fresh):
        return True
    if current.exists():
        # Full; or another process opened a new window just now, which has room.
        return bool(room.update(count=F("count") + 1))
    try:
        with transaction.atomic():
            row = ThrottleCount.objects.create(key=key, **fresh)
    except IntegrityError:
        # Another process was first; its row now counts for both.
        return bool(room.update(count=F("count") + 1))
    if row.pk % CLEAN_EVERY == 0:
        forget_old_windows()
    return True


def is_exhausted(kind: str, source: str) -> bool:
    """Whether the limit is reached; counts nothing."""
    full = ThrottleCount.objects.filter(
        key=_key(kind, source), window_ends__gt=timezone.now(), count__gte=LIMITS[kind].attempts
    )
    return full.exists()


def forget_old_windows() -> int:
    """Drop counts whose window is over; returns how many."""
    deleted, _ = ThrottleCount.objects.filter(window_ends__lt=timezone.now()).delete()
    return deleted
