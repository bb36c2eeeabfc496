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

    @property
    def pins(self) -> dict[str, str]:
        """Return the value of each pinned filter."""
        pins = self._values.get("pins")
        return {str(k): str(v) for k, v in pins.items()} if isinstance(pins, dict) else {}

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


def pin_filter(user: AbstractBaseUser, key: str, value: str) -> None:
    """Apply a value of a filter to every list that has the filter."""

    def change(values: dict[str, Any]) -> None:
        pins = values.setdefault("pins", {})
        if key not in pins and len(pins) >= MOST_PINS:
            raise ActionError(f"At most {MOST_PINS} filters can be pinned.")
        pins[key] = value

    _change(user, change)


def unpin_filter(user: AbstractBaseUser, key: str) -> None:
    """Do so no more."""
    _change(user, lambda values: values.get("pins", {}).pop(key, None))


def save_filter(user: AbstractBaseUser, saved: SavedFilter) -> None:
    """Keep a list with its filters; one of the same name is replaced."""
    if not saved.name or len(saved.name) > LONGEST_NAME or len(saved.query) > LONGEST_QUERY:
        raise ActionError(f"A saved filter needs a name of {LONGEST_NAME} characters at most.")

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
