"""Conditions made of several values."""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_

from django.db.models import Q


def any_of(values: Iterable[str], condition: Callable[[str], Q]) -> Q:
    """Return a condition that holds where it holds for one of the values, of which there is one."""
    return reduce(or_, map(condition, values))
