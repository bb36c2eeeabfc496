"""Files as part of a form: several at once, and none to be chosen twice."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from moztrap.core.conditions import is_id
from moztrap.core.conflict import Theirs
from moztrap.core.forms import RecordsField
from moztrap.core.uploads import (
    Upload,
    redeem_ticket,
    size_problem,
    take_upload,
    waiting_ticket,
)
from moztrap.library.actions.write_attachments import FOLDER
from moztrap.library.models import Attachment

WAITING = "waiting_files"
# More than anybody attaches to a case at once; each waiting file costs a look-up.
_MOST = 20


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each within the limit."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files, or say of each one what is wrong with it."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > _MOST:
            raise ValidationError(f"At most {_MOST} files at once; these are {len(files)}.")
        problems = [problem for file in files if (problem := _problem(file))]
        if problems:
            raise ValidationError(problems)
        return list(files)


def _problem(file: Any) -> str:
    if not file.size:
        return f"“{file.name}” is empty."
    return size_problem(file.name, file.size)


class AttachmentsField(RecordsField):
    """Checkboxes that take attachments away."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> Any:
        """Return those that are still there: who else took one away did what was asked."""
        ids = [str(each) for each in value or () if is_id(str(each))]
        rows: Any = self.queryset
        return rows.filter(pk__in=ids)

    def label_from_instance(self, obj: Any) -> str:
        """Return the name and the length."""
        from django.template.defaultfilters import filesizeformat

        return f"{obj.name} ({filesizeformat(obj.size)})"


class IdsField(forms.CharField):
    """Ids that a form carries along, with commas between them; what is none is left out."""

    widget = forms.HiddenInput

    def prepare_value(self, value: Any) -> Any:
        """Return them as a form carries them."""
        return value if isinstance(value, str) else ",".join(map(str, value or ()))

    def clean(self, value: Any) -> Any:
        """Return the ids."""
        return [int(each) for each in str(value or "").split(",") if is_id(each)]


def theirs_of(label: str, rows: Any, *, before: set[int], now: set[int]) -> list[Theirs]:
    """Say what somebody else added and took away, out of rows that know their names (1 query)."""
    names = {row.pk: str(row) for row in rows.filter(pk__in=before ^ now)}
    lines = [f"added: {names[pk]}" for pk in sorted(now - before) if pk in names]
    lines += [f"taken away: {names[pk]}" for pk in sorted(before - now) if pk in names]
    return [Theirs(label, "\n".join(lines))] if lines else []


class FormFiles:
    """The files of one submitted form: what was chosen now, and what was kept from before.

    A browser forgets chosen files when a form comes back. They are stored then, and the
    form carries a signed ticket for each.
    """

    def __init__(self, data: Any, files: Any, *, user: AbstractBaseUser, name: str) -> None:
        chosen = files.getlist(name) if isinstance(files, MultiValueDict) else []
        tickets = data.getlist(WAITING) if isinstance(data, QueryDict) else []
        self._user = user
        self._chosen = [file for file in chosen[:_MOST] if not _problem(file)]
        self.lost = 0
        self.waiting: list[tuple[str, Upload]] = []
        for ticket in dict.fromkeys(tickets[:_MOST]):
            upload = redeem_ticket(ticket, owner=int(user.pk))
            if upload is None:
                self.lost += 1
            else:
                self.waiting.append((ticket, upload))

    def take(self) -> list[Upload]:
        """Store what was chosen, and return all files of the form."""
        new = [take_upload(file, folder=FOLDER) for file in self._chosen]
        return [*(upload for _, upload in self.waiting), *new]

    def keep(self) -> None:
        """Store what was chosen, so that the form can be sent again without it."""
        for file in self._chosen:
            upload = take_upload(file, folder=FOLDER)
            self.waiting.append((waiting_ticket(upload, owner=int(self._user.pk)), upload))
        self._chosen = []


def attachments_of(caseversion_id: int) -> Any:
    """Return what a form may take away."""
    return Attachment.objects.filter(caseversion=caseversion_id).order_by("name", "pk")
