"""What a form shows when somebody else saved meanwhile: their text beside ours."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from moztrap.core.forms import RecordForm
from moztrap.core.models import Record


@dataclass(frozen=True)
class Theirs:
    """One field as it is saved now, where it differs from what was typed."""

    label: str
    value: str


def shown(value: Any) -> str:
    """Return a value as people read it."""
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, list | tuple | models.QuerySet):
        return ", ".join(sorted(str(item) for item in value)) or "(none)"
    return str(value)


def one_line_end(value: Any) -> Any:
    """Return text with ``\\n`` at the ends of its lines, and anything else as it is."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


class ComparingForm(RecordForm):
    """A record's form that lists, after a conflict, what the other person saved."""

    theirs: list[Theirs]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.theirs = []

    def clean(self) -> dict[str, Any]:
        """Store line ends as one character: browsers send two."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        return {name: one_line_end(value) for name, value in values.items()}

    def _show_conflict(self) -> None:
        super()._show_conflict()
        current = self._meta.model.objects.filter(pk=self.instance.pk).first()
        if current is not None:
            self.theirs = self.compare(current)

    def saved_values(self, current: Record) -> dict[str, Any]:
        """Return the saved value of each field of this form; override for fields of one's own."""
        values: dict[str, Any] = {}
        for name in self.fields:
            if name == "cc_version":
                continue
            field = current._meta.get_field(name)
            value = getattr(current, name)
            values[name] = list(value.all()) if field.many_to_many else value
        return values

    def compare(self, current: Record) -> list[Theirs]:
        """Return the fields in which what is saved differs from what was typed."""
        different = []
        for name, saved in self.saved_values(current).items():
            typed = self.cleaned_data.get(name)
            if shown(typed) != shown(saved):
                different.append(Theirs(str(self[name].label), shown(saved)))
        return different
