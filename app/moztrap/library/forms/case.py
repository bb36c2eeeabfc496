"""The form of a case: what all its versions share, one version's text, and its steps."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import QueryDict

from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import atomic
from moztrap.core.conditions import is_id
from moztrap.core.conflict import ComparingForm, Theirs
from moztrap.core.forms import RecordsField, leave_unchecked
from moztrap.core.models import Record
from moztrap.core.picking import PickField
from moztrap.core.policies import may
from moztrap.environments.models import Environment
from moztrap.library.actions import CaseText, create_case, place_case, update_case
from moztrap.library.forms.files import (
    AttachmentsField,
    FilesField,
    FormFiles,
    IdsField,
    attachments_of,
    theirs_of,
)
from moztrap.library.forms.steps import EXTRA, BaseStepFormSet, StepFormSet, initial_steps
from moztrap.library.forms.suites import offer_suites, suites_of
from moztrap.library.forms.tag_names import (
    create_tags,
    find_tags,
    join_names,
    problem_with,
    split_names,
)
from moztrap.library.models import Attachment, CaseStep, CaseVersion, Priority, Suite, Tag

_ADDED = 3


class CaseForm(ComparingForm):
    """Creates a case in a product version, or edits what it says there."""

    productversion: Any = forms.ModelChoiceField(
        label="Product version", queryset=ProductVersion.objects.none()
    )
    and_later = forms.BooleanField(label="And in all later versions", required=False, initial=True)
    idprefix = forms.CharField(
        label="ID prefix", max_length=25, required=False, help_text="MAIL makes MAIL-12 of case 12."
    )
    priority = forms.TypedChoiceField(
        choices=[("", "none"), *Priority.choices], coerce=int, empty_value=None, required=False
    )
    tags = forms.CharField(
        required=False,
        max_length=5000,
        help_text="Names with commas between them; a name that holds a comma in "
        "&quot;quotes&quot;.",
    )
    suites = PickField(
        required=False,
        remembers=True,
        url="library:suite_options",
        along="productversion",
        help_text="A suite holds the case in all its versions; new ones get it at their end.",
    )
    environments: Any = RecordsField(
        queryset=Environment.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    new_files = FilesField(label="Attach files", required=False)
    removed_attachments: Any = AttachmentsField(
        label="Take attachments away", queryset=Attachment.objects.none(), required=False
    )
    # The attachments that somebody saw who began to edit.
    attachments_before = IdsField(required=False)

    class Meta:
        """What people write about one version."""

        model = CaseVersion
        fields = ("productversion", "name", "description", "status")
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}

    def __init__(
        self,
        *args: Any,
        user: AbstractBaseUser,
        like: CaseVersion | None = None,
        **kwargs: Any,
    ) -> None:
        """Edit an `instance`, or begin a new case, perhaps `like` another."""
        super().__init__(*args, **kwargs)
        self.user = user
        self.like = like
        self.new_tags: list[str] = []
        self.found_tags: list[Tag] = []
        steps: list[dict[str, Any]] = []
        self.fields["new_files"].help_text = f"Each of {settings.ATTACHMENT_MEGABYTES} MB at most."
        self.uploads = FormFiles(
            self.data, self.files, user=user, name=self.add_prefix("new_files")
        )
        if not may(user, "manage_suite_cases"):
            del self.fields["suites"]
        if self.instance.pk is None:
            del self.fields["environments"]
            del self.fields["removed_attachments"]
            del self.fields["attachments_before"]
            self._queryset("productversion", self._versions())
            if like is not None:
                self._begin_like(like)
                steps = initial_steps(list(CaseStep.objects.filter(caseversion=like.pk)))
            offer_suites(self, self._chosen_product())
        else:
            del self.fields["productversion"]
            del self.fields["and_later"]
            self._start_from(self.instance)
            steps = initial_steps(list(CaseStep.objects.filter(caseversion=self.instance.pk)))
        data = self.data if self.is_bound else None
        self.steps: BaseStepFormSet = StepFormSet(data, initial=steps, prefix="steps")

    def _queryset(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 for the type checker
        field.queryset = rows

    def _chosen_product(self) -> int | None:
        """Return the product of the version that is chosen in the form, if one is (1 query)."""
        chosen = str(self["productversion"].value() or "")
        rows = ProductVersion.objects.filter(pk=chosen) if is_id(chosen) else None
        return rows.values_list("product", flat=True).first() if rows is not None else None

    @staticmethod
    def _versions() -> Any:
        return ProductVersion.objects.newest_first().select_related("product")

    def _start_from(self, caseversion: Any) -> None:
        """Show what is saved: of the case, and of this version."""
        self.initial = {
            **self.initial,
            "idprefix": caseversion.case.idprefix,
            "priority": caseversion.case.priority,
            "tags": join_names(tag.name for tag in caseversion.tags.all()),
            "environments": [environment.pk for environment in caseversion.environments.all()],
        }
        if "suites" in self.fields:
            self.initial["suites"] = list(suites_of(caseversion.case))
            offer_suites(self, caseversion.case.product_id)
        offered = Environment.objects.filter(
            pk__in=[
                *caseversion.productversion.environments.values_list("pk", flat=True),
                *self.initial["environments"],
            ]
        )
        self._queryset("environments", offered.with_elements().order_by("name", "pk"))
        attachments = attachments_of(caseversion.pk)
        self._queryset("removed_attachments", attachments)
        self.initial["attachments_before"] = list(attachments.values_list("pk", flat=True))

    def _begin_like(self, caseversion: CaseVersion) -> None:
        """Show what another case says, as something to be changed."""
        length = self.fields["name"].max_length  # type: ignore[attr-defined]
        self.initial = {
            **self.initial,
            "productversion": caseversion.productversion_id,
            "name": f"Copy of {caseversion.name}"[:length],
            "description": caseversion.description,
            "status": caseversion.status,
            "idprefix": caseversion.case.idprefix,
            "priority": caseversion.case.priority,
            "tags": join_names(tag.name for tag in caseversion.tags.all()),
            "suites": list(suites_of(caseversion.case)),
        }
        self.copied_files = [each.name for each in attachments_of(caseversion.pk)]

    @property
    def record_name(self) -> str:
        """Return what people call it: versions matter where there are several."""
        return "test case"

    # --- the steps are part of the form ------------------------------------------

    def is_valid(self) -> bool:
        """Check the case and its steps."""
        case_is_valid = super().is_valid()
        steps_are_valid = self.steps.is_valid()
        if not steps_are_valid:
            self.add_error(None, "Please look again at the marked steps.")
        if self.uploads.lost:
            self.add_error("new_files", "A file was not kept: please choose it again.")
        return case_is_valid and steps_are_valid and not self.uploads.lost

    def with_more_steps(self) -> None:
        """Offer more empty steps."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        total = "steps-TOTAL_FORMS"
        try:
            count = int(data.get(total, EXTRA))
        except ValueError:
            count = EXTRA
        data[total] = str(min(count + _ADDED, self.steps.max_num))
        self.data = data
        self.steps = StepFormSet(data, initial=self.steps.initial, prefix="steps")

    def keep_typed(self) -> None:
        """Keep everything, files too, for the same form again: nothing was submitted yet."""
        self.uploads.keep()
        leave_unchecked(self, *self.steps.forms)

    # --- tags ---------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Find the tags in the product of the case."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        product = self._product(values)
        if product is not None and "tags" in values:
            names = split_names(values["tags"])
            self.found_tags, self.new_tags = find_tags(names, product)
            if problem := problem_with(self.new_tags, self.user):
                self.add_error("tags", problem)
        return values

    def clean_environments(self) -> list[Environment]:
        """Refuse a case that would run nowhere: without any, it would run everywhere."""
        chosen = list(self.cleaned_data["environments"])
        offered = self.fields["environments"].queryset  # type: ignore[attr-defined]
        if not chosen and offered.exists():
            raise ValidationError(
                "Choose at least one. A case that is not to be run is disabled instead."
            )
        return chosen

    def _product(self, values: dict[str, Any]) -> Product | None:
        if self.instance.pk is not None:
            return (
                CaseVersion.objects.select_related("case__product")
                .get(pk=self.instance.pk)
                .case.product
            )
        version = values.get("productversion")
        return version.product if version is not None else None

    def _tags(self, product: Product, by: AbstractBaseUser) -> list[Tag]:
        return [*self.found_tags, *create_tags(self.new_tags, product=product, by=by)]

    # --- writing ------------------------------------------------------------------

    def submit(self, *, by: AbstractBaseUser) -> Any:
        """Write the case; a form that comes back brings its files along."""
        record = super().submit(by=by)
        if record is None:
            self.uploads.keep()
        return record

    @atomic()
    def create(self, *, by: AbstractBaseUser, values: dict[str, Any]) -> Record:
        """Create the case with its tags and steps."""
        version: ProductVersion = values["productversion"]
        del values["new_files"]
        suites = values.pop("suites", ())
        values["tags"] = self._tags(version.product, by)
        written = create_case(
            by=by,
            steps=self.steps.texts(),
            uploads=self.uploads.take(),
            like=self.like,
            **values,
        )
        place_case(written.case, by=by, into=suites)
        return written

    @atomic()
    def update(self, *, by: AbstractBaseUser, cc_version: int, values: dict[str, Any]) -> Record:
        """Change the version, what the case shares, and the steps."""
        caseversion = CaseVersion.objects.select_related("case__product").get(pk=self.instance.pk)
        values["tags"] = self._tags(caseversion.case.product, by)
        del values["new_files"], values["attachments_before"]
        suites = {suite.pk: suite for suite in values.pop("suites", ())}
        text = CaseText(steps=self.steps.texts(), uploads=self.uploads.take(), **values)
        written = update_case(caseversion, by=by, cc_version=cc_version, text=text)
        if "suites" in self.fields:
            # What others did to suites meanwhile stays: only what was ticked or unticked counts.
            before = self.fields["suites"].before  # type: ignore[attr-defined]
            place_case(
                caseversion.case,
                by=by,
                into=[suite for pk, suite in suites.items() if pk not in before],
                out_of=before - set(suites),
            )
        return written

    def saved_values(self, current: Record) -> dict[str, Any]:
        """Return what the other person saved, steps included."""
        assert isinstance(current, CaseVersion)  # noqa: S101 for the type checker
        return {
            "name": current.name,
            "description": current.description,
            "status": current.status,
            "idprefix": current.case.idprefix,
            "priority": current.case.priority,
            "tags": join_names(tag.name for tag in current.tags.all()),
            "environments": list(Environment.objects.filter(caseversions=current).with_elements()),
        }

    def compare(self, current: Record) -> list[Theirs]:
        """Add the steps, and what was done to attachments and suites, to what differs."""
        assert isinstance(current, CaseVersion)  # noqa: S101 for the type checker
        different = super().compare(current)
        saved = [(step.instruction, step.expected) for step in current.steps.all()]
        if saved != [(text.instruction, text.expected) for text in self.steps.texts()]:
            lines = [
                f"{number}. {instruction}" + (f"\n   → {expected}" if expected else "")
                for number, (instruction, expected) in enumerate(saved, start=1)
            ]
            different.append(Theirs("Steps", "\n".join(lines) or "(none)"))
        different += theirs_of(
            "Attachments",
            Attachment.everything.filter(caseversion=current.pk),
            before=set(self.cleaned_data.get("attachments_before", ())),
            now=set(attachments_of(current.pk).values_list("pk", flat=True)),
        )
        if "suites" in self.fields:
            different += theirs_of(
                "Suites",
                Suite.everything.all(),
                before=self.fields["suites"].before,  # type: ignore[attr-defined]
                now=set(suites_of(current.case)),
            )
        return different

    def _show_conflict(self) -> None:
        """Go on from what there is now, so that the next save undoes nothing of it."""
        super()._show_conflict()
        current = CaseVersion.objects.select_related("case").filter(pk=self.instance.pk).first()
        if current is None:
            return
        data: Any = self.data
        attachments = attachments_of(current.pk).values_list("pk", flat=True)
        data[self.add_prefix("attachments_before")] = ",".join(map(str, attachments))
        if "suites" in self.fields:
            before: set[int] = self.fields["suites"].before  # type: ignore[attr-defined]
            chosen = {suite.pk for suite in self.cleaned_data.get("suites", ())}
            now = set(suites_of(current.case))
            data.setlist("suites", [str(pk) for pk in (chosen | (now - before)) - (before - now)])
            data["suites-before"] = ",".join(map(str, sorted(now)))
