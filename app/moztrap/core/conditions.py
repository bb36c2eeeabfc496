"""Conditions made of what people typed, and of several values."""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

_LONGEST = 200
# No id has more digits; databases refuse longer numbers.
_MOST_DIGITS = 18


def any_of(values: Iterable[str], condition: Callable[[str], Q]) -> Q:
    """Return a condition that holds where it holds for one of the values, of which there is one."""
    return reduce(or_, map(condition, values))


def holding_words(find: str, fields: Sequence[str]) -> Q:
    """Return a condition that holds where every word occurs in one of the fields."""
    condition = Q()
    for word in find.replace("\x00", "")[:_LONGEST].split():
        one = Q()
        for field in fields:
            one |= Q(**{f"{field}__icontains": word})
        condition &= one
    return condition


def is_id(text: str) -> bool:
    """Tell whether this can be the id of a record."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
