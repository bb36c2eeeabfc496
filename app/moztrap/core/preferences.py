"""What a person likes: pinned filters, saved filters and the length of pages.

It is kept with the account, in one column that comes along whenever the person does.
Whatever is in there was written by the functions below, and is checked again when read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from moztrap.core.actions import ActionError, atomic
from moztrap.core.listing.state import Pin

MOST_PINS = 20
MOST_SAVED = 100
LONGEST_NAME = 60
LONGEST_QUERY = 2000


@dataclass(frozen=True)
class SavedFilter:
    """A list with its filters, under a name."""

    place: str
    name: str
    query: str


class Preferences:
    """The preferences of a person, or of nobody."""

    def __init__(self, user: Any) -> None:
        values = getattr(user, "preferences", None)
        self._values: dict[str, Any] = values if isinstance(values, dict) else {}

    def pins(self, place: str) -> dict[str, Pin]:
        """Return what is pinned for a list, by the names of its filters."""
        stored = self._values.get("pins")
        found: dict[str, Pin] = {}
        for name, value in stored.items() if isinstance(stored, dict) else ():
            key, _, at = str(name).partition("@")
            if at in ("", place) and (pin := _pin(value)):
                found[key] = pin
        return found

    @property
    def size(self) -> int | None:
        """Return how many rows a page has, if that was chosen."""
        size = self._values.get("size")
        return size if isinstance(size, int) else None

    def saved(self, place: str) -> list[SavedFilter]:
        """Return the saved filters of one list, by name."""
        found = [each for each in self._saved() if each.place == place]
        return sorted(found, key=lambda each: each.name.casefold())

    def _saved(self) -> list[SavedFilter]:
        rows = self._values.get("saved")
        return [SavedFilter(*map(str, row)) for row in rows] if isinstance(rows, list) else []


def _pin(stored: Any) -> Pin | None:
    """Read a pin; one of a single value may be that value alone."""
    if isinstance(stored, str):
        return Pin((stored,))
    if isinstance(stored, dict) and isinstance(stored.get("values"), list):
        values = tuple(map(str, stored["values"]))
        return Pin(values, str(stored.get("match", ""))) if values else None
    return None


def pin_filter(user: AbstractBaseUser, key: str, *values: str, match: str = "") -> None:
    """Apply values of a filter to every list that has the filter.

    A key with an ``@`` and an address is for the list at that address alone.
    """

    def change(stored: dict[str, Any]) -> None:
        pins = stored.setdefault("pins", {})
        if key not in pins and len(pins) >= MOST_PINS:
            raise ActionError(f"At most {MOST_PINS} filters can be pinned.")
        pins[key] = {"values": list(values), "match": match}

    _change(user, change)


def unpin_filter(user: AbstractBaseUser, key: str) -> None:
    """Do so no more."""
    _change(user, lambda values: values.get("pins", {}).pop(key, None))


def save_filter(user: AbstractBaseUser, saved: SavedFilter) -> None:
    """Keep a list with its filters; one of the same name is replaced."""
    if not saved.name or len(saved.name) > LONGEST_NAME:
        raise ActionError(f"A saved filter needs a name of {LONGEST_NAME} characters at most.")
    if len(saved.query) > LONGEST_QUERY:
        raise ActionError("These filters are too long to be saved; take some values out.")

    def change(values: dict[str, Any]) -> None:
        rows = [row for row in values.get("saved", []) if row[:2] != [saved.place, saved.name]]
        if len(rows) >= MOST_SAVED:
            raise ActionError(f"At most {MOST_SAVED} filters can be saved; forget some first.")
        values["saved"] = [*rows, [saved.place, saved.name, saved.query]]

    _change(user, change)


def forget_filter(user: AbstractBaseUser, place: str, name: str) -> None:
    """Forget a saved filter."""

    def change(values: dict[str, Any]) -> None:
        values["saved"] = [row for row in values.get("saved", []) if row[:2] != [place, name]]

    _change(user, change)


def remember_size(user: AbstractBaseUser, size: int) -> None:
    """Remember how many rows a page is to have."""
    _change(user, lambda values: values.update(size=size))


@atomic()
def _change(user: AbstractBaseUser, change: Callable[[dict[str, Any]], object]) -> None:
    """Write what is new into what is saved now, which another window may have changed."""
    people: Any = get_user_model()._default_manager
    held = people.select_for_update().only("preferences").get(pk=user.pk)
    values = held.preferences if isinstance(held.preferences, dict) else {}
    change(values)
    people.filter(pk=user.pk).update(preferences=values)
    user.preferences = values  # type: ignore[attr-defined]
