"""What a look at somebody else's server found, kept so that few looks reach it."""

import time

from django.core.cache import cache

SECONDS = 120
_remembered: dict[str, tuple[float, str]] = {}


def recall(name: str) -> str | None:
    """What the last look found, of whichever process, while it is fresh."""
    until, problem = _remembered.get(name, (0.0, ""))
    if time.monotonic() < until:
        return problem
    shared = cache.get(name)
    return shared if isinstance(shared, str) else None


def remember(name: str, problem: str) -> None:
    """Keep it for SECONDS: in this process too, for a cache that is away."""
    _remembered[name] = (time.monotonic() + SECONDS, problem)
    cache.set(name, problem, SECONDS)


def forget() -> None:
    """Look again the next time: what another process remembers stays."""
    _remembered.clear()
