"""Forms that take many cases at once: as text, or as a file."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.files.storage import default_storage

from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError
from moztrap.core.conditions import is_id
from moztrap.core.forms import CHOOSE, leave_unchecked
from moztrap.core.picking import PickField
from moztrap.core.policies import may
from moztrap.library.actions import Entry, EntryPlan, enter_cases, plan_entry
from moztrap.library.entry import Parsed, parse_csv, parse_json, parse_text
from moztrap.library.forms.files import FilesField, FormFiles
from moztrap.library.forms.tag_names import split_names
from moztrap.library.models import Priority, Status, Suite

_LONGEST_TEXT = 1_000_000
_MOST_MEGABYTES = 10


class EntryForm(forms.Form):
    """What all ways to enter cases share: where they go, and what all of them have."""

    productversion: Any = forms.ModelChoiceField(
        label="Product version", queryset=ProductVersion.objects.none(), empty_label=CHOOSE
    )
    and_later = forms.BooleanField(label="And in all later versions", required=False, initial=True)
    doubles = forms.BooleanField(
        label="Take cases too whose name is in this version already", required=False
    )

    def __init__(self, *args: Any, user: AbstractBaseUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.plan: EntryPlan | None = None
        self.parse_problems: list[str] = []
        versions = ProductVersion.objects.newest_first().select_related("product")
        self.fields["productversion"].queryset = versions  # type: ignore[attr-defined]

    def parsed(self) -> Parsed | None:
        """Read what was handed in; nothing if nothing was."""
        raise NotImplementedError

    def entry(self) -> Entry:
        """Return where the cases go."""
        values = self.cleaned_data
        return Entry(
            productversion=values["productversion"],
            and_later=values["and_later"],
            doubles=values["doubles"],
        )

    def check_cases(self) -> bool:
        """Say what would be written; tell whether it could be."""
        parsed = self.parsed() if self.is_valid() else None
        if parsed is None:
            return False
        self.parse_problems = parsed.problems
        if parsed.problems:
            return False
        self.plan = plan_entry(parsed.drafts, self.entry(), by=self.user)
        self.parse_problems = self.plan.problems
        return not self.plan.problems

    def submit(self, *, by: AbstractBaseUser) -> EntryPlan | None:
        """Write all cases; or nothing, with the reasons in the form."""
        if not self.check_cases():
            return None
        parsed = self.parsed()
        try:
            return enter_cases(parsed.drafts if parsed else [], self.entry(), by=by)
        except ActionError as error:
            self.add_error(None, str(error))
            return None


class EnterForm(EntryForm):
    """Many cases as one text."""

    status = forms.ChoiceField(choices=Status.choices, initial=Status.ACTIVE)
    priority = forms.TypedChoiceField(
        choices=[("", "none"), *Priority.choices], coerce=int, empty_value=None, required=False
    )
    idprefix = forms.CharField(label="ID prefix", max_length=25, required=False)
    tags = forms.CharField(
        required=False, max_length=5000, help_text="Names with commas between them, for all cases."
    )
    suite = PickField(
        required=False,
        multiple=False,
        url="library:suite_options",
        along="productversion",
    )
    text = forms.CharField(
        label="Cases",
        max_length=_LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "true"}),
    )
    field_order = (
        "productversion",
        "and_later",
        "text",
        "status",
        "priority",
        "idprefix",
        "tags",
        "suite",
        "doubles",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = str(self["productversion"].value() or "")
        suites = Suite.objects.filter(product__versions=chosen) if is_id(chosen) else None
        field = self.fields["suite"]
        if suites is not None and isinstance(field, PickField):
            field.offer(suites.order_by("name", "pk"))
        if not may(self.user, "manage_suite_cases"):
            del self.fields["suite"]

    def parsed(self) -> Parsed | None:
        """Read the text."""
        return parse_text(self.cleaned_data["text"])

    def entry(self) -> Entry:
        """Return where the cases go and what all of them have."""
        values = self.cleaned_data
        return Entry(
            productversion=values["productversion"],
            and_later=values["and_later"],
            status=values["status"],
            priority=values["priority"],
            idprefix=values["idprefix"],
            tags=split_names(values["tags"]),
            suite=values.get("suite"),
            doubles=values["doubles"],
        )


class ImportForm(EntryForm):
    """Many cases as a file; it is kept between the dry run and the import.

    The file is asked for in `parsed`, since one that was kept need not be chosen again.
    """

    file = FilesField(
        label="File",
        widget=forms.FileInput,
        help_text=f"JSON or CSV, UTF-8, {_MOST_MEGABYTES} MB at most.",
    )
    field_order = ("productversion", "and_later", "doubles", "file")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.uploads = FormFiles(
            self.data, self.files, user=self.user, name=self.add_prefix("file")
        )
        self._parsed: Parsed | None = None

    def parsed(self) -> Parsed | None:
        """Read the file that was chosen now, or the one that waits."""
        if self._parsed is not None:
            return self._parsed
        self.uploads.keep()
        # The newest: who chooses another file means that one.
        self.uploads.waiting = self.uploads.waiting[-1:]
        if not self.uploads.waiting:
            self.add_error("file", "Choose a file.")
            return None
        upload = self.uploads.waiting[0][1]
        if upload.size > _MOST_MEGABYTES * 1024 * 1024:
            self.add_error("file", f"“{upload.name}” has more than {_MOST_MEGABYTES} MB.")
            return None
        with default_storage.open(upload.path) as file:
            content = file.read()
        is_json = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
        self._parsed = parse_json(content) if is_json else parse_csv(content)
        return self._parsed

    def keep_typed(self) -> None:
        """Keep the file for the same form again."""
        self.uploads.keep()
        leave_unchecked(self)

    def submit(self, *, by: AbstractBaseUser) -> EntryPlan | None:
        """Write all cases, and forget the file."""
        plan = super().submit(by=by)
        if plan is not None:
            for _, upload in self.uploads.waiting:
                default_storage.delete(upload.path)
        return plan
