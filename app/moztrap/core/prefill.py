"""What a new form starts with: what its address says, or else what a person has pinned.

    filled = prefill(request, productversion=Rule("version"), tags=Rule("tag", as_line))
    form = CaseForm(posted(request), initial=filled.initial)
    filled.mark(form)

A field that a pin has filled in says so, and has a button that takes the pin out. That
button sends the form, which comes back with everything else as it was typed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from moztrap.core.forms import leave_unchecked
from moztrap.core.preferences import Preferences, unpin_filter

UNPIN = "unpin"
# Takes the values of a filter and what other fields start with; returns what a field starts with.
Convert = Callable[[Sequence[str], dict[str, Any]], Any]


def the_only(values: Sequence[str], initial: dict[str, Any]) -> Any:
    """Return the value of a filter that has one alone: of several, none is meant here."""
    return values[0] if len(values) == 1 else None


@dataclass(frozen=True)
class Rule:
    """Which filter fills a field in, and how."""

    key: str
    convert: Convert = the_only


@dataclass
class Prefill:
    """What a form starts with, and which pins that came from."""

    initial: dict[str, Any] = field(default_factory=dict)
    # By the name of a field: the key of the pin.
    pins: dict[str, str] = field(default_factory=dict)

    def mark(self, form: Any) -> None:
        """Tell a form which of its fields show pins; what is no choice any more is left out."""
        form.pinned = {}
        for name, key in self.pins.items():
            if name not in form.fields or not self._fits(form, name):
                continue
            if _same(form[name].value(), form.fields[name].prepare_value(self.initial[name])):
                form.pinned[name] = key

    def _fits(self, form: Any, name: str) -> bool:
        try:
            form.fields[name].clean(form.fields[name].prepare_value(self.initial[name]))
        except ValidationError:
            if form.initial.get(name) == self.initial[name]:
                del form.initial[name]
            return False
        return True

    def takes_pin_out(self, request: HttpRequest, form: Any) -> bool:
        """Take out the pin that a form was sent for, and empty its fields; tell whether it was."""
        key = request.POST.get(UNPIN, "")
        if key not in self.pins.values() or not isinstance(request.user, AbstractBaseUser):
            return False
        unpin_filter(request.user, key)
        data = form.data.copy()
        for name, pinned in self.pins.items():
            if pinned == key:
                known = form.add_prefix(name)
                for sent in [
                    each for each in data if each == known or each.startswith(f"{known}-")
                ]:
                    del data[sent]
        form.data = data
        keep_typed(form)
        form.pinned = {name: pin for name, pin in form.pinned.items() if pin != key}
        messages.success(request, "Not pinned any more. Everything else is as you typed it.")
        return True


def prefill(request: HttpRequest, **rules: Rule) -> Prefill:
    """Return what a form starts with: what the address says goes before what is pinned."""
    pins = Preferences(request.user).pins("")
    filled = Prefill()
    for name, rule in rules.items():
        said = [value for value in request.GET.getlist(rule.key) if value]
        pin = pins.get(rule.key)
        value = rule.convert(said or (pin.values if pin else ()), filled.initial)
        if value is None or value in ("", [], {}):
            continue
        filled.initial[name] = value
        if not said:
            filled.pins[name] = rule.key
    return filled


def keep_typed(form: Any) -> None:
    """Let a form show what was typed, files included, and find fault with nothing yet."""
    keep = getattr(form, "keep_typed", None)
    if keep is not None:
        keep()
    else:
        leave_unchecked(form)


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values of a field are shown alike."""

    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return sorted(map(str, value))
        if isinstance(value, dict):
            return {str(key): str(each) for key, each in value.items() if each}
        return str(value)

    return bool(plain(one) == plain(other))
