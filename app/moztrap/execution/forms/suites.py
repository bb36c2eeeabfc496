"""The suites of a run, each with its place: an empty place leaves a suite out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from moztrap.library.models import Suite

_LARGEST = 9999


@dataclass(frozen=True)
class Place:
    """One line of the field."""

    suite: Suite
    name: str
    value: str


class SuitePlacesWidget(forms.Widget):
    """A list of suites, each with a field for its place."""

    template_name = "execution/widgets/suites.html"
    use_fieldset = True
    suites: Sequence[Suite] = ()
    find = ""
    has_more = False

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[int, str]:
        """Return what was typed for each suite, by its id."""
        return {suite.pk: str(data.get(f"{name}-{suite.pk}", "")) for suite in self.suites}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Put those that are in the run first, in order, then the others by name."""
        typed: dict[int, str] = value or {}
        context: dict[str, Any] = super().get_context(name, None, attrs)
        places = [
            Place(suite, f"{name}-{suite.pk}", typed.get(suite.pk, "")) for suite in self.suites
        ]
        places.sort(key=lambda each: (not each.value, _rank(each.value), each.suite.name))
        context |= {"places": places, "find": self.find, "has_more": self.has_more}
        return context


class SuitePlacesField(forms.Field):
    """Suites in the order of their places; equal places are ordered by name."""

    widget = SuitePlacesWidget
    default_error_messages = {
        "place": "The place of “%(suite)s” is a number from 1 to 9999, or empty to leave it out."
    }

    def offer(self, suites: Sequence[Suite], *, find: str = "", has_more: bool = False) -> None:
        """Say which suites there are, what was searched for, and whether there are more."""
        widget: Any = self.widget
        widget.suites, widget.find, widget.has_more = suites, find, has_more

    def clean(self, value: Any) -> list[Suite]:
        """Return the suites with a place."""
        widget: Any = self.widget
        placed = []
        for suite in widget.suites:
            text = value.get(suite.pk, "").strip()
            if not text:
                continue
            if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= _LARGEST):
                raise ValidationError(
                    self.error_messages["place"], code="place", params={"suite": suite.name}
                )
            placed.append((int(text), suite.name, suite))
        return [suite for _, _, suite in sorted(placed, key=lambda each: each[:2])]


def _rank(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdecimal() else _LARGEST
