"""Who hears that the environments of a product version have changed.

Other apps keep what follows from them: cases here, runs elsewhere. Each registers a
function when it starts; it runs inside the transaction of the change.

    @follows_environments
    def update_my_rows(version: ProductVersion, change: EnvironmentChange, by: ...) -> None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.models import ProductVersion


@dataclass(frozen=True)
class EnvironmentChange:
    """Ids of environments that a version has no more, and that it has newly."""

    removed: frozenset[int]
    added: frozenset[int]


Follower = Callable[[ProductVersion, EnvironmentChange, AbstractBaseUser | None], None]

_followers: list[Follower] = []


def follows_environments(follower: Follower) -> Follower:
    """Have a function called after each change, once, in the order of registration."""
    if follower not in _followers:
        _followers.append(follower)
    return follower


def tell_followers(
    version: ProductVersion, change: EnvironmentChange, by: AbstractBaseUser | None
) -> None:
    """Tell all of them, if there was a change."""
    if change.removed or change.added:
        for follower in _followers:
            follower(version, change, by)
